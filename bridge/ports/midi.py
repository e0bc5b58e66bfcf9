"""MIDI at the rim: the only file that imports rtmidi. Knows bytes and ports, nothing of turns or music.

Input is polled, never called back: on JACK a callback takes Python's lock inside JACK's own thread and
loses notes. A port is remembered by name, never by number.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bridge.events import MidiEvent, PortsChanged
from bridge.ports.loopback import LoopbackPorts, Ports
from bridge.ports.port_names import find_port, is_ours, name_fits
from bridge.ports.sockets import Sockets, open_sockets
from bridge.ports.wire import Arrivals, decode
from bridge.urgency import Helper
from engine.errors import UserError

if TYPE_CHECKING:
    from bridge.ports.jack_output import JackOutput

RTMIDI_APIS = {
    "jack": "API_UNIX_JACK",
    "alsa": "API_LINUX_ALSA",
    "coremidi": "API_MACOSX_CORE",
    "winmm": "API_WINDOWS_MM",
}
"""Our names for RtMidi's, in the order in which `auto` tries them: a JACK server that runs was started on
purpose, and the Linux DAWs that see no ALSA sequencer see JACK."""

JACK_FRAMES = "jack-frames"
"""JACK, where each message leaves on its own frame, by a process of its own."""
CLIENT_NAME = "melody-bridge"
QUEUE_LIMIT = 8192
"""Messages that wait between two polls; RtMidi drops what comes beyond."""
LIST_EVERY_S = 5.0
CHECK_EVERY_S = 0.25
RETRY_FIRST_S, RETRY_LAST_S = 0.5, 8.0
CLOSE_WITHIN_S = 0.3
DRAIN_MOST = 1024
ENDING_S = 2.0
"""The output to the frame of a bridge that was killed ends what sounds, and takes its port away, within this."""


class _NotHereError(UserError):
    """This API is not on this machine, or no server of it runs: another may do."""


class RtMidiPorts:
    """Real ports. Virtual ones where the system has them; on Windows, or if asked for, existing ones.

    stuck: closing hung in the driver; the process should then end without cleaning up. remark: what a user is told
    of how messages leave.
    """

    def __init__(
        self, name_in: str, name_out: str, api: str, *, existing: bool = False, to_the_frame: bool = False
    ) -> None:
        """Open both. existing: as what is connected to the ports of these names, which somebody else has made.
        to_the_frame: have the output on JACK put each message on its own frame where that can be had.

        Raises UserError when the API is not there, a name is taken, or no existing port or several fit a name.
        """
        self._existing = existing or api == "winmm"
        self.name_in, self.name_out, self.api = name_in, name_out, api
        self.stuck, self.remark = False, ""
        self._to_the_frame = to_the_frame and api == "jack" and not self._existing
        self._exact: JackOutput | None = None
        self._in: Any = None
        self._out: Any = None
        self._own: tuple[set[str], set[str]] = (set(), set())
        self._sockets: Sockets | None = None
        self._arrivals = Arrivals()
        self._check_at_s = self._list_at_s = 0.0
        self._retry_s = RETRY_FIRST_S
        self._open()

    def _open(self, again: bool = False) -> None:
        """Open both. again: under names that were ours, which a driver that hangs may still list."""
        rtmidi = _rtmidi()
        code = _code(self.api)
        exact = self._starting() if self._to_the_frame else None
        sockets_before = open_sockets()
        midi_in = midi_out = None
        try:
            midi_in = rtmidi.MidiIn(code, name=CLIENT_NAME, queue_size_limit=QUEUE_LIMIT)
            midi_in.ignore_types(sysex=True, timing=False, active_sense=True)
            midi_out = rtmidi.MidiOut(code, name=CLIENT_NAME)
            if self._existing:
                self._own = _open_existing(midi_in, self.name_in), _open_existing(midi_out, self.name_out)
            else:
                self._own = self._open_virtual(midi_in, midi_out, exact, again)
        except UserError:
            _close_bounded(midi_in, midi_out, exact)
            raise
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            _close_bounded(midi_in, midi_out, exact)
            raise _NotHereError(f"the MIDI API '{self.api}' does not work here: {_one_line(error)}") from None
        self._in, self._out, self._arrivals = midi_in, midi_out, Arrivals()
        self._sockets = Sockets(sockets_before)

    def _starting(self) -> JackOutput | None:
        """Return an output to the frame that is being started, None where there is none and RtMidi's must do."""
        from bridge.ports.jack_output import JackOutput, NoJackOutputError  # on JACK alone

        try:
            return JackOutput(CLIENT_NAME, self.name_out)
        except NoJackOutputError as error:
            self.remark = str(error)
            return None

    def _opened(self, exact: JackOutput | None) -> bool:
        """Open the output to the frame; False where RtMidi's must do."""
        if exact is None:
            return False
        from bridge.ports.jack_output import NoJackOutputError

        try:
            exact.open_port()
        except NoJackOutputError as error:
            self.remark = str(error)
            return False
        self._exact = exact
        self.remark = f"notes leave on their own frame of JACK, {exact.delay_s * 1000:.1f} ms after they are due"
        return True

    def _open_virtual(
        self, midi_in: Any, midi_out: Any, exact: JackOutput | None, again: bool
    ) -> tuple[set[str], set[str]]:
        """Make both ports; return the names that the system lists them under, which are no other program's.

        Raises UserError when another melody-bridge has one of the names, or takes it at the same moment.
        """
        ends = (midi_in, midi_out, self.name_in), (midi_out, midi_in, self.name_out)
        before = [self._named(lister, name) for _, lister, name in ends]
        wait_until_s = time.monotonic() + (ENDING_S if exact is not None and not again else 0.0)
        while any(before) and time.monotonic() < wait_until_s:
            time.sleep(ENDING_S / 20)
            before = [self._named(lister, name) for _, lister, name in ends]
        for (end, _, name), taken in zip(ends, before, strict=True):
            if taken and not again:
                raise UserError(_taken(name, self.api))
            if end is not midi_out or not self._opened(exact):
                end.open_virtual_port(name)
        ours = [
            set(self._named(lister, name)) - set(seen)
            for (_, lister, name), seen in zip(ends, before, strict=True)
        ]
        for (_, _, name), found in zip(ends, ours, strict=True):
            if len(found) > 1 and not again:
                raise UserError(_taken(name, self.api))
        return ours[0], ours[1]

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
            if self._exact is not None:
                self._exact.send(message, due_s)
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
        return PortsChanged(now_s, True, text)

    @property
    def _hung_up(self) -> bool:
        if self._exact is not None and self._exact.gone:
            return True
        return self._sockets is not None and self._sockets.hung_up()

    def _listed(self, now_s: float) -> bool:
        """Say whether the system still lists our own ports."""
        self._list_at_s = now_s + LIST_EVERY_S
        inputs, outputs = self._own
        if self._existing:
            return inputs <= set(self._in.get_ports()) and outputs <= set(self._out.get_ports())
        return inputs <= set(self._out.get_ports()) and outputs <= set(self._in.get_ports())

    def _drop(self) -> None:
        ends = self._in, self._out, self._exact
        self._in = self._out = self._exact = self._sockets = None
        self.stuck |= not _close_bounded(*ends)

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
            if api == JACK_FRAMES:
                return RtMidiPorts(name_in, name_out, "jack", to_the_frame=True)
            return RtMidiPorts(name_in, name_out, api)
        except _NotHereError as error:
            raise UserError(f"{error}. {next_steps()}") from None
    for candidate in compiled_apis():
        with contextlib.suppress(_NotHereError):
            return RtMidiPorts(name_in, name_out, candidate)
    raise UserError(
        f"no MIDI system on this machine (tried {', '.join(compiled_apis()) or 'nothing'}). {next_steps()}"
    )


