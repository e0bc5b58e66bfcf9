"""Which lengths a note may have: within bounds, and so that what is left can be filled. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.drawing.row import Row
from engine.tokenizer import TICKS_PER_BEAT, ticks_of

EPS_BEATS = 1e-6
FAR_BEATS = 16.0
"""More than this can be filled somehow; it is looked into when less is left."""


class Lengths:
    """Hold the table of lengths that can be drawn, in beats, rising; empty where a checkpoint draws none."""

    def __init__(self, table_beats: Sequence[float]) -> None:
        self.beats: Row = np.asarray(table_beats, dtype=np.float64)
        self._sums = _sums(tuple(table_beats))
        self._biases: dict[tuple[float, float, float | None, float], Row] = {}

    def single(self, beats: float) -> bool:
        """Say whether one note can last exactly so long; without a table any note can."""
        return not self.beats.size or bool((np.abs(self.beats - beats) < EPS_BEATS).any())

    def bias(self, shortest: float, longest: float, left: float | None = None, least_left: float = 0.0) -> Row:
        """Return minus infinity for lengths that do not fit, (D,), and 0 for the others, at least one.

        shortest, longest: bounds in beats. left: beats that this and later lengths must fill exactly: what this
        one leaves must be nothing, or a sum of the table's lengths and no less than `least_left`. Where nothing
        fits, a bound gives way before the sum does, and the longest that is not too long is always there.

        What was asked for before is the same array again: the drafts of an answer ask alike.
        """
        asked = (shortest, longest, left, least_left)
        if asked not in self._biases:
            self._biases[asked] = self._bias(*asked)
        return self._biases[asked]

    def _bias(self, shortest: float, longest: float, left: float | None, least_left: float) -> Row:
        short = self.beats <= longest + EPS_BEATS
        short[0] = True
        inside = short & (self.beats >= shortest - EPS_BEATS)
        if left is not None:
            after = left - self.beats
            filled = self._fills(after)
            enough = filled & ((after < EPS_BEATS) | (after >= least_left - EPS_BEATS))
            inside = next((mask for mask in (inside & enough, short & enough, filled) if mask.any()), inside)
        if not inside.any():
            inside[np.flatnonzero(short)[-1]] = True
        return np.where(inside, 0.0, -np.inf)

    def _fills(self, beats: Row) -> NDArray[np.bool_]:
        """Say of each entry whether the table's lengths can sum up to it."""
        ticks = np.floor(beats * TICKS_PER_BEAT + 0.5).astype(np.int64)
        known = (ticks >= 0) & (ticks < self._sums.size)
        return np.where(known, self._sums[np.clip(ticks, 0, self._sums.size - 1)], beats > 0.0)


@lru_cache(maxsize=8)
def _sums(table_beats: tuple[float, ...]) -> NDArray[np.bool_]:
    """Return for each number of ticks up to FAR_BEATS whether lengths of the table sum up to it."""
    lengths = [ticks_of(beats) for beats in table_beats]
    sums = np.zeros(int(FAR_BEATS * TICKS_PER_BEAT) + 1, dtype=np.bool_)
    sums[0] = True
    for ticks in range(1, sums.size):
        sums[ticks] = any(sums[ticks - length] for length in lengths if 0 < length <= ticks)
    return sums
