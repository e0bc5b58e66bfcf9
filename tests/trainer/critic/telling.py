"""Lessons in which one figure tells songs from drafts, and nothing else does."""

from __future__ import annotations

import numpy as np

from engine.notes import Metre, Note
from engine.planning.figures import NAMES
from engine.planning.note_columns import note_columns
from engine.planning.pair import Pair
from trainer.critic.lessons import Lessons

CALL = tuple(Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 64, 60))
ALIKE = note_columns([Pair(CALL[:1], CALL[:1], Metre(4.0))])
UNKNOWN = [0.0] * len(NAMES)


def lessons(seed: int, calls: int = 120, drafts: int = 3) -> Lessons:
    """Return figures of which the third tells reals (about 1) from drafts (about 0), the fourth is unknown.

    The notes are those of one candidate, always the same, and tell nothing.
    """
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(calls, 1 + drafts, len(NAMES))).astype(np.float32)
    found[:, :, 2] *= 0.5
    found[:, 0, 2] += 1.5
    found[:, :, 3] = np.nan
    same = ALIKE._replace(
        answers=np.repeat(ALIKE.answers, 1 + drafts, 0), there=np.repeat(ALIKE.there, 1 + drafts, 0)
    )
    return Lessons(found, np.zeros(found.shape[:2], np.float32), [same] * calls)
