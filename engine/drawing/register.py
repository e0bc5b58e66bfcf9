"""Lean on the call's register: an additive log bias per MIDI pitch. No torch.

It is a function of distances from the call, never of absolute pitch: `register_bias(call + n)` is
`register_bias(call)` moved by n.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.drawing.row import PITCHES, Row

MARGIN_SEMITONES = 5
"""An answer may leave the call's range by a fourth without any loss."""
LEAST_SPAN_SEMITONES = 14
"""However narrow the call, the free range is at least this wide."""
LOSS_PER_SEMITONE = 0.5
"""Nats lost for each semitone beyond the free range."""


def free_range(call_pitches: Sequence[int]) -> tuple[float, float]:
    """Return the lowest and highest pitch that an answer to this call takes without loss.

    The call's range, widened by a fourth on both sides, and to LEAST_SPAN_SEMITONES at least.
    Raises ValueError when the call has no notes.
    """
    low, high = min(call_pitches), max(call_pitches)
    margin = max(MARGIN_SEMITONES, (LEAST_SPAN_SEMITONES - (high - low)) / 2)
    return low - margin, high + margin


def register_bias(call_pitches: Sequence[int]) -> Row:
    """Return the nats to add to the logit of each MIDI pitch, (128,): a slope away from the call's register.

    All zeros without a call.
    """
    if not call_pitches:
        return np.zeros(PITCHES)
    low, high = free_range(call_pitches)
    pitches = np.arange(PITCHES, dtype=np.float64)
    beyond = np.maximum(np.maximum(low - pitches, pitches - high), 0.0)
    return -LOSS_PER_SEMITONE * beyond
