"""Which pitches an answer takes: key, range and register together, as a log bias per MIDI pitch. No torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from engine.drawing.key import key_bias
from engine.drawing.register import register_bias
from engine.drawing.row import PITCHES, Row


def range_bias(low: int, high: int) -> Row:
    """Return 0 for the MIDI pitches low..high (in either order) and minus infinity for all others, (128,)."""
    low, high = min(low, high), max(low, high)
    bias = np.full(PITCHES, -np.inf)
    bias[max(low, 0) : min(high, PITCHES - 1) + 1] = 0.0
    return bias


def pitch_bias(
    key: tuple[int, Collection[int]] | None,
    lock: float,
    call_pitches: Sequence[int] = (),
    *,
    low: int = 0,
    high: int = 127,
    available: tuple[int, int] = (0, 127),
) -> Row:
    """Return key, range and register together, (128,): some pitch within `available` is always finite.

    low, high: the range that answers stay in; the full range 0..127 leans towards the call's register instead.
    available: lowest and highest MIDI pitch that the checkpoint can draw, as they sound (after folding).
    If the key has no note within range and vocabulary, the key stands and the range gives way: the notes of
    the key in the octave that is nearest to the range. If the vocabulary has no note of the key at all, the
    range alone counts; if it has none of the range either, its end nearest to the range.
    """
    in_key = key_bias(key, lock, call_pitches)
    reachable = range_bias(*available)
    total: Row = in_key + reachable
    if (low, high) == (0, PITCHES - 1):
        return _first_supported(total + register_bias(call_pitches), total, reachable)
    in_range = range_bias(low, high)
    return _first_supported(
        total + in_range,
        total + _nearest(total, low, high, octave=True),
        in_range + reachable,
        reachable + _nearest(reachable, low, high, octave=False),
    )


def _first_supported(*biases: Row) -> Row:
    for bias in biases:
        if np.isfinite(bias).any():
            return bias
    raise ValueError("a vocabulary without pitches; nothing can be drawn")


def _nearest(bias: Row, low: int, high: int, *, octave: bool) -> Row:
    """Return a mask of the supported pitches nearest to the range: the nearest one, or all in its octave."""
    low, high = min(low, high), max(low, high)
    mask = np.full(PITCHES, -np.inf)
    supported = np.flatnonzero(np.isfinite(bias))
    if supported.size == 0:
        return mask
    distance = np.maximum(np.maximum(low - supported, supported - high), 0)
    reach = distance.min() + (11 if octave and distance.min() >= 12 else 0)
    mask[supported[distance <= reach]] = 0.0
    return mask
