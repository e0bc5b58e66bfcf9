"""A MIDI output by itself: to an instrument, or to the player's controller, which may go and come back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from bridge.events import ControllerChanged
from bridge.ports import midi_apis
from bridge.ports.port_names import find_port, name_fits
from bridge.ports.sockets import Sockets, open_sockets
from engine.errors import UserError

LIST_EVERY_S = 2.0
"""So often it is looked whether the port is there, while it is and while it is not."""
RETRY_S = 4.0
"""A MIDI system that is gone itself is tried again so often."""


class RtMidiOutput:
    """Into an existing port, else a virtual one that the system has made for it.

    made: it is a virtual one.
    """

    def __init__(self, name: str, api: str) -> None:
        """Open it.

        Raises UserError when the API is not there, several ports fit the name or, on Windows, none does.
        """
        self._wanted, self._api = name, api
        self.name, self.made = name, False
        self._client: Any = None
        self._sockets: Sockets | None = None
        self._open = self._lost = False
        self._look_s = -float("inf")
        with self._of_system():
            client = self._begin()
            try:
                self._connect()
            except UserError:
                if api == "winmm" or name_fits(name, client.get_ports()):
                    self.close()
                    raise
                client.open_virtual_port(name)
                self._open = self.made = True

    @contextlib.contextmanager
    def _of_system(self) -> Iterator[None]:
        """Raise what the MIDI system says as NotHereError."""
        rtmidi = midi_apis.load_rtmidi()
        try:
            yield
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            self.close()
            text = f"the MIDI API '{self._api}' does not work here: {midi_apis.one_line(error)}"
            raise midi_apis.NotHereError(text) from None

    def _begin(self) -> Any:
        """Make a client of the MIDI system, and return it."""
        before = open_sockets()
        self._client = midi_apis.load_rtmidi().MidiOut(midi_apis.code_of(self._api), name=midi_apis.CLIENT_NAME)
        self._sockets = Sockets(before)
        return self._client

    def _connect(self) -> None:
        """Open the port that the name means. Raises UserError when there is none, or several fit."""
        (self.name,) = midi_apis.open_existing(self._client, self._wanted)
        self._open, self.made = True, False

    @property
    def _hung_up(self) -> bool:
        return self._sockets is not None and self._sockets.hung_up()

    def send(self, message: Sequence[int]) -> None:
        """Send one message now; one that the driver refuses is dropped, and any while the port is away.

        RtMidi spins for ever on the full buffer of a JACK server that is gone: so ask the wires first.
        """
        if self._open and not self._hung_up:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                self._client.send_message(message)

    def watch(self, now_s: float) -> ControllerChanged | None:
        """Say once that the port went away, open it again when it is back, and say that."""
        if now_s < self._look_s:
            return None
        self._look_s = now_s + LIST_EVERY_S
        try:
            with self._of_system():
                return self._look(now_s)
        except midi_apis.NotHereError:  # the MIDI system is gone
            return self._lose(now_s)

    def _look(self, now_s: float) -> ControllerChanged | None:
        if self._client is None or self._hung_up:
            return self._begin_again(now_s)
        ports = self._client.get_ports()
        there = name_fits(self._wanted, ports) if self.made or not self._open else self.name in ports
        if self._open and there != self.made:
            return None
        if self._open and not there:
            return self._lose(now_s)
        return self._find(now_s, ports) if there or self.made else None

    def _begin_again(self, now_s: float) -> ControllerChanged | None:
        """The MIDI system itself was gone: make another client of it."""
        self.close()
        self._look_s = now_s + RETRY_S
        with contextlib.suppress(UserError), self._of_system():
            self._begin()
        return self._lose(now_s)

    def _lose(self, now_s: float) -> ControllerChanged | None:
        if self._lost:
            return None
        self._lost, self._open = True, False
        if self._client is not None:
            self._client.close_port()
        text = f'the controller\'s port "{self.name}" is gone; values are sent back when it is there again'
        return ControllerChanged(now_s, False, text)

    def _find(self, now_s: float, ports: Sequence[str]) -> ControllerChanged | None:
        """Open the port that is there; make the one again that went with its MIDI system."""
        if self.made and not self._open and not name_fits(self._wanted, ports):
            self._client.open_virtual_port(self._wanted)
            self._open = True
        else:
            try:
                find_port(self._wanted, ports)
            except UserError:  # several fit by now
                return None
            if self.made:
                self._client.close_port()
                self._open = self.made = False
            try:
                self._connect()
            except UserError:  # it went again
                return None
        self._lost = False
        return ControllerChanged(now_s, True, f'values are sent back to "{self.name}" again')

    def close(self) -> None:
        """Close it, in bounded time."""
        client, self._client, self._sockets, self._open = self._client, None, None, False
        midi_apis.close_bounded(client)


def open_output(name: str, api: str = "auto") -> RtMidiOutput:
    """Open an output on the named API, or with "auto" on the first that works.

    Raises UserError when none does, with the next steps, and as `RtMidiOutput` does.
    """
    for candidate in midi_apis.compiled_apis() if api == "auto" else [api]:
        try:
            return RtMidiOutput(name, candidate)
        except midi_apis.NotHereError as error:
            if api != "auto":
                raise UserError(f"{error}. {midi_apis.next_steps()}") from None
    raise UserError(f"no MIDI system on this machine. {midi_apis.next_steps()}")
