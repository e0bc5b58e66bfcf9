"""Where a sequence has gone like its end before: suffix matches, kept up step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MATCH_CAP = 32
"""Longest suffix match that is told apart."""


class Suffixes:
    """Keep, for several sequences of symbols at once, how long each earlier place matches the end.

    The length at place j is that of the longest common suffix of the sequence and of its part up to j,
    at most MATCH_CAP. Appending costs a few numpy calls over the history; taking the last symbol back costs
    nothing, going back further recomputes.
    """

    def __init__(self, kinds: int) -> None:
        self._symbols = np.zeros((kinds, 1024), np.int32)
        self._lengths = np.zeros((kinds, 1024), np.int32)
        self._scratch = np.zeros((kinds, 1024), np.int32)
        self.count = 0
        self._before = -1  # the count at which the scratch holds the lengths, as they were then

    def copy(self) -> Suffixes:
        """Return one that goes on by itself."""
        other = Suffixes.__new__(Suffixes)
        other._symbols, other._lengths = self._symbols.copy(), self._lengths.copy()
        other._scratch = np.zeros_like(self._scratch)
        other.count, other._before = self.count, -1
        return other

    def append(self, symbols: Sequence[int]) -> None:
        """Add one symbol to each sequence."""
        n = self.count
        if n == self._symbols.shape[1]:
            wider = ((0, 0), (0, n))
            self._symbols, self._lengths = np.pad(self._symbols, wider), np.pad(self._lengths, wider)
            self._scratch = np.pad(self._scratch, wider)
        self._symbols[:, n] = symbols
        self._before = -1
        if n:
            self._extend(n)
            self._before = n
        self.count = n + 1

    def _extend(self, n: int) -> None:
        lengths = self._scratch
        lengths[:, 0] = 1
        np.add(self._lengths[:, : n - 1], 1, out=lengths[:, 1:n])
        now = lengths[:, :n]
        now *= self._symbols[:, :n] == self._symbols[:, n : n + 1]
        np.minimum(now, MATCH_CAP, out=now)
        self._scratch, self._lengths = self._lengths, lengths

    def rewind(self, count: int) -> None:
        """Forget all but the first `count` symbols."""
        undone, self._before = count == self._before, -1
        self.count = count
        if undone:
            self._scratch, self._lengths = self._lengths, self._scratch
            return
        n = count - 1
        if n < 1:
            return
        symbols, lengths = self._symbols, self._lengths[:, :n]
        alive = symbols[:, :n] == symbols[:, n : n + 1]
        lengths[:] = alive
        for back in range(1, min(MATCH_CAP, n)):
            alive[:, :back] = False
            alive[:, back:] &= symbols[:, : n - back] == symbols[:, n - back : n - back + 1]
            if not alive.any():
                break
            lengths += alive

    def best(self) -> tuple[list[int], list[int]]:
        """Return for each sequence the place after its longest, latest match, and the match's length (0: none)."""
        n = self.count - 1
        if n < 1:
            none = [0] * len(self._symbols)
            return none, none
        lengths = self._lengths[:, n - 1 :: -1]
        back = lengths.argmax(axis=1)
        return (n - back).tolist(), lengths[np.arange(len(back)), back].tolist()

    def second(self, kind: int, place: int) -> tuple[int, int]:
        """Return the place after the longest, latest match that went on otherwise than at `place`."""
        n = self.count - 1
        symbols = self._symbols[kind]
        other = self._lengths[kind, :n] * (symbols[1 : n + 1] != symbols[place])
        back = int(other[::-1].argmax())
        return n - back, int(other[n - 1 - back])
