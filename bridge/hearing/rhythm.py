"""Read what was played into written notes: intervals between onsets become note values, in beats.

The reading is the most probable one under a small model of how people play: note values follow each other as
in a corpus (note_values.py), the tempo wanders slowly, every onset misses its place by some 20 ms. Each
hypothesis is one way of reading so far and tracks place and tempo with a Kalman filter; the best few dozen are
kept (a beam), one for each state they could share. With a clock the onsets are given in beats and the tempo
is known, so hypotheses track only how far the player is ahead or behind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol

from bridge.hearing.articulation import usual_share, written_length
from bridge.hearing.beam import ClockSearch, Path, PlayingSearch, Search
from bridge.hearing.note_values import TICKS_PER_BEAT
from bridge.hearing.transcribe import PlayedNote
from engine.notes import Note

_LAST_VALUES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_USUAL_ARTICULATION = 0.8
_RECENT = 12


class Beats(Protocol):
    """Anything that knows the beat at a time: a TempoMap, or the track of a clock whose tempo moved."""

    @property
    def bpm(self) -> float:
        """Return the tempo now."""

    def beat_at(self, time_s: float) -> float:
        """Return the position in beats at a time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold what was read.

    notes: as written, the first without a rest before it. bpm: the tempo at the end. confidence: 0..1, that
    the tempo (and with it the note values) is right; 1 with a clock. beats: the written position of each
    onset; with a clock on its grid, else from 0. late_s: how much later than this player's notes usually come
    the last one was struck, by a clock; 0 without one.
    """

    notes: tuple[Note, ...]
    bpm: float
    confidence: float
    beats: tuple[float, ...]
    late_s: float = 0.0


class RhythmReader:
    """Read a line again and again as it grows: what was read before is not searched again."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._search: Search = PlayingSearch()

    def read(
        self, line: Sequence[PlayedNote], tempo: Beats | None = None, *, prior_bpm: float | None = None
    ) -> Reading:
        """Read a melody line into notes in beats.

        tempo: a running clock's beats, or None to find the tempo in the playing; then prior_bpm is the tempo
        it is expected near, within some 6 %. An empty line gives an empty reading.
        """
        if not line:
            bpm = tempo.bpm if tempo is not None else prior_bpm or 120.0
            return Reading((), bpm, 0.0, ())
        onsets_s = [note.onset_s for note in line]
        if tempo is None:
            self._prepare(("playing", prior_bpm), PlayingSearch(prior_bpm))
            path = self._search.follow(onsets_s)
            return _written(line, path, 60.0 / path.beat_s[-1], path.confidence if len(line) > 1 else 0.0)
        beat_s = 60.0 / tempo.bpm
        # A clock's tempo may move by 5 % before the noise of onsets, in its beats, is worth another search.
        self._prepare(("clock", round(math.log(beat_s) * 20)), ClockSearch(beat_s))
        struck = [tempo.beat_at(time_s) for time_s in onsets_s]
        path = self._search.follow(struck)
        reading = _written(line, replace(path, beat_s=(beat_s,) * len(line)), tempo.bpm, 1.0)
        return replace(reading, late_s=_late_beats(struck, reading.beats) * beat_s)

    def _prepare(self, key: tuple[object, ...], search: Search) -> None:
        if key != self._key:
            self._key, self._search = key, search


def _late_beats(struck: Sequence[float], written: Sequence[float]) -> float:
    """Return how much later than the last ones usually the very last onset was struck, in beats."""
    late = [at - place for at, place in zip(struck[-_RECENT:], written[-_RECENT:], strict=True)]
    return late[-1] - median(late)


def _written(line: Sequence[PlayedNote], path: Path, bpm: float, confidence: float) -> Reading:
    articulation = usual_share(line) or _USUAL_ARTICULATION
    notes: list[Note] = []
    beats = [path.start_tick / TICKS_PER_BEAT]
    rest_beats = 0.0
    for index, ticks in enumerate(path.ticks):
        gap_beats = ticks / TICKS_PER_BEAT
        note = line[index]
        sounding_beats = _sounding_s(note, line[index + 1].onset_s) / path.beat_s[index]
        value = _value_in_gap(gap_beats, sounding_beats, articulation)
        notes.append(Note(note.pitch, value, rest_beats))
        rest_beats = gap_beats - value
        beats.append(beats[-1] + gap_beats)
    last = line[-1]
    sounding_beats = _sounding_s(last, last.onset_s) / path.beat_s[-1]
    usual_beats = median(path.ticks or (TICKS_PER_BEAT,)) / TICKS_PER_BEAT
    length_beats = written_length(sounding_beats, articulation, usual_beats)
    notes.append(Note(last.pitch, _last_value(length_beats, beats[-1]), rest_beats))
    return Reading(tuple(notes), bpm, confidence, tuple(beats))


def _sounding_s(note: PlayedNote, until_s: float) -> float:
    """Return how long a note sounds; one that still does, until `until_s`."""
    return (until_s if note.end_s is None else note.end_s) - note.onset_s


# Ways in which a gap, in beats, is written as a note and a rest in the corpus, with their log odds against a
# note that fills it; gaps under three quarters of a beat hold no rest.
_SPLITS: dict[float, tuple[tuple[float, float], ...]] = {
    0.75: ((0.5, -4.2),),
    1.0: ((0.5, -4.0),),
    1.5: ((1.0, -1.4), (0.5, -4.1)),
    2.0: ((1.0, -2.3), (1.5, -4.7), (0.5, -4.9)),
    2.5: ((2.0, 0.7), (1.5, 0.6), (1.0, 0.1), (0.5, -2.7)),
    3.0: ((2.0, 0.1), (1.0, -1.9), (1.5, -3.6), (2.5, -4.6)),
    4.0: ((2.0, -3.6), (3.0, -4.6), (1.0, -4.9)),
    6.0: ((4.0, 0.8), (2.0, -3.6), (5.0, -4.4)),
    8.0: ((4.0, -2.3), (6.0, -5.3)),
}


def _value_in_gap(gap_beats: float, sounding_beats: float, articulation: float) -> float:
    """Return how much of a gap is the note, the remainder being a rest.

    A note is thought to sound for a share of its value between half and all, centred on the phrase's
    articulation; the corpus says how likely each way of writing the gap is.
    """
    best, best_log = gap_beats, _share_log(sounding_beats / gap_beats, articulation)
    for value, odds_log in _SPLITS.get(gap_beats, ()):
        log = odds_log + _share_log(sounding_beats / value, articulation) - math.log(value / gap_beats)
        if log > best_log:
            best, best_log = value, log
    if gap_beats > 8.0 and sounding_beats < gap_beats / 3:
        return min(gap_beats, _nearest(sounding_beats / articulation))
    return best


def _share_log(share: float, articulation: float) -> float:
    """Return the log density of a note's sounding share: flat about the usual one, steep beyond."""
    low, high = min(0.5, articulation - 0.12), 1.0
    outside = (low - share) if share < low else (share - high) if share > high else 0.0
    return -0.5 * (outside / 0.05) ** 2


def _nearest(beats: float) -> float:
    return min(_LAST_VALUES, key=lambda value: abs(math.log(max(beats, 0.01) / value)))


def _last_value(beats: float, onset_beat: float) -> float:
    """Return the written value of the last note, which no onset ends: near what it sounded, and so that it
    ends on a beat or half beat where that is about as near."""

    def cost(value: float) -> float:
        off_beat = (onset_beat + value) % 1.0
        return abs(math.log(max(beats, 0.05) / value)) + (0.0 if off_beat == 0.0 else 0.1)

    return min(_LAST_VALUES, key=cost)
