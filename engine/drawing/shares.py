"""The arithmetic of a draw, on numpy's arrays and on PyTorch's tensors alike: one rule. No torch.

Nothing here branches on a value, so that it can be captured in a CUDA graph and every parameter be a tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.messages import Sampling


class Limits(NamedTuple):
    """Hold what a sampling comes to on a row of a known size: numbers, or tensors that broadcast to (..., 1).

    divisor: of the logits, above 0; count: how many of the largest stay; top_p, min_p: as they are. None: nothing
    is set aside by this, which saves its arithmetic.
    """

    divisor: Any
    count: Any
    top_p: Any
    min_p: Any


def limits(sampling: Sampling, size: int) -> Limits:
    """Return the limits of a sampling on rows of `size` entries: temperature 0 keeps one, top_k 0 keeps all."""
    if sampling.temperature == 0.0:
        return Limits(1.0, 1, sampling.top_p, sampling.min_p)
    return Limits(sampling.temperature, sampling.top_k or size, sampling.top_p, sampling.min_p)


def acting(limits: Limits) -> Limits:
    """Return limits, all numbers, without those that set nothing aside; the count is left to who ranks."""
    return Limits(
        limits.divisor,
        None,
        limits.top_p if limits.top_p < 1.0 else None,
        limits.min_p if limits.min_p > 0.0 else None,
    )


def shares(ranked: Any, limits: Limits, exp: Callable[[Any], Any], places: Any = None) -> Any:
    """Return the shares, summing to 1, of logits in falling order, (..., V); the first must be finite.

    exp: of the library that the logits are of; places: 0, 1, ... V - 1, where there is a count.
    """
    weights = exp((ranked - ranked[..., :1]) / limits.divisor)
    if limits.count is not None:
        weights = weights * (places < limits.count)
    weights = weights / weights.sum(-1)[..., None]
    if limits.top_p is None and limits.min_p is None:
        return weights
    kept = weights > 0.0
    if limits.min_p is not None:
        kept = kept & (weights >= limits.min_p * weights[..., :1])
    if limits.top_p is not None:
        kept[..., 1:] &= (weights.cumsum(-1)[..., :-1] < limits.top_p) | (limits.top_p >= 1.0)
    weights = weights * kept
    return weights / weights.sum(-1)[..., None]


def index_at(distribution: Any, at: Any) -> Any:
    """Return the index on which a point, 0 to 1, falls when a distribution, (..., V), is laid end to end.

    at: a number, or (..., 1). An index of share 0 is never returned.
    """
    laid = distribution.cumsum(-1)
    total = laid[..., -1:]
    # By rounding a point may fall on the very end; then it is the last that has a share.
    return ((laid <= at * total) & (laid < total)).sum(-1)
