"""Seeds of what is drawn: each note, and each draft of an answer, has its own. No torch."""

from __future__ import annotations

_MASK = (1 << 64) - 1
_DRAFTS = 1 << 32


def note_seed(seed: int, index: int) -> int:
    """Return a seed for note `index` of an answer, far from those of its neighbours."""
    return _mixed(seed, index + 1)


def draft_seed(seed: int, draft: int) -> int:
    """Return the seed of one draft of an answer; the first has the answer's own."""
    return _mixed(seed, _DRAFTS + draft) if draft else seed


def choice_seed(seed: int) -> int:
    """Return a seed for the choice among the drafts."""
    return _mixed(seed, _DRAFTS)


def _mixed(seed: int, number: int) -> int:
    """Return the finaliser of SplitMix64 on both numbers, 63 bits."""
    z = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return (z ^ (z >> 31)) >> 1
