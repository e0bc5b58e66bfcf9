"""Near the call: a memory of its motifs and rhythm, mixed into what the model would draw. No torch.

The memory is a variable-order Markov model of one call: the longest suffix of (call, answer so far) that occurs
in the call says what followed it there, blended with shorter suffixes by prediction by partial matching, escape
method C (Moffat 1990, "Implementing the PPM data compression scheme"). It works on intervals, so a motif may
come back on any degree, and on durations. The call is taken as a circle: behind its end stands its beginning, so
that an answer may begin as the call did.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.notes import Note

Row = NDArray[np.float64]

ORDER = 5
"""Longest suffix that is looked up, in intervals or durations."""
LARGEST_SHARE = 0.9
"""Share of the memory at closeness 1; the rest keeps every note of the model possible."""
WHOLE_CALL_NOTES = 4
"""A shorter call has no motif yet and gets a smaller share."""
PITCHES = 128

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
        self._after_intervals = _count(self._intervals)
        self._after_lengths = _count(self._lengths)
        self._at_interval: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for place, length in enumerate(self._lengths):
            self._at_interval[self._intervals[place - 1]][length] += 1

    def pitches(self, answer: Sequence[Note] = ()) -> Row:
        """Return the probability of each next MIDI pitch, (128,), behind the call and the answer so far.

        All zeros for an empty call.
        """
        row = np.zeros(PITCHES)
        if not self.notes:
            return row
        # Cut to what a suffix can reach, so that the cost does not grow with the call.
        recent = [*self._call_pitches[-ORDER - 1 :], *(note.pitch for note in answer[-ORDER - 1 :])][-ORDER - 1 :]
        history = [after - before for before, after in itertools.pairwise(recent)]
        for interval, probability in _blend(self._after_intervals, history).items():
            if 0 <= recent[-1] + interval < PITCHES:
                row[recent[-1] + interval] += probability
        total = row.sum()
        return row / total if total else row

    def durations(self, pitch: int, answer: Sequence[Note] = ()) -> Row:
        """Return the probability of each entry of the duration table for the next note, which has this pitch.

        Half of it comes from the rhythm so far, half from the notes of the call that were reached by the same
        interval, where there are any. All zeros for an empty call.
        """
        row = np.zeros(self._table.size)
        if not self._lengths:
            return row
        recent = [self._length(note.duration_beats) for note in answer[-ORDER:]]
        history = [*self._lengths[-ORDER:], *recent][-ORDER:]
        rhythm = _blend(self._after_lengths, history)
        last = answer[-1].pitch if answer else self._call_pitches[-1]
        motif = self._at_interval.get(pitch - last, {})
        share = 0.5 if motif else 1.0
        for length, probability in rhythm.items():
            row[length] += share * probability
        total = sum(motif.values())
        for length, count in motif.items():
            row[length] += (1.0 - share) * count / total
        return np.asarray(row / row.sum())

    def share(self, closeness: float) -> float:
        """Return the weight of the memory, 0..LARGEST_SHARE, at a closeness of 0..1."""
        return LARGEST_SHARE * closeness * min(1.0, self.notes / WHOLE_CALL_NOTES)

    def _length(self, beats: float) -> int:
        """Return the index of the table's entry nearest by ratio."""
        return int(np.argmin(np.abs(np.log(self._table / max(beats, 1e-6)))))


@lru_cache(maxsize=8)
def call_memory(call: tuple[Note, ...], durations_beats: tuple[float, ...] = ()) -> CallMemory:
    """Return the memory of a call; asking again for the same one costs nothing."""
    return CallMemory(call, durations_beats)


def mix(probabilities: Row, memory: Row, share: float) -> Row:
    """Return (1 - share) * probabilities + share * memory, both (V,) and over the same entries.

    What the model was not allowed to draw (probability 0) stays so, the memory's rest sharing the weight. With
    share 0, or a memory of nothing that is allowed, the very same array comes back, so the draws are the same.
    """
    if share <= 0.0:
        return probabilities
    allowed = np.where(probabilities > 0.0, memory, 0.0)
    total = allowed.sum()
    if total <= 0.0:
        return probabilities
    mixed: Row = (1.0 - share) * probabilities + share / total * allowed
    return mixed


def mixed_logits(logits: Row, memory: Row, share: float) -> Row:
    """Return the logits, (V,), of the mixture of the model's distribution with the memory's; see `mix`.

    What is minus infinity stays so. With share 0 the very same array comes back.
    """
    if share <= 0.0:
        return logits
    model = np.exp(logits - logits.max())
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(mix(model / model.sum(), memory, share)))


def _count(symbols: Sequence[int]) -> _Counts:
    """Return what follows each suffix of up to ORDER symbols, going round the circle once."""
    counts: _Counts = defaultdict(lambda: defaultdict(int))
    size = len(symbols)
    for place in range(size):
        before: tuple[int, ...] = ()
        for order in range(min(ORDER, size - 1) + 1):
            if order:
                before = (symbols[place - order], *before)
            counts[before][symbols[place]] += 1
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
