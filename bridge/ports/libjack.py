"""JACK's own library, as much of it as putting MIDI on frames takes: the only file that calls it.

A client's turn is called in JACK's real-time thread, in which Python has to have its lock: whoever is one does
little besides.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import time
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_uint32, c_uint64, c_ulong, c_void_p
from typing import Any

LIBRARY = "libjack.so.0"
NO_START_SERVER = 1
IS_INPUT, IS_OUTPUT = 1, 2
MIDI = b"8 bit raw midi"
REAL_TIME = {os.SCHED_FIFO, os.SCHED_RR} if hasattr(os, "SCHED_FIFO") else set()

Turn = ctypes.CFUNCTYPE(c_int, c_uint32, c_void_p)
Shutdown = ctypes.CFUNCTYPE(None, c_void_p)
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "jack_client_open": (c_void_p, (c_char_p, c_int, c_void_p)),
    "jack_client_close": (c_int, (c_void_p,)),
    "jack_set_process_callback": (c_int, (c_void_p, Turn, c_void_p)),
    "jack_on_shutdown": (None, (c_void_p, Shutdown, c_void_p)),
    "jack_activate": (c_int, (c_void_p,)),
    "jack_deactivate": (c_int, (c_void_p,)),
    "jack_is_realtime": (c_int, (c_void_p,)),
    "jack_get_sample_rate": (c_uint32, (c_void_p,)),
    "jack_get_buffer_size": (c_uint32, (c_void_p,)),
    "jack_get_time": (c_uint64, ()),
    "jack_get_cycle_times": (
        c_int,
        (c_void_p, POINTER(c_uint32), POINTER(c_uint64), POINTER(c_uint64), POINTER(c_float)),
    ),
    "jack_port_register": (c_void_p, (c_void_p, c_char_p, c_char_p, c_ulong, c_ulong)),
    "jack_port_get_buffer": (c_void_p, (c_void_p, c_uint32)),
    "jack_port_name": (c_char_p, (c_void_p,)),
    "jack_connect": (c_int, (c_void_p, c_char_p, c_char_p)),
    "jack_midi_clear_buffer": (None, (c_void_p,)),
    "jack_midi_event_write": (c_int, (c_void_p, c_uint32, c_char_p, c_size_t)),
    "jack_midi_get_event_count": (c_uint32, (c_void_p,)),
    "jack_midi_event_get": (c_int, (c_void_p, c_void_p, c_uint32)),
}


class NoJackError(Exception):
    """Say why there is no client here, in a few words."""


class MidiEvent(ctypes.Structure):
    """An event as JACK tells it: its frame within the period, and its bytes."""

    _fields_ = (("frame", c_uint32), ("size", c_size_t), ("data", POINTER(ctypes.c_ubyte)))


def rtmidis_library() -> str:
    """Return where the library lies that RtMidi uses in this process: the system's may know another server."""
    with contextlib.suppress(OSError), open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        for line in maps:
            path = line.rstrip("\n").split(maxsplit=5)[-1]
            if re.search(r"/libjack[-.][^/]*$", path):
                return path
    return LIBRARY


def load(path: str) -> ctypes.CDLL:
    """Return a library. Raises NoJackError where there is none, or an old one."""
    try:
        found = ctypes.CDLL(path)
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise NoJackError(f"{path} cannot be used, {error}") from None
    return found


class Port:
    """A MIDI port of a client; what it does is for the client's turns."""

    def __init__(self, lib: ctypes.CDLL, handle: int) -> None:
        self._lib, self._handle, self._buffer = lib, handle, 0

    @property
    def name(self) -> bytes:
        """Return its whole name."""
        return bytes(self._lib.jack_port_name(self._handle))

    def begin(self, count: int, *, clear: bool) -> None:
        """Enter a turn for a period of so many frames; clear: as an output, whose events are the last turn's."""
        self._buffer = self._lib.jack_port_get_buffer(self._handle, count)
        if clear:
            self._lib.jack_midi_clear_buffer(self._buffer)

    def write(self, frame: int, message: bytes) -> bool:
        """Write an event of this period, none before the one before; return False when JACK has no room for it."""
        return not self._lib.jack_midi_event_write(self._buffer, frame, message, len(message))

    def read(self) -> list[tuple[int, bytes]]:
        """Return the events of this period."""
        events, event = list[tuple[int, bytes]](), MidiEvent()
        for index in range(self._lib.jack_midi_get_event_count(self._buffer)):
            if not self._lib.jack_midi_event_get(byref(event), self._buffer, index):
                events.append((event.frame, bytes(event.data[: event.size])))
        return events


class JackClient:
    """A client of the server that runs, which gives it a turn a period."""

    def __init__(self, library: str, name: str) -> None:
        """Introduce it to the server of a library. Raises NoJackError when there is none."""
        self._lib = load(library)
        self._handle = self._lib.jack_client_open(name.encode(), NO_START_SERVER, None)
        if not self._handle:
            raise NoJackError("no server answers")
        self.rate: int = self._lib.jack_get_sample_rate(self._handle)
        self.period: int = self._lib.jack_get_buffer_size(self._handle)
        self.real_time = bool(self._lib.jack_is_realtime(self._handle))
        self._kept: tuple[object, ...] = ()
        self._times = c_uint32(), c_uint64(), c_uint64(), c_float()

    def activate(self, turn: Callable[[int], None], gone: Callable[[], None] = lambda: None) -> None:
        """Have turns from now on. gone: called when the server is.

        To be called before any port is made: JACK refuses to connect a port of a client that is not active, and a
        program that waits for it by its name does not try again.
        """

        def on_turn(count: int, _: object) -> int:
            turn(count)
            return 0

        def on_shutdown(_: object) -> None:
            gone()

        self._kept = callbacks = Turn(on_turn), Shutdown(on_shutdown)
        self._lib.jack_set_process_callback(self._handle, callbacks[0], None)
        self._lib.jack_on_shutdown(self._handle, callbacks[1], None)
        if self._lib.jack_activate(self._handle):
            raise NoJackError("the server gives it no turns")

    def port(self, name: str, kind: int) -> Port:
        """Make a MIDI port. Raises NoJackError when the server does not."""
        handle = self._lib.jack_port_register(self._handle, name.encode(), MIDI, kind, 0)
        if not handle:
            raise NoJackError(f"it makes no port '{name}'")
        return Port(self._lib, handle)

    def connect(self, source: str, port: Port) -> None:
        """Have an input hear a port of that whole name. Raises NoJackError when it cannot."""
        if self._lib.jack_connect(self._handle, source.encode(), port.name):
            raise NoJackError(f"'{source}' cannot be connected")

    def begins_s(self) -> float:
        """Return when the period of this turn begins, by the monotonic clock; JACK has another.

        JACK smooths it over seconds, and so is far off for some after a standstill: then it begins now.
        """
        frame, begins, ends, period = self._times
        self._lib.jack_get_cycle_times(self._handle, byref(frame), byref(begins), byref(ends), byref(period))
        since_s: float = (self._lib.jack_get_time() - begins.value) / 1e6
        return time.monotonic() - (since_s if abs(since_s) < self.period / self.rate else 0.0)

    def close(self) -> None:
        """Have no more turns; the ports go with it."""
        self._lib.jack_deactivate(self._handle)
        self._lib.jack_client_close(self._handle)


def in_real_time() -> bool:
    """Say whether the calling thread goes before all ordinary ones."""
    return bool(REAL_TIME) and os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK in REAL_TIME
