"""Which octave: move a melody by whole octaves into what a checkpoint knows, and a drawn pitch back. No torch.

A call beyond the vocabulary is read some octaves away and answered there; the answer is moved back. So a call in
any octave gets the equally moved answer.
"""

from __future__ import annotations

from collections.abc import Sequence


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


def moved_back(pitch: int, octaves: int) -> int:
    """Return a pitch as it is to sound that was drawn `octaves` higher, kept within MIDI's 0..127."""
    return into_range(pitch - 12 * octaves, 0, 127)
