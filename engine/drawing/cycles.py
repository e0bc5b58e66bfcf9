"""What keeps a continuation without end from going round in circles: pure functions on the pitches so far.

The loop guard hears loops of up to four notes. Longer ones are music (a riff, a strophe) until they have been
heard often; a model that copies what it has read never leaves them by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.drawing.loop_guard import LOOP_DAMPING
from engine.drawing.row import PITCHES, Row

PERIODS = range(5, 33)
"""Notes of a cycle; shorter ones are the loop guard's."""
ROUNDS = 4
"""Rounds after which a cycle has been heard often enough."""
MEMORY = ROUNDS * PERIODS[-1]
"""Latest notes that matter here."""


def cycling_pitches(pitches: Sequence[int]) -> frozenset[int]:
    """Return the pitches that would begin another round, given the pitches so far, the newest last.

    A cycle of d notes, d from 5 to 32, is there when the last 4 d notes are four rounds of it, begun anywhere.
    """
    recent = list(pitches[-MEMORY:])
    return frozenset(
        recent[-period]
        for period in PERIODS
        if len(recent) >= ROUNDS * period
        and recent[-(ROUNDS - 1) * period :] == recent[-ROUNDS * period : -period]
    )


def cycle_bias(pitches: Sequence[int], strength: float) -> Row | None:
    """Return the additive bias per MIDI pitch, (128,), that leads out of a cycle; None when there is none.

    strength: 0 (off) to 1.
    """
    cycling = cycling_pitches(pitches) if strength > 0.0 else frozenset()
    if not cycling:
        return None
    bias = np.zeros(PITCHES)
    bias[list(cycling)] = -LOOP_DAMPING * strength
    return bias
