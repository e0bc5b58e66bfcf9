"""How many drafts a machine draws in the time there is, decided once when it starts. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable

PLAN_MS = 120.0
"""A plan of a usual answer takes no longer than this."""
MOST_WEIGHING_MS = 30.0
"""Weighing readings of a usual call's bars may take so much of that; where it takes longer, none is weighed."""
USUAL_NOTES = 16
MOST_DRAFTS = 32
_TRIED = (2, 8)


def affordable_drafts(note_ms: float, plan_ms: Callable[[int], float], before: int | None = None) -> int:
    """Return the most drafts of a usual answer that can be drawn within PLAN_MS: a power of two up to MOST_DRAFTS.

    note_ms: time of a note drawn by itself; plan_ms: measures a plan of so many drafts. Where even notes drawn by
    themselves are too slow nothing is measured. before: what was returned at the last start on this machine; it
    stands unless half or double of it would still be wrong. An answer depends on the number of its drafts, so that
    is not to change with every start.
    """
    drafts = _affordable(note_ms, plan_ms)
    return before if before is not None and before / 2 <= drafts <= before * 2 else drafts


def drafts_within(most: int, notes: int) -> int:
    """Return how many of `most` drafts are drawn of an answer of about so many notes: half for twice the usual."""
    return max(1, most >> round(math.log2(max(notes, USUAL_NOTES) / USUAL_NOTES)))


def _affordable(note_ms: float, plan_ms: Callable[[int], float]) -> int:
    if note_ms * USUAL_NOTES > PLAN_MS:
        return 1
    few, many = _TRIED
    few_ms, many_ms = plan_ms(few), plan_ms(many)
    each_ms = max(0.0, many_ms - few_ms) / (many - few)
    drafts = MOST_DRAFTS
    while drafts > 1 and few_ms + (drafts - few) * each_ms > PLAN_MS:
        drafts //= 2
    return drafts
