"""MIDI at the rim: the pair of ports that is played and listened to. Knows bytes and ports, nothing of music.

Input is polled, never called back: on JACK a callback takes Python's lock inside JACK's own thread and
loses notes. A port is remembered by name, never by number.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bridge.events import MidiEvent, PortsChanged
from bridge.ports.loopback import LoopbackPorts, Ports
from bridge.ports.midi_apis import (
    CLIENT_NAME,
    NotHereError,
    close_bounded,
    code_of,
    compiled_apis,
    load_rtmidi,
    next_steps,
    one_line,
    open_existing,
)
from bridge.ports.port_names import is_ours
from bridge.ports.sockets import Sockets, open_sockets
from bridge.ports.wire import Arrivals, decode
from engine.errors import UserError

if TYPE_CHECKING:
    from bridge.ports.jack_output import JackOutput

QUEUE_LIMIT = 8192
"""Messages that wait between two polls; RtMidi drops what comes beyond."""
LIST_EVERY_S = 5.0
CHECK_EVERY_S = 0.25
RETRY_FIRST_S, RETRY_LAST_S = 0.5, 8.0
DRAIN_MOST = 1024
OPEN_WITHIN_S, OPEN_AGAIN_WITHIN_S = 5.0, 1.0
"""How long the start of the output to the frame is waited for; the loop should not stand still for long."""
ENDING_S = 1.0
"""The output to the frame of a bridge that was killed ends what sounds, and takes its port away, within this."""


class RtMidiPorts:
    """Real ports. Virtual ones where the system has them; on Windows, or if asked for, existing ones.

    stuck: closing hung in the driver; the process should then end without cleaning up. remark: what a user is told
    of how notes leave.
    """

    def __init__(self, name_in: str, name_out: str, api: str, *, existing: bool = False) -> None:
        """Open both. existing: as what is connected to the ports of these names, which somebody else has made.

        Raises UserError when the API is not there, a name is taken, or no existing port or several fit a name.
        """
        self._existing = existing or api == "winmm"
        self.name_in, self.name_out, self.api = name_in, name_out, api
        self.stuck, self.remark = False, ""
        self._in: Any = None
        self._out: Any = None
        self._frames: JackOutput | None = None
        self._own: tuple[set[str], set[str]] = (set(), set())
        self._sockets: Sockets | None = None
        self._arrivals = Arrivals()
        self._check_at_s = self._list_at_s = 0.0
        self._retry_s = RETRY_FIRST_S
        self._open()

    def _open(self, again: bool = False) -> None:
        """Open both. again: under names that were ours, which a driver that hangs may still list."""
        rtmidi = load_rtmidi()
        code = code_of(self.api)
        sockets_before = open_sockets()
        midi_in = midi_out = frames = None
        try:
            midi_in = rtmidi.MidiIn(code, name=CLIENT_NAME, queue_size_limit=QUEUE_LIMIT)
            midi_in.ignore_types(sysex=True, timing=False, active_sense=True)
            frames = self._starting()
            midi_out = rtmidi.MidiOut(code, name=CLIENT_NAME)
            if self._existing:
                self._own = open_existing(midi_in, self.name_in), open_existing(midi_out, self.name_out)
            else:
                self._own = self._open_virtual(midi_in, midi_out, frames, again)
        except UserError:
            _close(frames, midi_in, midi_out)
            raise
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            _close(frames, midi_in, midi_out)
            raise NotHereError(f"the MIDI API '{self.api}' does not work here: {one_line(error)}") from None
        self._in, self._out, self._arrivals = midi_in, midi_out, Arrivals()
        self._sockets = Sockets(sockets_before)

    def _starting(self) -> JackOutput | None:
        """Return an output to the frame that is being started; None where there are no frames."""
        if self.api != "jack" or self._existing:
            return None
        from bridge.ports.jack_output import JackOutput  # on JACK alone

        return JackOutput(CLIENT_NAME, self.name_out)

    def _open_virtual(
        self, midi_in: Any, midi_out: Any, frames: JackOutput | None, again: bool
    ) -> tuple[set[str], set[str]]:
        """Make both ports; return the names that the system lists them under, which are no other program's.

        Raises UserError when another melody-bridge has one of the names, or takes it at the same moment.
        """
        ends = (midi_in, midi_out, self.name_in), (midi_out, midi_in, self.name_out)
        give_up_s = time.monotonic() + (ENDING_S if frames is not None and not again else 0.0)
        while any(before := [self._named(lister, name) for _, lister, name in ends]):
            if time.monotonic() >= give_up_s:
                break
            time.sleep(ENDING_S / 20)
        for (end, _, name), taken in zip(ends, before, strict=True):
            if taken and not again:
                raise UserError(_taken(name, self.api))
            if end is not midi_out or not self._opened(frames, again):
                end.open_virtual_port(name)
        ours = [
            set(self._named(lister, name)) - set(seen)
            for (_, lister, name), seen in zip(ends, before, strict=True)
        ]
        for (_, _, name), found in zip(ends, ours, strict=True):
            if len(found) > 1 and not again:
                raise UserError(_taken(name, self.api))
        return ours[0], ours[1]

    def _opened(self, frames: JackOutput | None, again: bool) -> bool:
        """Open the output to the frame; return False where RtMidi's must do. again: the loop waits for it."""
        opened = frames is not None and frames.open(OPEN_AGAIN_WITHIN_S if again else OPEN_WITHIN_S)
        self._frames, self.remark = frames if opened else None, frames.remark if frames else ""
        return opened

    @staticmethod
    def _named(lister: Any, name: str) -> list[str]:
        return [listed for listed in lister.get_ports() if is_ours(listed, CLIENT_NAME, name)]

    def poll(self, now_s: float) -> list[MidiEvent]:
        """Return everything that waits; RtMidi's delta times restore the spacing within one poll."""
        if self._in is None:
            return []
        get = self._in.get_message
        got: list[tuple[Sequence[int], float]] = []
        while len(got) < DRAIN_MOST and (entry := get()) is not None:
            got.append(entry)
        stamped = self._arrivals.times_s([delta_s for _, delta_s in got], now_s)
        decoded = (decode(message, at_s) for (message, _), at_s in zip(got, stamped, strict=True))
        return [event for event in decoded if event is not None]

    def send(self, message: Sequence[int], due_s: float | None = None) -> None:
        """Send one message, which was due now unless a time is told.

        RtMidi spins for ever on the full buffer of a JACK server that is gone: so ask the wires first.
        """
        if self._out is None or self._hung_up:
            return
        try:
            if self._frames is not None:
                self._frames.send(message, due_s)
            else:
                self._out.send_message(message)
        except (OSError, RuntimeError, ValueError):
            self._check_at_s = 0.0

    def watch(self, now_s: float) -> PortsChanged | None:
        """Say once that the ports went away, try to open them again (after 0.5 to 8 s), say they are back."""
        if now_s < self._check_at_s:
            return None
        self._check_at_s = now_s + CHECK_EVERY_S
        if self._in is not None:
            if not self._hung_up and (now_s < self._list_at_s or self._listed(now_s)):
                return None
            self._drop()
            self._retry_s = RETRY_FIRST_S
            self._check_at_s = now_s + self._retry_s
            return PortsChanged(
                now_s, False, f"the MIDI ports are gone ({self.api}); opening them again when it is back"
            )
        try:
            self._open(again=True)
        except UserError:
            self._retry_s = min(2 * self._retry_s, RETRY_LAST_S)
            self._check_at_s = now_s + self._retry_s
            return None
        self._list_at_s = now_s + LIST_EVERY_S
        text = f'"{self.name_in}" and "{self.name_out}" are open again ({self.api}); connect them in the DAW'
        text += f"; {self.remark}" if self.remark else ""
        return PortsChanged(now_s, True, text)

    @property
    def _hung_up(self) -> bool:
        frames_gone = self._frames is not None and self._frames.gone
        return frames_gone or (self._sockets is not None and self._sockets.hung_up())

    def _listed(self, now_s: float) -> bool:
        """Say whether the system still lists our own ports."""
        self._list_at_s = now_s + LIST_EVERY_S
        inputs, outputs = self._own
        if self._existing:
            return inputs <= set(self._in.get_ports()) and outputs <= set(self._out.get_ports())
        return inputs <= set(self._out.get_ports()) and outputs <= set(self._in.get_ports())

    @property
    def source(self) -> str:
        """Return the whole name of the existing port that is heard."""
        (name,) = self._own[0]
        return name

    def _drop(self) -> None:
        ends = self._frames, self._in, self._out
        self._frames = self._in = self._out = self._sockets = None
        self.stuck |= not _close(*ends)

    def close(self) -> None:
        """Close both ports, or leave them after 0.3 s: closing a port can deadlock in some drivers."""
        self._drop()


def open_ports(name_in: str, name_out: str, api: str = "auto") -> Ports:
    """Open the two ports on the named API, or with "auto" on the first that works.

    Raises UserError when none does, with the next steps.
    """
    if api == "loopback":
        return LoopbackPorts(name_in, name_out)
    if api != "auto":
        try:
            return RtMidiPorts(name_in, name_out, api)
        except NotHereError as error:
            raise UserError(f"{error}. {next_steps()}") from None
    for candidate in compiled_apis():
        with contextlib.suppress(NotHereError):
            return RtMidiPorts(name_in, name_out, candidate)
    raise UserError(
        f"no MIDI system on this machine (tried {', '.join(compiled_apis()) or 'nothing'}). {next_steps()}"
    )


def _close(frames: JackOutput | None, *ends: Any) -> bool:
    """Close what there is; return False when that hangs. The output to the frame ends by itself."""
    if frames is not None:
        frames.close()
    return close_bounded(*ends)


def _taken(name: str, api: str) -> str:
    return (
        f"a melody-bridge that runs already has the port '{name}' ({api}); "
        "end it, or give this one another name with --port (and --out-port)"
    )
