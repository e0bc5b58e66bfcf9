"""Hear a JACK port to the frame: RtMidi tells arrivals in steps of a period. For measuring alone.

In JACK's thread Python loses events where other threads of the process hold its lock: so whoever listens by this
does little besides, and listens by RtMidi where the server does not run in real time.
"""

from __future__ import annotations

from collections import deque

from bridge.events import MidiEvent
from bridge.ports.libjack import IS_INPUT, JackClient, NoJackError, Port, rtmidis_library
from bridge.ports.wire import decode


class JackEar:
    """Hear the port of that whole name, which somebody else has made, each event at the time of its own frame."""

    def __init__(self, source: str) -> None:
        """Connect to it. Raises NoJackError where that cannot be, or not in real time."""
        self._client = JackClient(rtmidis_library(), "melody-ear")
        self._port: Port | None = None
        self._heard: deque[tuple[float, bytes]] = deque()
        if not self._client.real_time:
            self._client.close()
            raise NoJackError("the server does not run in real time")
        try:
            self._client.activate(self._turn)
            port = self._client.port("in", IS_INPUT)
            self._client.connect(source, port)
        except NoJackError:
            self._client.close()
            raise
        self._port = port

    def _turn(self, count: int) -> None:
        if self._port is None:
            return
        self._port.begin(count, clear=False)
        events = self._port.read()
        if events:
            begins_s = self._client.begins_s()
            self._heard += [(begins_s + frame / self._client.rate, message) for frame, message in events]

    def poll(self, now_s: float) -> list[MidiEvent]:
        """Return what has come since, in order."""
        found = [self._heard.popleft() for _ in range(len(self._heard))]
        decoded = [decode(message, at_s) for at_s, message in found]
        return [event for event in decoded if event is not None]

    def close(self) -> None:
        """Hear no more."""
        self._client.close()
