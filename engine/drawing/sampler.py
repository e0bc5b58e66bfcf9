"""From logits to one drawn index: pure functions on one row, the random source passed in.

The row is small (some 60 to 110 entries), so the arithmetic is done in NumPy's float64: a call costs a
microsecond where a tensor's costs several, and the result is the same on every device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

Row = NDArray[np.float64]

LOOP_WINDOW = 8
"""Notes that must equal those before them to be taken for a loop."""
LOOP_PERIODS = (1, 2, 3, 4)
"""Places by which the window is compared with what came before."""
LOOP_DAMPING = 8.0
"""Nats taken from the logit of the pitch that would go on with the loop, at full strength."""


def as_row(logits: torch.Tensor | Row) -> Row:
    """Return 1-D logits as float64 on the CPU (for a CUDA tensor this waits for the device).

    Raises ValueError when they are not one row of at least one entry.
    """
    if isinstance(logits, torch.Tensor):
        logits = logits.detach().cpu().double().numpy()  # MPS has no float64
    row: Row = np.asarray(logits, dtype=np.float64)
    if row.ndim != 1 or row.size == 0:
        raise ValueError(f"logits of shape {row.shape}; one row of at least one entry is needed")
    return row


def probabilities(
    logits: torch.Tensor | Row,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    bias: Row | None = None,
) -> Row:
    """Return the distribution that the next index is drawn from, (V,), summing to 1.

    The order: bias added, divided by temperature (0: all on the largest), all but exactly top_k set aside
    (0: off), softmax, then the smallest set of mass top_p, then those of at least min_p times the largest.
    Entries of minus infinity are never in the support; ties go to the lower index.
    Raises ValueError when nothing is left, a logit is no number, or a parameter is out of range.
    """
    _check(temperature, top_k, top_p, min_p)
    row = as_row(logits)
    if bias is not None:
        row = row + bias
    largest = row.max()  # NaN if one entry is
    if not largest < math.inf:
        raise ValueError("the model's logits are not finite numbers")
    if largest == -math.inf:
        raise ValueError("every entry is masked; nothing can be drawn")
    order = np.argsort(-row, kind="stable")
    if temperature == 0.0:
        order = order[:1]
    elif top_k:
        order = order[:top_k]
    ranked = row[order]
    weights = np.exp((ranked - largest) / (temperature or 1.0))
    weights /= weights.sum()
    kept = int(np.count_nonzero(ranked > -math.inf))
    if top_p < 1.0:
        kept = min(kept, int(np.searchsorted(np.cumsum(weights), top_p)) + 1)
    if min_p > 0.0:
        kept = min(kept, int(np.count_nonzero(weights >= min_p * weights[0])))
    result = np.zeros_like(row)
    result[order[:kept]] = weights[:kept] / weights[:kept].sum()
    return result


def draw(distribution: Row, generator: torch.Generator) -> int:
    """Return an index drawn from `distribution`, (V,), using up one number of the CPU generator.

    An index of probability 0 is never returned.
    """
    cumulative = np.cumsum(distribution)
    point = torch.rand((), generator=generator, dtype=torch.float64).item() * cumulative[-1]
    index = int(np.searchsorted(cumulative, point, side="right"))
    if index >= distribution.size or distribution[index] == 0.0:  # rounding at the upper end
        index = int(np.flatnonzero(distribution)[-1])
    return index


def looping_pitches(pitches: Sequence[int]) -> frozenset[int]:
    """Return the pitches that would go on with a loop, given the pitches so far, the newest last.

    A loop of period d is there when the last 8 notes equal those d places earlier, d from 1 to 4.
    """
    found = set()
    recent = list(pitches[-(LOOP_WINDOW + LOOP_PERIODS[-1]) :])
    window = recent[-LOOP_WINDOW:]
    for period in LOOP_PERIODS:
        if len(recent) >= LOOP_WINDOW + period and window == recent[-LOOP_WINDOW - period : -period]:
            found.add(recent[-period])
    return frozenset(found)


def loop_bias(pitches: Sequence[int], strength: float, size: int = 128) -> Row | None:
    """Return the additive bias per MIDI pitch, (size,), that leads out of a loop; None when there is none.

    strength: 0 (off) to 1.
    """
    if strength <= 0.0:
        return None
    looping = looping_pitches(pitches)
    if not looping:
        return None
    bias = np.zeros(size)
    bias[list(looping)] = -LOOP_DAMPING * strength
    return bias


def _check(temperature: float, top_k: int, top_p: float, min_p: float) -> None:
    if not (math.isfinite(temperature) and temperature >= 0.0):
        raise ValueError(f"temperature {temperature!r}; it takes 0 or more")
    if top_k < 0:
        raise ValueError(f"top_k {top_k!r}; it takes 0 (off) or more")
    if not 0.0 < top_p <= 1.0:
        raise ValueError(f"top_p {top_p!r}; it takes more than 0 up to 1")
    if not 0.0 <= min_p <= 1.0:
        raise ValueError(f"min_p {min_p!r}; it takes 0 to 1")
