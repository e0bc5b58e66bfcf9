"""Where chance comes from: numbers from a seed, and the seeds of each note and each draft. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import numpy as np

_MASK = (1 << 64) - 1
_KEPT = (1 << 53) - 1
_DRAFTS = 1 << 32


class Points:
    """A sequence of numbers, 0 <= each < 1, that a seed begins: those of `torch.rand` in float64 on the CPU.

    That is the Mersenne Twister of the seed's low 32 bits, two outputs a number, the first the higher, 53 bits
    kept. So a seed draws what it drew when PyTorch drew it.
    """

    def __init__(self, seed: int) -> None:
        self._twister = np.random.MT19937()
        self._seeder = np.random.RandomState(self._twister)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin anew with this seed."""
        self._seeder.seed(seed & 0xFFFFFFFF)

    def next(self) -> float:
        """Return the next number."""
        raw = self._twister.random_raw
        return ((raw() << 32 | raw()) & _KEPT) * 2.0**-53

    def take(self, count: int) -> list[float]:
        """Return so many of the next numbers, in less time than one by one."""
        raw = self._twister.random_raw(2 * count).tolist()
        return [((raw[place] << 32 | raw[place + 1]) & _KEPT) * 2.0**-53 for place in range(0, 2 * count, 2)]


_shared, _one_at_a_time = Points(0), Lock()
_FEW = 4


def points_of(seed: int) -> Iterator[float]:
    """Yield the numbers that a seed begins: without a generator of its own, which takes 0.2 ms to make."""
    told, count = 0, _FEW
    while True:
        with _one_at_a_time:
            _shared.seed(seed)
            numbers = _shared.take(count)
        yield from numbers[told:]
        told, count = count, 4 * count


def note_seed(seed: int, index: int) -> int:
    """Return a seed for note `index` of an answer, far from those of its neighbours."""
    return _mixed(seed, index + 1)


def draft_seed(seed: int, draft: int) -> int:
    """Return the seed of one draft of an answer; the first has the answer's own."""
    return _mixed(seed, _DRAFTS + draft) if draft else seed


def breath_seed(seed: int) -> int:
    """Return a seed for the breath at the end of an answer."""
    return _mixed(seed, 2 * _DRAFTS)


def choice_seed(seed: int) -> int:
    """Return a seed for the choice among the drafts."""
    return _mixed(seed, _DRAFTS)


def _mixed(seed: int, number: int) -> int:
    """Return the finaliser of SplitMix64 on both numbers, 63 bits."""
    z = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return (z ^ (z >> 31)) >> 1
