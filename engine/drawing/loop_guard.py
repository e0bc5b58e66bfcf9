"""Lead out of a figure that has begun to circle: a log bias on the pitch that would go on with it. No torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.drawing.row import PITCHES, Row

LOOP_WINDOW = 8
"""Notes that must equal those before them to be taken for a loop."""
LOOP_PERIODS = (1, 2, 3, 4)
"""Places by which the window is compared with what came before."""
LOOP_DAMPING = 8.0
"""Nats taken from the logit of the pitch that would go on with the loop, at full strength."""


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


def loop_bias(pitches: Sequence[int], strength: float) -> Row | None:
    """Return the additive bias per MIDI pitch, (128,), that leads out of a loop; None when there is none.

    strength: 0 (off) to 1.
    """
    if strength <= 0.0:
        return None
    looping = looping_pitches(pitches)
    if not looping:
        return None
    bias = np.zeros(PITCHES)
    bias[list(looping)] = -LOOP_DAMPING * strength
    return bias
