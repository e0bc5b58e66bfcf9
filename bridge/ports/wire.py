"""MIDI bytes to events and back: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

from bridge.events import ControlChange, MidiEvent, NoteOff, NoteOn, ProgramChange, Pulse, SongPosition, Transport

NOTE_ON, NOTE_OFF, CONTROL, PROGRAM = 0x90, 0x80, 0xB0, 0xC0
LEAD_GROWS = 0.001
"""By so much of the time between two messages."""
_TRANSPORT = {0xFA: "start", 0xFB: "continue", 0xFC: "stop"}


def decode(message: Sequence[int], time_s: float) -> MidiEvent | None:
    """Return what a MIDI message says, or None for what the bridge does not read.

    A note-on with velocity 0 is a note-off. Malformed messages, system exclusive, active sensing, pitch
    bend and pressure are None.
    """
    if not message or any(not 0 <= byte <= 127 for byte in message[1:]):
        return None
    status, size = message[0], len(message)
    if size == 1:
        if status == 0xF8:
            return Pulse(time_s)
        return Transport(time_s, _TRANSPORT[status]) if status in _TRANSPORT else None
    kind, channel = status & 0xF0, status & 0x0F
    if kind == PROGRAM and size == 2:
        return ProgramChange(time_s, message[1], channel)
    if size != 3:
        return None
    if kind == NOTE_ON and message[2] > 0:
        return NoteOn(time_s, message[1], message[2], channel)
    if kind in (NOTE_OFF, NOTE_ON):
        return NoteOff(time_s, message[1], channel)
    if kind == CONTROL:
        return ControlChange(time_s, message[1], message[2], channel)
    if status == 0xF2:
        return SongPosition(time_s, message[1] | message[2] << 7)
    return None


def all_off(channels: Iterable[int] = range(16)) -> list[tuple[int, int, int]]:
    """Return what silences the given channels (0..15): pedal up, all notes off, all sound off."""
    return [(CONTROL | c, number, 0) for c in channels for number in (64, 123, 120)]


class Arrivals:
    """Tell when messages arrived from how far apart they came, however rarely they are polled.

    RtMidi counts the seconds since the message before. Summed up, these run a constant behind our clock: the
    least lead of our clock that was seen, for no message is found before it arrives. The lead is let grow slowly,
    so that one wrong count is forgotten.
    """

    def __init__(self) -> None:
        self._sum_s = 0.0
        self._lead_s: float | None = None
        self._polled_s = -math.inf

    def times_s(self, deltas_s: Sequence[float], now_s: float) -> list[float]:
        """Return the arrival times of the messages of one poll, oldest first.

        None lies before the last poll, which would have found it, nor after this one, nor before the message
        that came before it.
        """
        sums_s = list(accumulate((max(delta_s, 0.0) for delta_s in deltas_s), initial=self._sum_s))[1:]
        if sums_s:
            self._lead_s = min(self._grown_lead_s(now_s), now_s - sums_s[-1])
            self._sum_s = sums_s[-1]
        earliest_s, self._polled_s = min(self._polled_s, now_s), now_s
        return [min(max(sum_s + (self._lead_s or 0.0), earliest_s), now_s) for sum_s in sums_s]

    def _grown_lead_s(self, now_s: float) -> float:
        if self._lead_s is None:
            return math.inf
        return self._lead_s + LEAD_GROWS * (now_s - self._sum_s - self._lead_s)