class RtMidiOutput:
    """An output by itself: into an existing port, else a virtual one that the system has made for it."""

    def __init__(self, name: str, api: str) -> None:
        """Open it.

        Raises UserError when the API is not there, several ports fit the name or, on Windows, none does.
        """
        rtmidi = _rtmidi()
        self._out: Any = None
        try:
            self._out = rtmidi.MidiOut(_code(api), name=CLIENT_NAME)
            self.name, self.made = name, False
            try:
                (self.name,) = _open_existing(self._out, name)
            except UserError:
                if api == "winmm" or name_fits(name, self._out.get_ports()):
                    raise
                self._out.open_virtual_port(name)
                self.made = True
        except UserError:
            _close_bounded(self._out)
            raise
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            _close_bounded(self._out)
            raise _NotHereError(f"the MIDI API '{api}' does not work here: {_one_line(error)}") from None

    def send(self, message: Sequence[int]) -> None:
        """Send one message now; one that the driver refuses is dropped."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            self._out.send_message(message)

    def close(self) -> None:
        """Close it, in bounded time."""
        _close_bounded(self._out)


def open_output(name: str, api: str = "auto") -> RtMidiOutput:
    """Open an output on the named API, or with "auto" on the first that works.

    Raises UserError when none does, with the next steps, and as `RtMidiOutput` does.
    """
    for candidate in compiled_apis() if api == "auto" else [api]:
        try:
            return RtMidiOutput(name, candidate)
        except _NotHereError as error:
            if api != "auto":
                raise UserError(f"{error}. {next_steps()}") from None
    raise UserError(f"no MIDI system on this machine. {next_steps()}")


def next_steps() -> str:
    """Return what to do on this system when MIDI does not work."""
    demo = "or hear it without MIDI: melody-bridge demo"
    if sys.platform.startswith("linux"):
        return (
            "Load ALSA's sequencer (sudo modprobe snd-seq), or start JACK (jackd -d dummy, or QjackCtl); "
            f"with PipeWire: pw-jack melody-bridge; {demo}"
        )
    return f"Look what is there: melody-bridge ports; {demo}"


def compiled_apis() -> list[str]:
    """Return the names of the MIDI APIs that this RtMidi can speak, in the order `auto` tries them."""
    rtmidi = _rtmidi()
    compiled = set(rtmidi.get_compiled_api())
    return [name for name, symbol in RTMIDI_APIS.items() if getattr(rtmidi, symbol) in compiled]


def list_ports() -> dict[str, dict[str, list[str]] | str]:
    """Return by API what can be played into the bridge ("inputs") and out of it ("outputs"), or why not."""
    rtmidi = _rtmidi()
    found: dict[str, dict[str, list[str]] | str] = {}
    for name in compiled_apis():
        try:
            code = _code(name)
            found[name] = {
                "inputs": rtmidi.MidiIn(code, name=CLIENT_NAME).get_ports(),
                "outputs": rtmidi.MidiOut(code, name=CLIENT_NAME).get_ports(),
            }
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            found[name] = _one_line(error)
    return found


def _rtmidi() -> Any:
    import rtmidi  # loaded late: --help and the tests of pure code do without it

    return rtmidi


def _code(api: str) -> int:
    rtmidi = _rtmidi()
    if api not in RTMIDI_APIS or api not in compiled_apis():
        raise _NotHereError(f"midi-api: '{api}' is not on this system; it has {', '.join(compiled_apis())}")
    return int(getattr(rtmidi, RTMIDI_APIS[api]))


def _taken(name: str, api: str) -> str:
    return (
        f"a melody-bridge that runs already has the port '{name}' ({api}); "
        "end it, or give this one another name with --port (and --out-port)"
    )


def _open_existing(end: Any, name: str) -> set[str]:
    ports = end.get_ports()
    port = find_port(name, ports)
    end.open_port(ports.index(port))
    return {port}


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _close_bounded(*ends: Any) -> bool:
    """Close and delete RtMidi objects; return False when that hangs."""

    def close() -> None:
        for end in ends:
            if end is not None:
                end.close_port()
                end.delete()

    worker = Helper(close, "close-midi")
    worker.start()
    worker.join(CLOSE_WITHIN_S)
    return not worker.is_alive()
