"""What a pair of MIDI ports is to the bridge, and ports in memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from bridge.events import MidiEvent, PortsChanged
from bridge.ports.wire import decode


class Ports(Protocol):
    """One input and one output. `api` says whose they are, in the words of --midi-api."""

    name_in: str
    name_out: str
    api: str
    remark: str
    """What a user is told of how notes leave, "" for nothing."""

    def poll(self, now_s: float) -> list[MidiEvent]:
        """Return everything that waits, in order, stamped with its arrival."""

    def send(self, message: Sequence[int], due_s: float | None = None) -> None:
        """Send one message, which was due now unless a time is told; while the ports are away it is dropped."""

    def watch(self, now_s: float) -> PortsChanged | None:
        """Look whether the ports are still there, try to bring them back, and say what changed."""

    def close(self) -> None:
        """Close both, in bounded time."""


class LoopbackPorts:
    """Ports in memory: `play` stands for the DAW's track, `heard` for its instrument. Safe across threads."""

    api, remark = "loopback", ""

    def __init__(
        self,
        name_in: str = "GPT In",
        name_out: str = "GPT Out",
        clock: Callable[[], float] = time.monotonic,
        on_send: Callable[[float, tuple[int, ...]], None] | None = None,
    ) -> None:
        self.name_in, self.name_out = name_in, name_out
        self.heard: list[tuple[float, tuple[int, ...]]] = []
        self._clock, self._on_send = clock, on_send
        self._waiting: deque[tuple[float | None, tuple[int, ...]]] = deque()
        self._news: deque[PortsChanged] = deque()
        self._up = True

    def play(self, message: Sequence[int], time_s: float | None = None) -> None:
        """Put a message into the input; it arrives at the next poll, stamped time_s or the poll's time."""
        self._waiting.append((time_s, tuple(message)))

    def unplug(self) -> None:
        """Take the ports away."""
        self._up = False
        self._news.append(PortsChanged(self._clock(), False, "the loopback ports are gone"))

    def plug(self) -> None:
        """Bring them back."""
        self._up = True
        self._news.append(PortsChanged(self._clock(), True, "the loopback ports are back"))

    def poll(self, now_s: float) -> list[MidiEvent]:
        """Return what was played since."""
        events = []
        while self._waiting:
            time_s, message = self._waiting.popleft()
            event = decode(message, now_s if time_s is None else time_s)
            if event is not None and self._up:
                events.append(event)
        return events

    def send(self, message: Sequence[int], due_s: float | None = None) -> None:
        """Let `heard` and the listener have it."""
        if self._up:
            at_s, sent = self._clock(), tuple(message)
            self.heard.append((at_s, sent))
            if self._on_send is not None:
                self._on_send(at_s, sent)

    def watch(self, now_s: float) -> PortsChanged | None:
        """Report `unplug` and `plug`."""
        return self._news.popleft() if self._news else None

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
