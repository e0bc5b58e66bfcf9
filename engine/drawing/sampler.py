"""The one place where an index is drawn, be it a note's token or its duration: logits in, an index out.

The arithmetic from the ranked row on is that of shares.py, by which a GPU computes as well. Pure functions on one
row or on many, which come to the same, the random source passed in. A row is small (some 60 to 110 entries), so
the arithmetic is done in NumPy's float64: a call costs a microsecond where a tensor's costs several, and the
result is the same on every device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.drawing.row import Row
from engine.drawing.seeds import Points
from engine.drawing.shares import acting, limits, shares
from engine.messages import Sampling


@dataclass(frozen=True, slots=True)
class Pull:
    """Hold what pulls at one draw besides the model and the sampling.

    bias: nats for each entry, (V,), minus infinity for what must not be drawn.
    remembered: how the call's memory would go on, (V,), summing to 1 or all zeros; share: its weight, 0..1.
    """

    bias: Row
    remembered: Row | None = None
    share: float = 0.0


def probabilities(logits: Row, sampling: Sampling, pull: Pull | None = None) -> Row:
    """Return the distribution that the next index is drawn from, (V,), summing to 1.

    What acts, in this order:
    1. The call's memory is mixed into the model's own distribution, with its share.
    2. The bias is added. For pitches: key, range and register; the loop guard and, in a continuation without end,
       its like for longer cycles; for a closing note its lean on the triad. For durations: what fits the answer.
    3. Temperature divides; 0 puts all on the largest. Ties go to the lower index.
    4. top_k: all but exactly so many are set aside; 0 is off. Softmax.
    5. top_p: the smallest set of that mass stays.
    6. min_p: what has at least that share of the largest stays.

    Where an answer may end, several notes are drawn so, and ending.py takes one of them. Entries of minus infinity
    are never in the support.
    Raises ValueError when nothing is left, a logit is no number, a parameter is out of range, or the logits are
    no row of at least one entry.
    """
    _check(sampling)
    row = np.asarray(logits, dtype=np.float64)
    if row.ndim != 1 or row.size == 0:
        raise ValueError(f"logits of shape {row.shape}; one row of at least one entry is needed")
    if pull is not None:
        row = _pulled(row, pull)
    largest = np.maximum.reduce(row)  # NaN if one entry is
    if not largest < math.inf:
        raise ValueError("the model's logits are not finite numbers")
    if largest == -math.inf:
        raise ValueError("every entry is masked; nothing can be drawn")
    bounds = limits(sampling, row.size)
    order = np.argsort(-row, kind="stable")[: bounds.count]
    result = np.zeros_like(row)
    result[order] = shares(row[order], acting(bounds), np.exp)
    return result


def distributions(logits: Sequence[Row], sampling: Sampling, pulls: Sequence[Pull]) -> list[Row]:
    """Return what `probabilities` does of each of these rows, all of one size, with its pull.

    Raises ValueError as it does.
    """
    _check(sampling)
    rows = np.array([_pulled(row, pull) for row, pull in zip(logits, pulls, strict=True)])
    largest = np.maximum.reduce(rows, axis=1)
    if not (largest < math.inf).all():
        raise ValueError("the model's logits are not finite numbers")
    if (largest == -math.inf).any():
        raise ValueError("every entry is masked; nothing can be drawn")
    count, size = rows.shape
    bounds = limits(sampling, size)
    order = np.argsort(-rows, axis=1, kind="stable")[:, : bounds.count]
    places = order + np.arange(0, count * size, size)[:, None]
    result = np.zeros_like(rows)
    result.put(places, shares(rows.take(places), acting(bounds), np.exp))
    return list(result)


def draw(distribution: Row, points: Points) -> int:
    """Return an index drawn from `distribution`, (V,), using up one number.

    An index of probability 0 is never returned.
    """
    return pick(distribution, points.next())


def pick(distribution: Row, at: float) -> int:
    """Return the index on which a point, 0 to 1, falls when the distribution, (V,), is laid end to end.

    It is what `index_at` of shares.py says, found in less time.
    """
    laid = distribution.cumsum()
    total = laid[-1]
    place = at * total
    return int(laid.searchsorted(place, "right") if place < total else laid.searchsorted(total, "left"))


def _pulled(logits: Row, pull: Pull) -> Row:
    if pull.remembered is not None:
        logits = _with_memory(logits, pull.remembered, pull.share)
    return logits + pull.bias


def _with_memory(logits: Row, memory: Row, share: float) -> Row:
    """Return the logits of (1 - share) * the model's distribution + share * the memory's, (V,).

    What the model cannot draw (minus infinity) stays so, the memory's rest sharing the weight. With share 0, or a
    memory of nothing that can be drawn, the very same array comes back.
    """
    remembered = np.where(logits > -np.inf, memory, 0.0)
    total = remembered.sum()
    if share <= 0.0 or total <= 0.0:
        return logits
    model = np.exp(logits - logits.max())
    with np.errstate(divide="ignore"):
        return np.asarray(np.log((1.0 - share) * (model / model.sum()) + share / total * remembered))


def _check(sampling: Sampling) -> None:
    temperature, top_k, top_p, min_p = sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p
    if not (math.isfinite(temperature) and temperature >= 0.0):
        raise ValueError(f"temperature {temperature!r}; it takes 0 or more")
    if top_k < 0:
        raise ValueError(f"top_k {top_k!r}; it takes 0 (off) or more")
    if not 0.0 < top_p <= 1.0:
        raise ValueError(f"top_p {top_p!r}; it takes more than 0 up to 1")
    if not 0.0 <= min_p <= 1.0:
        raise ValueError(f"min_p {min_p!r}; it takes 0 to 1")
