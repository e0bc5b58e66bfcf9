"""A cache: what followed the same context earlier in the same song, the longest one counting most."""

from __future__ import annotations

import numpy as np

from bench.kneser_ney import ABSENT, Floats, Ints

DISCOUNT = 0.5


def cached(chain: Ints, symbols: Ints, size: int) -> tuple[Floats, Ints]:
    """Return the probabilities of all symbols at each place of a song, (T, size), and how deep it was known.

    chain: (T, K), the most telling feature first; symbols: (T,), each counted only for the places behind it.
    The levels are interpolated as in `KneserNey`, with one discount; nothing was heard before the first place,
    where all symbols are as likely.
    """
    length = len(symbols)
    told = np.full((length, size), 1.0 / size)
    depths = np.zeros(length, np.int64)
    alike = np.tri(length, k=-1, dtype=bool)
    followed = np.eye(size, dtype=np.float32)[symbols]
    for depth in range(chain.shape[1] + 1):
        if depth:
            column = chain[:, depth - 1]
            alike &= (column[:, None] == column) & (column != ABSENT)
        rows = np.flatnonzero(alike.any(1))
        if not len(rows):
            break
        counts = (alike[rows].astype(np.float32) @ followed).astype(np.float64)
        taken = np.minimum(counts, DISCOUNT)
        whole = counts.sum(1, keepdims=True)
        told[rows] = (counts - taken + taken.sum(1, keepdims=True) * told[rows]) / whole
        depths[rows] = depth
    return told, depths
