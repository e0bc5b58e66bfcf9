"""OSC messages: bytes to addresses and arguments and back, and what an address asks for. Pure.

`/melody/<control> value` sets, without a value asks; `/melody/norm/<control>` takes 0..1; `/melody/<action>` acts;
`/melody/play pitch velocity [channel]` plays a key where there is no MIDI port.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.actions import ACTIONS
from bridge.controls import TABLE, Value, suggest
from bridge.events import Action, AskControl, Complaint, NoteOff, NoteOn, SetControl, SetControls
from bridge.ports.osc_numbers import PARAM, numbered_event

OSC_ACTIONS = tuple(row.name for row in ACTIONS if row.osc)
PLAY = "play"
LONGEST_TEXT = 80

OscEvent = SetControl | SetControls | AskControl | Action | NoteOn | NoteOff | Complaint

_ARGUMENT_BYTES = dict.fromkeys("TFNI[]", 0) | dict.fromkeys("dht", 8)
"""What an argument takes at least; the others take 4."""
_CONTROLS = frozenset(control.name for control in TABLE)


def route(address: str, arguments: Sequence[object], prefix: str, time_s: float) -> OscEvent | None:
    """Return what an OSC message asks for, or None for a button's release (an action with argument 0).

    Values go on as they came: the table of controls judges them. What no control, action or question
    answers to comes back as a Complaint with a suggestion.
    """
    name = address.removeprefix(prefix + "/")
    if name == address:
        return Complaint(time_s, f"OSC {_short(address)}: addresses here begin with {prefix}/")
    if name in OSC_ACTIONS:
        if arguments and isinstance(arguments[0], int | float) and arguments[0] == 0:
            return None
        return Action(time_s, name, "osc", tuple(arguments))
    if name.startswith(PARAM):
        return numbered_event(name, arguments, time_s)
    if name == PLAY:
        return _played(arguments, time_s) or Complaint(
            time_s, f"OSC {_short(address)}: takes a pitch, 0 to 127, a velocity, 0 to 127, and a channel, 1 to 16"
        )
    normalised = name.startswith("norm/")
    control = name.removeprefix("norm/")
    if control not in _CONTROLS and control != "*":
        known = [*_CONTROLS, *OSC_ACTIONS, PLAY, "subscribe", "ping"]
        hint = suggest(control, known)
        return Complaint(
            time_s,
            f"OSC {_short(address)}: no such control or action"
            + (hint if "did you mean" in hint else f"; {prefix}/* asks for all controls"),
        )
    if not arguments:
        return AskControl(time_s, control)
    value = arguments[0]
    if len(arguments) > 1 or control == "*":
        return Complaint(time_s, f"OSC {_short(address)}: takes one value, not {len(arguments)}")
    if not isinstance(value, bool | int | float | str) or len(str(value)) > LONGEST_TEXT:
        return Complaint(time_s, f"OSC {_short(address)}: takes a number or a name")
    return SetControl(time_s, control, value, "osc", normalised)


def _played(arguments: Sequence[object], time_s: float) -> NoteOn | NoteOff | None:
    """Return the key that goes down, or with velocity 0 up; None where the arguments are none of a note."""
    numbers = [int(each) for each in arguments if isinstance(each, int | float) and each % 1 == 0]
    if len(numbers) != len(arguments) or not 2 <= len(numbers) <= 3 or isinstance(arguments[0], bool):
        return None
    pitch, velocity, channel = [*numbers, 1][:3]
    if not (0 <= pitch <= 127 and 0 <= velocity <= 127 and 1 <= channel <= 16):
        return None
    return NoteOn(time_s, pitch, velocity, channel - 1) if velocity else NoteOff(time_s, pitch, channel - 1)


def as_one(events: Sequence[OscEvent]) -> list[OscEvent]:
    """Return the events of one packet, its moves of controls as one and before the rest.

    Before, so that an answer that is asked for in the same bundle is drawn with them.
    """
    moves = tuple(event for event in events if isinstance(event, SetControl))
    rest = [event for event in events if not isinstance(event, SetControl)]
    return [*([SetControls(moves[0].time_s, moves)] if len(moves) > 1 else moves), *rest]


def parse_packet(data: bytes) -> list[tuple[str, list[Any]]]:
    """Return the messages of a datagram, bundles flattened; their time tags are not waited for.

    Raises ValueError for what is no OSC.
    """
    from pythonosc.osc_packet import OscPacket

    try:
        messages = [timed.message for timed in OscPacket(data).messages]
        parsed = [(message.address, list(message.params)) for message in messages]
        whole = all(is_whole(message.dgram) for message in messages)
    except Exception as error:  # python-osc lets struct, index and recursion errors through
        raise ValueError(f"{type(error).__name__}: {error}") from None
    if not whole:
        raise ValueError("an argument is cut off")
    return parsed


def is_whole(message: bytes) -> bool:
    """Say whether all the arguments that a message's type tags announce are there.

    python-osc reads what is missing as zeros: a packet cut off on its way would set a control to 0.
    """
    tags_at = (message.find(b"\0") // 4 + 1) * 4
    tags_end = message.find(b"\0", tags_at)
    tags = message[tags_at:tags_end]
    needed = sum(_ARGUMENT_BYTES.get(chr(tag), 4) for tag in tags[1:])
    return not tags or len(message) - (tags_end // 4 + 1) * 4 >= needed


def format_message(address: str, arguments: Sequence[Value]) -> bytes:
    """Return one OSC message as bytes; whole numbers travel as int, others as float32."""
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(address=address)
    for argument in arguments:
        builder.add_arg(argument)
    return bytes(builder.build().dgram)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
