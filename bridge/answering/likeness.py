"""How near an answer is to its call, and the `closeness` at which answers are so near. Pure.

Near is what comes back: of each run of three notes of the answer, its two steps in pitch and its three lengths are
looked for in the call, in any key. What is free of its call finds some of them too, by chance and by style.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from engine.notes import Note

RUN = 3
"""Notes of a run: fewer are anybody's, more come back as a whole only."""
USUAL = ((0.0, 0.25), (0.25, 0.30), (0.5, 0.40), (0.75, 0.50), (1.0, 0.60))
"""At a closeness of, the mean likeness of answers."""
HALFWAY = 0.5
"""A step goes this share of the way."""


def likeness(call: Sequence[Note], answer: Sequence[Note]) -> float | None:
    """Return the share of an answer's runs, melodic and rhythmic ones counting alike, that its call has, 0..1.

    None where either is shorter than a run.
    """
    if min(len(call), len(answer)) < RUN:
        return None
    shares = []
    for runs in (_steps, _lengths):
        known = set(runs(call))
        mine = runs(answer)
        shares.append(sum(run in known for run in mine) / len(mine))
    return sum(shares) / len(shares)


def closeness_of(share: float) -> float:
    """Return the closeness at which answers have this likeness on average, 0..1."""
    shares = [usual for _, usual in USUAL]
    above = bisect_right(shares, share)
    if above in (0, len(shares)):
        return USUAL[min(above, len(shares) - 1)][0]
    (low, low_share), (high, high_share) = USUAL[above - 1], USUAL[above]
    return low + (high - low) * (share - low_share) / (high_share - low_share)


def towards(closeness: float, share: float) -> float:
    """Return where a step leads from a closeness towards that of answers with this likeness."""
    return round(closeness + HALFWAY * (closeness_of(share) - closeness), 2)


def _steps(notes: Sequence[Note]) -> list[tuple[int, ...]]:
    pitches = [note.pitch for note in notes]
    steps = [after - before for before, after in pairwise(pitches)]
    return [tuple(steps[begin : begin + RUN - 1]) for begin in range(len(steps) - RUN + 2)]


def _lengths(notes: Sequence[Note]) -> list[tuple[float, ...]]:
    lengths = [round(note.duration_beats, 3) for note in notes]
    return [tuple(lengths[begin : begin + RUN]) for begin in range(len(lengths) - RUN + 1)]
