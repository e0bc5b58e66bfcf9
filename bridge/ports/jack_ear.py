"""Hear a JACK port to the frame: RtMidi tells arrivals in steps of a period. For measuring alone.

Python's callbacks in JACK's thread lose events where other threads of the process keep Python's lock: so whoever
listens by this does little besides.
"""

from __future__ import annotations

import importlib.util
import time
from collections import deque

from bridge.events import MidiEvent
from bridge.ports.frames import FrameClock
from bridge.ports.port_names import find_port
from bridge.ports.wire import decode


class JackEar:
    """Hear the port of a name that somebody else has made, each event at the time of its own frame."""

    def __init__(self, name: str) -> None:
        """Connect to it. Raises UserError when no port or several fit the name."""
        import jack

        self._client = jack.Client("melody-ear", no_start_server=True)
        self._port = self._client.midi_inports.register("in")
        self._clock = FrameClock(self._client, time.monotonic)
        self._heard: deque[tuple[float, bytes]] = deque()
        self._client.set_process_callback(self._turn)
        self._client.activate()
        outputs = [port.name for port in self._client.get_ports(is_midi=True, is_output=True)]
        self._client.connect(find_port(name, outputs), self._port)

    def _turn(self, count: int) -> None:
        self._clock.begin()
        for offset, message in self._port.incoming_midi_events():
            self._heard.append((self._clock.time_at(self._clock.begins + offset), bytes(message)))

    def poll(self, now_s: float) -> list[MidiEvent]:
        """Return what has come since, in order."""
        found = []
        while self._heard:
            at_s, message = self._heard.popleft()
            event = decode(message, at_s)
            if event is not None:
                found.append(event)
        return found

    def close(self) -> None:
        """Hear no more."""
        self._client.deactivate()
        self._client.close()


def can_hear(api: str) -> bool:
    """Say whether ports of an API can be heard so."""
    return api == "jack" and importlib.util.find_spec("jack") is not None
