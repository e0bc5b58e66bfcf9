"""Keep a call's energy where no song is like it: weigh drafts so that answers are near to it. Pure.

Three figures say what a call's energy is. How songs' continuations are spread about their calls in each was
counted once, and how far the drafts to songs' calls lie from them on the whole; how the drafts of this call are
spread is seen in them. Where they lie as they do for songs' calls, nothing is weighed: how a song goes on, the
critic knows better, and what songs' continuations have of their calls differs from call to call. To a riff in
sixteenths, a held note or a line that never repeats a pitch, which a model of songs answers as if they were songs,
drafts lie further off in one figure or a little in all, and the further the more each is weighed by the ratio of
the two spreads, as importance sampling does: it moves answers to where songs' would be, as far as drafts offer it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean, pstdev

from engine.notes import Note
from engine.planning.pair import Pair
from engine.planning.rules import filling, line

SPREAD: tuple[tuple[Callable[[Pair], float], float, float, float], ...] = (
    (filling.density, 0.008, 0.215, 0.10),
    (filling.lengths_apart, 0.169, 0.150, 0.06),
    (line.repeated_notes, -0.018, 0.159, 0.09),
)
"""Figures, with mean and standard deviation in 8,000 continuations of the Essen collection's training part, and
how the means of USUAL_DRAFTS drafts to a call are spread, over 870 calls of the training and validation parts."""
USUAL_DRAFTS = 16
USUAL, UNLIKE = 2.0, 3.0
"""Drafts whose means are together so many of these deviations off are as to a song's call (3 in 4 are), or to none
(1 in 20)."""


def energy_leans(call: Sequence[Note], drafts: Sequence[Sequence[Note]]) -> list[float]:
    """Return the log weight of each draft, none of them empty; zeros without a call.

    The drafts are taken to be normally spread, no narrower than songs are.
    """
    leans, off = [0.0] * len(drafts), 0.0
    if not call:
        return leans
    pairs = [Pair(call, draft, None) for draft in drafts]
    for figure, mean, deviation, usual in SPREAD:
        values = [figure(pair) for pair in pairs]
        known = [value for value in values if not math.isnan(value)]
        if not known:
            continue
        centre, width = fmean(known), max(deviation, pstdev(known))
        by_chance = deviation**2 * max(1 / len(known) - 1 / USUAL_DRAFTS, 0.0)  # the mean of fewer strays further
        off += (centre - mean) ** 2 / (usual**2 + by_chance)
        for number, value in enumerate(values):
            if not math.isnan(value):
                leans[number] += 0.5 * (((value - centre) / width) ** 2 - ((value - mean) / deviation) ** 2)
    share = min(max((math.sqrt(off) - USUAL) / (UNLIKE - USUAL), 0.0), 1.0)
    return [share * lean for lean in leans]
