"""The straight map from seconds to beats, played a little off where that is wished; the clock of seconds. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_SIXTEENTH_BEATS = 0.25

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

    def played_at(self, beat: float, quantise: float, swing: float) -> float:
        """Return when an onset written at `beat` is played; quantise and swing as in `played_beat`."""
        return self.time_at(played_beat(beat, quantise, swing))

    def with_bpm(self, bpm: float, at_time_s: float) -> TempoMap:
        """Return a map that goes on at `bpm` from `at_time_s` without a jump of the beat."""
        return TempoMap(bpm, self.beat_at(at_time_s), at_time_s)


def played_beat(beat: float, quantise: float, swing: float) -> float:
    """Return where an onset written at `beat` is played.

    quantise: 0..1, how far it is pulled onto the nearest sixteenth. swing: 0..0.5, by what share of an eighth
    the off-beat eighth is delayed; what lies between beat and off-beat moves along in proportion, so the
    order of onsets never changes and full beats stay.
    """
    nearest = math.floor(beat / _SIXTEENTH_BEATS + 0.5) * _SIXTEENTH_BEATS
    pulled = beat + (nearest - beat) * min(max(quantise, 0.0), 1.0)
    return _swung(pulled, min(max(swing, 0.0), 0.5) * 0.5)


def _swung(beat: float, delay_beats: float) -> float:
    whole = math.floor(beat)
    part = beat - whole
    if part <= 0.5:
        return whole + part * (0.5 + delay_beats) / 0.5
    return whole + 0.5 + delay_beats + (part - 0.5) * (0.5 - delay_beats) / 0.5
