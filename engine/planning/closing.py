"""Lean towards drafts that come home where the call did not. Pure.

One call in eight is heard in a wrong key. Drafts close on that key's tonic and songs do not, so a critic learns to
distrust such closes, and of what it chooses 0.42 close behind open calls of the validation part, where 0.44 of
songs do. So such drafts are weighed by what brings back the songs' share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.drawing.cadence import keys_of
from engine.notes import Note

CLOSING = 0.15
"""Log weight of a closed end behind an open call, in a key without doubt; fitted to the critic of `essen`."""


def closing_leans(
    key: tuple[int, tuple[int, ...]] | None, call: Sequence[Note], drafts: Sequence[Sequence[Note]]
) -> list[float]:
    """Return the log weight of each draft; zeros without a key or a call, and 0 for a draft without a note.

    key: tonic and scale's pitch classes, as heard in the call, or set to another. Each key that the call may be in
    counts by how likely it is.
    """
    if key is None or not call:
        return [0.0] * len(drafts)
    last, homes = call[-1].pitch % 12, [0.0] * 12
    for (tonic, _), odds in keys_of(key, call).items():
        homes[tonic] += odds if tonic != last else 0.0
    return [math.log1p(homes[draft[-1].pitch % 12] * math.expm1(CLOSING)) if draft else 0.0 for draft in drafts]
