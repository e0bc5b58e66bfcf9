"""Steps of a scale that nobody named: how far an interval goes, and where the same step leads elsewhere. Pure.

A tune repeats a motif a step higher or lower with other semitones, as the scale has them there (a diatonic
sequence). So an interval is taken by its number: seconds, thirds and so on, whether small or large, and of the two
sizes the one is meant that leads to a pitch class which was heard more often.
"""

from __future__ import annotations

from collections.abc import Sequence

_SIZES = ((0,), (1, 2), (3, 4), (5, 6), (7, 6), (8, 9), (10, 11))
"""Semitones that so many steps can be, the commoner first where only one is common."""
_STEPS = tuple(next(n for n, sizes in enumerate(_SIZES) if semitones in sizes) for semitones in range(12))
"""Steps that so many semitones are; the tritone counts as a fourth."""


def scale_steps(semitones: int) -> int:
    """Return how many steps of a scale an interval is, negative downwards: 0 for a prime, 7 for an octave."""
    octaves, rest = divmod(abs(semitones), 12)
    steps = 7 * octaves + _STEPS[rest]
    return steps if semitones > 0 else -steps


def moved_along(semitones: int, place: int, heard: Sequence[int]) -> int:
    """Return the semitones of the same step from another place.

    place: where it begins, a pitch or any number that rises with it; heard: how often each class (modulo 12) of
    these numbers was heard. Where both sizes were heard as often, the interval stays as it is; where not, the
    commoner one is meant even from the same place, as F is behind a G that went to F sharp before.
    """
    octaves, rest = divmod(abs(scale_steps(semitones)), 7)
    sign = 1 if semitones > 0 else -1
    sizes = [sign * (12 * octaves + size) for size in _SIZES[rest]]
    return max(sizes, key=lambda size: (heard[(place + size) % 12], size == semitones))
