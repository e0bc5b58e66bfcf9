"""A MIDI output by itself: where a take is played to an instrument, or values go back to a controller."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

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
from bridge.ports.port_names import name_fits
from engine.errors import UserError


class RtMidiOutput:
    """An output by itself: into an existing port, else a virtual one that the system has made for it."""

    def __init__(self, name: str, api: str) -> None:
        """Open it.

        Raises UserError when the API is not there, several ports fit the name or, on Windows, none does.
        """
        rtmidi = load_rtmidi()
        self._out: Any = None
        try:
            self._out = rtmidi.MidiOut(code_of(api), name=CLIENT_NAME)
            self.name, self.made = name, False
            try:
                (self.name,) = open_existing(self._out, name)
            except UserError:
                if api == "winmm" or name_fits(name, self._out.get_ports()):
                    raise
                self._out.open_virtual_port(name)
                self.made = True
        except UserError:
            close_bounded(self._out)
            raise
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            close_bounded(self._out)
            raise NotHereError(f"the MIDI API '{api}' does not work here: {one_line(error)}") from None

    def send(self, message: Sequence[int]) -> None:
        """Send one message now; one that the driver refuses is dropped."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            self._out.send_message(message)

    def close(self) -> None:
        """Close it, in bounded time."""
        close_bounded(self._out)


def open_output(name: str, api: str = "auto") -> RtMidiOutput:
    """Open an output on the named API, or with "auto" on the first that works.

    Raises UserError when none does, with the next steps, and as `RtMidiOutput` does.
    """
    for candidate in compiled_apis() if api == "auto" else [api]:
        try:
            return RtMidiOutput(name, candidate)
        except NotHereError as error:
            if api != "auto":
                raise UserError(f"{error}. {next_steps()}") from None
    raise UserError(f"no MIDI system on this machine. {next_steps()}")
