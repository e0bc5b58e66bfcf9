"""Figures of a candidate's own form: what of its bars comes back within it, in rhythm and in contour. No torch."""

from __future__ import annotations

from engine.planning.pair import Pair, contour_likeness
from engine.planning.rules.averages import mean


def rhythm_returns(pair: Pair) -> float:
    """Return how alike each of its bars is, in rhythm, to the likest before it."""
    return mean([max(row) for row in pair.in_rhythm[1:]])


def rhythm_goes_on(pair: Pair) -> float:
    """Return how alike each of its bars is, in rhythm, to the one just before."""
    return mean([row[-1] for row in pair.in_rhythm[1:]])


def contour_returns(pair: Pair) -> float:
    """Return how alike each of its bars is, in contour, to the likest before it."""
    line = pair.line
    segments, pitches = line.segments, line.pitches
    return mean(
        [
            max(contour_likeness(one, pitches, other, pitches) for other in segments[:index])
            for index, one in enumerate(segments)
            if index
        ]
    )


def halves_rhyme(pair: Pair) -> float:
    """Return how alike its halves are in rhythm, bar by bar."""
    size = len(pair.line.segments)
    half = size // 2
    return mean([pair.in_rhythm[index][index - (size - half)] for index in range(size - half, size)])


def halves_sing_alike(pair: Pair) -> float:
    """Return how alike its halves are in contour, bar by bar."""
    line = pair.line
    size = len(line.segments)
    half = size // 2
    likeness = [
        contour_likeness(line.segments[index], line.pitches, line.segments[index - (size - half)], line.pitches)
        for index in range(size - half, size)
    ]
    return mean(likeness)


RULES = (
    rhythm_returns,
    rhythm_goes_on,
    contour_returns,
    halves_rhyme,
    halves_sing_alike,
)
"""In the order in which the critic reads them."""
