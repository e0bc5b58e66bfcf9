"""Near the call: a memory of its motifs and rhythm, mixed into what the model would draw. No torch.

The memory is a variable-order Markov model of one call: the longest suffix of (call, answer so far) that occurs
in the call says what followed it there, blended with shorter suffixes by prediction by partial matching, escape
method C (Moffat 1990, "Implementing the PPM data compression scheme"). It works on intervals, so a motif may
come back on any degree, and on durations. The call is taken as a circle: behind its end stands its beginning, so
that an answer may begin as the call did.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from engine.drawing.row import PITCHES, Row
from engine.notes import Note

ORDER = 5
"""Longest suffix that is looked up, in intervals or durations."""
LARGEST_SHARE = 0.9
"""Share of the memory at closeness 1; the rest keeps every note of the model possible."""
WHOLE_CALL_NOTES = 4
"""A shorter call has no motif yet and gets a smaller share."""
SONGS_BEATS = (0.25, 2.0)
"""Usual notes of nearly all songs' calls (98 of 100 medians) lie within these, both counted."""

_Counts = dict[tuple[int, ...], dict[int, int]]


class CallMemory:
    """Remember one call.

    call: its notes; durations_beats: the table of lengths that can be drawn, rising; empty when the checkpoint
    draws none. Use `call_memory`, which keeps the last ones.
    """

    def __init__(self, call: Sequence[Note], durations_beats: Sequence[float] = ()) -> None:
        self.notes = len(call)
        self._table = np.asarray(durations_beats, dtype=np.float64)
        self._call_pitches = [note.pitch for note in call]
        circle = [*self._call_pitches, *self._call_pitches[:1]]
        self._intervals = [after - before for before, after in itertools.pairwise(circle)]
        self._lengths = [self._length(note.duration_beats) for note in call] if self._table.size else []
        self._after_intervals = _count(self._intervals, self._intervals)
        self._after_lengths = _count(self._lengths, self._lengths)
        # The interval before a place is the one that leads to its note, so this is: how long is a note so reached.
        self._at_intervals = _count(self._intervals, self._lengths)

    def pitches(self, answer: Sequence[Note] = ()) -> Row:
        """Return the probability of each next MIDI pitch, (128,), behind the call and the answer so far.

        All zeros for an empty call.
        """
        row = np.zeros(PITCHES)
        if not self.notes:
            return row
        pitches = self._recent_pitches(answer)
        history = [after - before for before, after in itertools.pairwise(pitches)]
        for interval, probability in _blend(self._after_intervals, history).items():
            if 0 <= pitches[-1] + interval < PITCHES:
                row[pitches[-1] + interval] += probability
        total = row.sum()
        return row / total if total else row

    def durations(self, pitch: int, answer: Sequence[Note] = ()) -> Row:
        """Return the probability of each entry of the duration table for the next note, which has this pitch.

        Half of it comes from the rhythm so far, half from the intervals so far, the one to this pitch included.
        All zeros for an empty call.
        """
        row = np.zeros(self._table.size)
        if not self._lengths:
            return row
        recent = [self._length(note.duration_beats) for note in answer[-ORDER:]]
        steps = [after - before for before, after in itertools.pairwise([*self._recent_pitches(answer), pitch])]
        for counts, history in (
            (self._after_lengths, [*self._lengths[-ORDER:], *recent][-ORDER:]),
            (self._at_intervals, steps[-ORDER:]),
        ):
            for length, probability in _blend(counts, history).items():
                row[length] += 0.5 * probability
        return np.asarray(row / row.sum())

    def _recent_pitches(self, answer: Sequence[Note]) -> list[int]:
        """Return the latest pitches of call and answer, as many as a suffix can reach: long calls cost no more."""
        reach = ORDER + 1
        return [*self._call_pitches[-reach:], *(note.pitch for note in answer[-reach:])][-reach:]

    def _length(self, beats: float) -> int:
        """Return the index of the table's entry nearest by ratio."""
        return int(np.argmin(np.abs(np.log(self._table / max(beats, 1e-6)))))


def motif_share(call: Sequence[Note], closeness: float) -> float:
    """Return the weight of the memory in pitches, 0..LARGEST_SHARE, at a closeness of 0..1."""
    return LARGEST_SHARE * closeness * min(1.0, len(call) / WHOLE_CALL_NOTES)


def rhythm_share(call: Sequence[Note], closeness: float) -> float:
    """Return the weight of the memory in lengths: as in pitches, or more for a call that no song is written like.

    An octave beyond the usual notes of songs (held notes of four beats) it is LARGEST_SHARE: how to go on with
    such notes a model of songs does not know, the call does.
    """
    if not call:
        return 0.0
    usual, (low, high) = statistics.median(note.duration_beats for note in call), SONGS_BEATS
    beyond = max(0.0, math.log2(usual / high), math.log2(low / max(usual, 1e-6)))
    return max(motif_share(call, closeness), LARGEST_SHARE * min(1.0, beyond))


@lru_cache(maxsize=8)
def call_memory(call: tuple[Note, ...], durations_beats: tuple[float, ...] = ()) -> CallMemory:
    """Return the memory of a call; asking again for the same one costs nothing."""
    return CallMemory(call, durations_beats)


def _count(before: Sequence[int], symbols: Sequence[int]) -> _Counts:
    """Return which symbols stand at a place behind each run of up to ORDER of `before`, once round the circle."""
    counts: _Counts = defaultdict(lambda: defaultdict(int))
    size = len(symbols)
    for place in range(size):
        run: tuple[int, ...] = ()
        for order in range(min(ORDER, size - 1) + 1):
            if order:
                run = (before[place - order], *run)
            counts[run][symbols[place]] += 1
    return counts


def _blend(counts: _Counts, history: Sequence[int]) -> dict[int, float]:
    """Return the blend of the predictions after every suffix of the history, the longest weighing most."""
    result: dict[int, float] = defaultdict(float)
    left = 1.0
    for order in range(min(ORDER, len(history)), -1, -1):
        following = counts.get(tuple(history[len(history) - order :]))
        if not following:
            continue
        total, kinds = sum(following.values()), len(following)
        scale = left / (total + kinds) if order else left / total
        for symbol, count in following.items():
            result[symbol] += scale * count
        left *= kinds / (total + kinds)
    return result
