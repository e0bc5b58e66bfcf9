"""Which octave: fold a melody into what a checkpoint knows, and keep answers near the call. No torch.

Transposition. A call in any key gets the equally transposed kind of answer because (1) checkpoints are trained
on songs transposed to all keys as well; (2) a call beyond the vocabulary is moved by whole octaves, drawn for
there, and the answer is moved back; (3) every bias here is a function of distances from the call or from the
tonic, never of absolute pitch, as long as no range is set: `register_bias(call + n) == register_bias(call)`
moved by n.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]

MARGIN_SEMITONES = 5
"""An answer may leave the call's range by a fourth without any loss."""
LEAST_SPAN_SEMITONES = 14
"""However narrow the call, the free range is at least this wide."""
LOSS_PER_SEMITONE = 0.5
"""Nats lost for each semitone beyond the free range."""


def octaves_into(pitches: Sequence[int], low: int, high: int) -> int:
    """Return by how many octaves to move the pitches so that most of them lie in low..high.

    The smallest move that is as good as any is taken; 0 for no pitches.
    """
    best, octaves = -1, 0
    for shift in sorted(range(-10, 11), key=lambda shift: (abs(shift), shift)):
        inside = sum(1 for pitch in pitches if low <= pitch + 12 * shift <= high)
        if inside > best:
            best, octaves = inside, shift
    return octaves


def into_range(pitch: int, low: int, high: int) -> int:
    """Return the pitch in low..high that is nearest by whole octaves; in a range narrower than an octave,
    where there may be none, its nearest octave outside, within MIDI's 0..127."""
    if pitch < low:
        up = pitch + 12 * -((pitch - low) // 12)
        return up if up <= 127 and (up <= high or up - high < low - (up - 12)) else up - 12
    if pitch > high:
        down = pitch - 12 * -((high - pitch) // 12)
        return down if down >= 0 and (down >= low or low - down < (down + 12) - high) else down + 12
    return pitch


def fold(pitches: Sequence[int], low: int, high: int) -> tuple[list[int], int]:
    """Return the pitches moved into low..high and by how many octaves they were moved together.

    All move by the same number of octaves; those that still do not fit (the melody is wider than the range)
    go to their nearest octave inside. `unfold` is the way back.
    Raises ValueError when low..high holds less than an octave: then there is no place for every note.
    """
    if high - low < 11:
        raise ValueError(f"range {low}..{high}; folding needs all twelve notes of an octave")
    octaves = octaves_into(pitches, low, high)
    return [into_range(pitch + 12 * octaves, low, high) for pitch in pitches], octaves


def unfold(pitch: int, octaves: int) -> int:
    """Return a drawn pitch as it is to sound: `fold`'s octaves taken back, kept within MIDI's 0..127."""
    return into_range(pitch - 12 * octaves, 0, 127)


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
        return np.zeros(128)
    low, high = free_range(call_pitches)
    pitches = np.arange(128, dtype=np.float64)
    beyond = np.maximum(np.maximum(low - pitches, pitches - high), 0.0)
    return -LOSS_PER_SEMITONE * beyond
