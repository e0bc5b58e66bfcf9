"""Interpolated Kneser-Ney over chains of features: what comes next, said by the longest context that was seen.

A context is a row of features, the most telling first: of a plain n-gram these are the symbols before, the last
one first. A level of the model knows the first so many of them, and leaves to the level below what it has not
seen; the levels below the longest count in how many contexts a symbol stands, not how often. Each level has three
discounts of its own, from its counts of counts (Chen and Goodman, Computer Speech and Language 13, 1999). Contexts
are told apart by 64 bits, which in ten million of them is wrong once in 400,000 corpora.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

ABSENT = -1
"""A feature that there is not, with all behind it: nothing stands before a song's beginning."""
_ROWS = 4096


@dataclass(frozen=True)
class _Level:
    """Hold the contexts of a level, sorted, and what followed them.

    starts: (N + 1,) where each context's symbols begin; weights: the share of its context that each is left with;
    left: (N,) the share that goes to the level below.
    """

    contexts: Hashes
    starts: Ints
    symbols: Ints
    weights: Floats
    left: Floats


class KneserNey:
    """Say how likely each symbol is behind a context."""

    def __init__(self, chain: Ints, symbols: Ints, size: int) -> None:
        """Count symbols 0..size-1, (T,), each behind a row of features, (T, K)."""
        self.size = size
        hashes = _hashes(chain)
        self._levels = []
        for depth in range(chain.shape[1] + 1):
            here = np.flatnonzero(_reaches(chain, depth))
            longer = _mixed(np.ones(len(symbols), np.uint64), np.arange(len(symbols)))
            if depth < chain.shape[1]:
                # At a song's beginning a context is no longer than it is, and what follows counts each time.
                longer = np.where(chain[:, depth] == ABSENT, longer, hashes[depth + 1])
                once = np.unique(_mixed(longer[here], symbols[here]), return_index=True)[1]
                here = here[once]
            self._levels.append(_level(hashes[depth][here], symbols[here]))

    def probabilities(self, chain: Ints) -> Floats:
        """Return the probabilities of all symbols behind each row of features, (Q, size)."""
        found = np.empty((len(chain), self.size))
        for begin in range(0, len(chain), _ROWS):
            found[begin : begin + _ROWS] = self._few(chain[begin : begin + _ROWS])
        return found

    def _few(self, chain: Ints) -> Floats:
        told = np.full((len(chain), self.size), 1.0 / self.size)
        for depth, (level, hashes) in enumerate(zip(self._levels, _hashes(chain), strict=True)):
            if not len(level.contexts):
                continue
            place = np.minimum(np.searchsorted(level.contexts, hashes), len(level.contexts) - 1)
            rows = np.flatnonzero((level.contexts[place] == hashes) & _reaches(chain, depth))
            begins = level.starts[place[rows]]
            counts = level.starts[place[rows] + 1] - begins
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            entries = np.repeat(begins, counts) + within
            told[rows] *= level.left[place[rows], None]
            told[np.repeat(rows, counts), level.symbols[entries]] += level.weights[entries]
        return told


def _reaches(chain: Ints, depth: int) -> npt.NDArray[np.bool_]:
    """Say which rows have so many features."""
    return chain[:, depth - 1] != ABSENT if depth else np.ones(len(chain), bool)


def _mixed(hashes: Hashes, features: Ints) -> Hashes:
    """Return hashes with one more feature each (a round of splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = (hashes ^ features.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed += np.uint64(0x2545F4914F6CDD1D)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def _hashes(chain: Ints) -> list[Hashes]:
    """Return a hash of the first 0, 1, ... K features of each row."""
    found = [np.zeros(len(chain), np.uint64)]
    for column in chain.T:
        found.append(_mixed(found[-1], column))
    return found


def _level(contexts: Hashes, symbols: Ints) -> _Level:
    """Count each symbol in each context, and take the discounts off."""
    order = np.lexsort((symbols, contexts))
    contexts, symbols = contexts[order], symbols[order]
    new = np.ones(len(order), bool)
    new[1:] = (contexts[1:] != contexts[:-1]) | (symbols[1:] != symbols[:-1])
    begins = np.flatnonzero(new)
    counts = np.diff(np.append(begins, len(order)))
    known, starts = np.unique(contexts[begins], return_index=True)
    ends = np.append(starts, len(begins))
    taken = np.minimum(_discounts(counts)[np.minimum(counts, 3)], counts)
    groups = np.repeat(np.arange(len(known)), np.diff(ends))
    whole = np.bincount(groups, counts, len(known))
    left = np.bincount(groups, taken, len(known)) / np.maximum(whole, 1)
    return _Level(known, ends, symbols[begins], (counts - taken) / whole[groups], left)


def _discounts(counts: Ints) -> Floats:
    """Return what is taken from counts of 0, 1, 2, and 3 or more."""
    singles, twice, thrice, four = (float((counts == count).sum()) for count in (1, 2, 3, 4))
    if not (singles and twice and thrice and four):
        return np.array([0.0, 0.5, 0.75, 1.0])
    share = singles / (singles + 2.0 * twice)
    wanted = (1 - 2 * share * twice / singles, 2 - 3 * share * thrice / twice, 3 - 4 * share * four / thrice)
    return np.array([0.0, *(min(max(each, 0.05), count) for count, each in enumerate(wanted, 1))])
