"""The straight map from seconds to beats, and the clock that seconds are read from. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Returns monotonic seconds (time.monotonic, or a fake one)."""


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Map seconds to beats on a straight line.

    bpm: beats a minute, > 0; at `time_s` (monotonic seconds) it is `beat` (0 is the start of the song, or of
    the counting where no song is known).
    """

    bpm: float
    beat: float
    time_s: float

    @property
    def beat_s(self) -> float:
        """Return the length of a beat in seconds."""
        return 60.0 / self.bpm

    def beat_at(self, time_s: float) -> float:
        """Return the position in beats at a time."""
        return self.beat + (time_s - self.time_s) * self.bpm / 60.0

    def time_at(self, beat: float) -> float:
        """Return the time of a position in beats."""
        return self.time_s + (beat - self.beat) * 60.0 / self.bpm

    def with_bpm(self, bpm: float, at_time_s: float) -> TempoMap:
        """Return a map that goes on at `bpm` from `at_time_s` without a jump of the beat."""
        return TempoMap(bpm, self.beat_at(at_time_s), at_time_s)
