"""The tempo of what was played: an estimate with a confidence, from onsets alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.hearing.beam import PlayingSearch
from bridge.hearing.note_values import TICKS_PER_BEAT
from bridge.hearing.transcribe import PlayedNote
from bridge.time.midi_clock import TempoMap


@dataclass(frozen=True, slots=True)
class TempoEstimate:
    """Hold an estimate: bpm at the end of the line; confidence 0..1; map: beats from the first onset on."""

    bpm: float
    confidence: float
    map: TempoMap


def estimate(
    line: Sequence[PlayedNote], prior_bpm: float | None = None, prior_octaves: float = 0.08
) -> TempoEstimate | None:
    """Estimate the tempo of a line, or return None for fewer than two notes.

    prior_bpm, prior_octaves: a tempo it is expected near, and how near; else 75 to 160 bpm is taken for
    likelier than the rest, which decides between a tempo and its double.
    """
    if len(line) < 2:
        return None
    path = PlayingSearch(prior_bpm, prior_octaves).follow([note.onset_s for note in line])
    bpm = 60.0 / path.beat_s[-1]
    beat = (path.start_tick + sum(path.ticks)) / TICKS_PER_BEAT
    return TempoEstimate(bpm, path.confidence, TempoMap(bpm, beat, line[-1].onset_s))


class Tapper:
    """Find a tempo from taps: the median interval of the last five; a pause over two seconds starts anew."""

    def __init__(self) -> None:
        self._taps_s: list[float] = []

    def tap(self, now_s: float) -> TempoMap | None:
        """Take in a tap; return the map (beats fall on the taps) from the second tap on."""
        if self._taps_s and not 0.0 < now_s - self._taps_s[-1] <= 2.0:
            self._taps_s.clear()
        self._taps_s = [*self._taps_s[-4:], now_s]
        if len(self._taps_s) < 2:
            return None
        gaps = sorted(after - before for before, after in zip(self._taps_s, self._taps_s[1:], strict=False))
        gap_s = gaps[len(gaps) // 2] if len(gaps) % 2 else (gaps[len(gaps) // 2 - 1] + gaps[len(gaps) // 2]) / 2
        bpm = min(max(60.0 / gap_s, 20.0), 400.0)
        return TempoMap(bpm, 0.0, now_s)
