"""What can happen to the bridge, each a frozen record stamped with a monotonic time in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the ports, which are to be open at once, need no more of the engine than this name
    from engine.controls import Value
    from engine.messages import Reply


@dataclass(frozen=True, slots=True)
class NoteOn:
    """A key went down. pitch 0..127, velocity 1..127, channel 0..15."""

    time_s: float
    pitch: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class NoteOff:
    """A key went up (a note-on of velocity 0 arrives as this)."""

    time_s: float
    pitch: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class ControlChange:
    """A MIDI controller moved (number, value 0..127): pedals, footswitches, CC 120 and 123 arrive as this."""

    time_s: float
    number: int
    value: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """A MIDI program was chosen. program: 0..127 as on the wire, 1..128 for people."""

    time_s: float
    program: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Pulse:
    """One MIDI clock pulse, 24 a beat."""

    time_s: float


@dataclass(frozen=True, slots=True)
class Transport:
    """MIDI start, stop or continue: command is "start", "stop" or "continue"."""

    time_s: float
    command: str


@dataclass(frozen=True, slots=True)
class SongPosition:
    """MIDI song position pointer, in sixteenth notes from the start of the song."""

    time_s: float
    sixteenths: int


MidiEvent = NoteOn | NoteOff | ControlChange | ProgramChange | Pulse | Transport | SongPosition


@dataclass(frozen=True, slots=True)
class SetControl:
    """Someone moves a control.

    value: raw, as it came; normalised: it is 0..1 and the table scales it; source: "osc", "cc" or "key".
    """

    time_s: float
    name: str
    value: object
    source: str
    normalised: bool = False


@dataclass(frozen=True, slots=True)
class SetControls:
    """Someone moves several controls as one: what they say together holds from the same moment."""

    time_s: float
    moves: tuple[SetControl, ...]


@dataclass(frozen=True, slots=True)
class AskControl:
    """Someone asks for a control's value, to be told to the subscribers (name "*": all)."""

    time_s: float
    name: str


@dataclass(frozen=True, slots=True)
class Action:
    """Someone asks for something to be done: "answer", "panic", "tap", "quit" and so on."""

    time_s: float
    name: str
    source: str
    arguments: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class PresetRecalled:
    """A preset that was asked for is here.

    values: of the controls that it names; fixed: settings in it that hold from the start of a session to its end;
    checkpoint: the model that it names, or "".
    """

    time_s: float
    name: str
    number: int | None
    about: str
    values: Mapping[str, Value]
    fixed: tuple[str, ...] = ()
    checkpoint: str = ""


@dataclass(frozen=True, slots=True)
class PresetSaved:
    """What was set is kept as a preset, in this folder."""

    time_s: float
    name: str
    number: int | None
    folder: str


@dataclass(frozen=True, slots=True)
class EngineReply:
    """A record came from an engine process; engine: its number, from 0 on, where there were several."""

    time_s: float
    reply: Reply
    engine: int = 0


@dataclass(frozen=True, slots=True)
class EngineDied:
    """An engine process, by its number, ended or stopped answering; text says how."""

    time_s: float
    text: str
    engine: int = 0


@dataclass(frozen=True, slots=True)
class PortsChanged:
    """MIDI ports went away (up False) or came back (up True); text says which."""

    time_s: float
    up: bool
    text: str


@dataclass(frozen=True, slots=True)
class ControllerChanged:
    """The port to the player's controller went away (up False) or came back (up True); text says which."""

    time_s: float
    up: bool
    text: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something was refused at the rim: a malformed OSC packet, an unknown address."""

    time_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something has gone well at the rim that people should know: a file was written."""

    time_s: float
    text: str


Event = (
    MidiEvent
    | SetControl
    | SetControls
    | AskControl
    | Action
    | PresetRecalled
    | PresetSaved
    | EngineReply
    | EngineDied
    | PortsChanged
    | ControllerChanged
    | Complaint
    | Notice
)
