"""Lean on the key: an additive log bias per MIDI pitch, from nothing through a lean to a mask. No torch."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from engine.drawing.row import PITCHES, Row

SOFTNESS = 3.0
"""Nats that a note outside the key loses at lock 0.5; the loss is lock / (1 - lock) times this."""


def key_bias(key: tuple[int, Collection[int]] | None, lock: float, call_pitches: Sequence[int] = ()) -> Row:
    """Return the nats to add to the logit of each MIDI pitch, (128,).

    key: (tonic pitch class, pitch classes of the scale) or None; lock: 0 (all zeros) to 1 (minus infinity
    outside the key). Between them, pitch classes that the call used (call_pitches) lose nothing: what the
    player played is not wrong.
    Raises ValueError when lock is outside 0..1 or the scale is empty.
    """
    if not 0.0 <= lock <= 1.0:
        raise ValueError(f"key_lock {lock!r}; it takes 0 to 1")
    bias = np.zeros(PITCHES)
    if key is None or lock == 0.0:
        return bias
    inside = {pitch_class % 12 for pitch_class in key[1]}
    if not inside:
        raise ValueError("a scale without notes; it takes at least one pitch class")
    if lock < 1.0:
        inside |= {pitch % 12 for pitch in call_pitches}
    loss = math.inf if lock == 1.0 else SOFTNESS * lock / (1.0 - lock)
    bias[[pitch for pitch in range(PITCHES) if pitch % 12 not in inside]] = -loss
    return bias
