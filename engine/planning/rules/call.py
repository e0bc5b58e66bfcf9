"""Figures of what of the call comes back in a candidate: rhythms, contours, motifs, whole quotations. No torch."""

from __future__ import annotations

from engine.planning.pair import Pair, contour_likeness
from engine.planning.rules.averages import mean, share


def rhythm_of_call(pair: Pair) -> float:
    """Return how alike its bars are, in rhythm, to the call's at the same place."""
    return mean([row[index] for index, row in enumerate(pair.to_call) if index < len(row)])


def cells_of_call(pair: Pair) -> float:
    """Return how alike each of its bars is, in rhythm, to the likest of the call."""
    return mean([max(row) for row in pair.to_call])


def last_bar_of_call(pair: Pair) -> float:
    """Return how alike the two last bars are in rhythm."""
    return pair.to_call[-1][-1]


def contour_of_call(pair: Pair) -> float:
    """Return how alike its bars are, in contour, to the call's at the same place."""
    ours, theirs = pair.line, pair.call.line
    return mean(
        [
            contour_likeness(one, ours.pitches, other, theirs.pitches)
            for one, other in zip(ours.segments, theirs.segments, strict=False)
        ]
    )


def motifs_of_call(pair: Pair) -> float:
    """Return the share of its runs of three steps that the call has."""
    steps = pair.line.steps
    return share(run in pair.call.figures for run in zip(steps, steps[1:], steps[2:], strict=False))


def rhythms_of_call(pair: Pair) -> float:
    """Return the share of its runs of three lengths that the call has."""
    lengths = pair.line.durations
    return share(run in pair.call.rhythms for run in zip(lengths, lengths[1:], lengths[2:], strict=False))


def copied(pair: Pair) -> float:
    """Return the share of its notes that stand, pitch and length, in the call at the same place."""
    ours, theirs = pair.line, pair.call.line
    there = {
        onset - theirs.start: (pitch, duration)
        for onset, pitch, duration in zip(theirs.onsets, theirs.pitches, theirs.durations, strict=True)
    }
    return share(
        there.get(onset - ours.start) == (pitch, duration)
        for onset, pitch, duration in zip(ours.onsets, ours.pitches, ours.durations, strict=True)
    )


def longest_quotation(pair: Pair) -> float:
    """Return how long the longest run of notes is that stands in the call too, beside its own length."""
    ours, theirs = pair.line, pair.call.line
    other = list(zip(theirs.pitches, theirs.durations, strict=True))
    best, before = 0, [0] * (len(other) + 1)
    for note in zip(ours.pitches, ours.durations, strict=True):
        now = [0] * (len(other) + 1)
        for index, there in enumerate(other):
            if note == there:
                now[index + 1] = before[index] + 1
        best, before = max(best, max(now)), now
    return best / len(ours.pitches)


RULES = (
    rhythm_of_call,
    cells_of_call,
    last_bar_of_call,
    contour_of_call,
    motifs_of_call,
    rhythms_of_call,
    copied,
    longest_quotation,
)
"""In the order in which the critic reads them."""
