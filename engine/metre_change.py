"""Notice that the bars have become others in the midst of a call. No torch.

The filter believes in a change only slowly, for in songs there is hardly any. So the stretch behind a note that
may end a phrase is heard a second time, as if nothing had been before it. Where that finds bars of another length,
three things say whether they began there: how likely a phrase ended, how little was believed of such bars up to
then, and how much is believed of them now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.bars import AGREE, LENGTH
from engine.messages import BarEvidence
from engine.metre import LEAST_CHANCE, Posterior
from engine.metre_net import Net
from engine.notes import Note

EndOdds = Callable[[Sequence[Note]], Sequence[float]]
"""Returns of each note of a call the log odds that a phrase ends with it, whatever the bars."""

LEAST_NOTES = 4
"""Notes that stand before a change, beside the one that ends a phrase, and behind it: fewer tell no bars."""
MOST_NOTES = 32
"""Latest notes of a call in which a change is sought."""
_PLACES = 3

# The log odds of a change, by logistic regression on tunes of the corpus's validation part, written and performed,
# behind others in another metre and going on in their own; the constant is set so that none of the latter pays.
_CONSTANT, _END, _NOW, _BEFORE, _NOTE = -4.0, 0.5, 1.1, -1.1, 0.04

_LEAST_LOG = math.log(LEAST_CHANCE)


def changed_at(
    net: Net, followed: Posterior, call: Sequence[Note], evidence: BarEvidence, end_odds: EndOdds
) -> int | None:
    """Return the note of a call that is over with which bars of another kind began, or None.

    followed: has followed the call to its end.
    """
    first = max(LEAST_NOTES, len(call) - MOST_NOTES)
    places = range(first, len(call) - LEAST_NOTES)
    if evidence.bar_beats or not places:
        return None
    best, now = _surest(followed, evidence), followed.lines_log()
    # Others are believed at most as far as the surest bars are not.
    most = _CONSTANT + _NOW * max(math.log(max(1.0 - math.exp(now.max()), 1e-9)), _LEAST_LOG)
    most += _BEFORE * _LEAST_LOG + _NOTE * MOST_NOTES
    begin = max(0, first - LEAST_NOTES)
    ends = [0.0] * begin + list(end_odds(call[begin:]))
    found = []
    for place in sorted(places, key=lambda index: -ends[index])[:_PLACES]:
        if most + _END * ends[place] <= 0.0:
            break
        second, rest = Posterior(net), (replace(call[place + 1], rest_beats=0.0), *call[place + 2 :])
        second.follow(rest, {len(rest) - 1})
        other = _surest(second, evidence)
        if _halved_or_doubled(best, other):
            continue
        odds = _CONSTANT + _END * ends[place] + _NOTE * len(rest)
        odds += _NOW * now[other] + _BEFORE * followed.lines_log(place)[other]
        found.append((float(odds), place + 1))
    odds, place = max(found, default=(0.0, 0))
    return place if odds > 0.0 else None


def _surest(posterior: Posterior, evidence: BarEvidence) -> int:
    """Return a state of the bar lines that are surest, up to halving and doubling."""
    return int(np.argmax(AGREE @ posterior.probabilities(evidence)))


def _halved_or_doubled(one: int, other: int) -> bool:
    octaves = np.log2(LENGTH[one] / LENGTH[other])
    return bool(octaves == np.round(octaves))
