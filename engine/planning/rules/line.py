"""Figures of a candidate's pitches as a line: peak, compass, steps, leaps, how it joins the call's. No torch."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean

from engine.planning.pair import Pair
from engine.planning.rules.averages import mean, share

_LEAP, _LARGE_LEAP = 4, 7


def peak_place(pair: Pair) -> float:
    """Return where its highest note begins, 0 at its beginning to 1 at its end."""
    line = pair.line
    top = line.pitches.index(max(line.pitches))
    return (line.onsets[top] - line.start) / line.length


def peaks(pair: Pair) -> float:
    """Return how many times its highest pitch is reached from below, four at the most."""
    pitches = pair.line.pitches
    top = max(pitches)
    reached = sum(before < top == after for before, after in pairwise(pitches))
    return float(min(reached + (pitches[0] == top), 4))


def compass(pair: Pair) -> float:
    """Return the semitones from its lowest to its highest note, beside the call's."""
    ours, theirs = pair.line.pitches, pair.call.line.pitches
    return float((max(ours) - min(ours)) - (max(theirs) - min(theirs)))


def register(pair: Pair) -> float:
    """Return by how many semitones it lies higher than the call."""
    return fmean(pair.line.pitches) - fmean(pair.call.line.pitches)


def top_of_call(pair: Pair) -> float:
    """Return by how many semitones its peak is above the call's."""
    return float(max(pair.line.pitches) - max(pair.call.line.pitches))


def step_size(pair: Pair) -> float:
    """Return the mean size of its steps in semitones, beside the call's."""
    return mean([abs(step) for step in pair.line.steps]) - mean([abs(step) for step in pair.call.line.steps])


def leaps(pair: Pair) -> float:
    """Return the share of its steps that are leaps (a fourth and more)."""
    return share(abs(step) > _LEAP for step in pair.line.steps)


def leaps_left_open(pair: Pair) -> float:
    """Return the share of its steps that are leaps of a fifth and more, with no step back behind them."""
    steps = pair.line.steps
    return share(
        abs(step) >= _LARGE_LEAP and (after == 0 or (after > 0) == (step > 0)) for step, after in pairwise(steps)
    )


def seesaws(pair: Pair) -> float:
    """Return the share of its runs of four notes that go to and fro between two."""
    p = pair.line.pitches
    return share(a == c and b == d and a != b for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False))


def repeated_notes(pair: Pair) -> float:
    """Return the share of its steps that stay on the pitch, beside the call's."""
    ours, theirs = (share(step == 0 for step in line.steps) for line in (pair.line, pair.call.line))
    return ours - theirs


def hammered(pair: Pair) -> float:
    """Return how often the longest run on one pitch strikes it, eight at the most."""
    longest = run = 1
    for step in pair.line.steps:
        run = run + 1 if step == 0 else 1
        longest = max(longest, run)
    return float(min(longest, 8))


def turns(pair: Pair) -> float:
    """Return the share of its steps at which it turns round."""
    moves = [step for step in pair.line.steps if step]
    return share((before > 0) != (after > 0) for before, after in pairwise(moves))


def variety(pair: Pair) -> float:
    """Return how many different pitches it has, beside the call's, a note."""
    ours, theirs = pair.line.pitches, pair.call.line.pitches
    return len(set(ours)) / math.sqrt(len(ours)) - len(set(theirs)) / math.sqrt(len(theirs))


def first_step(pair: Pair) -> float:
    """Return the size of the step from the call's last note, an octave at the most."""
    return float(min(abs(pair.line.pitches[0] - pair.call.line.pitches[-1]), 12))


def begins_as_call(pair: Pair) -> float:
    """Return by how many semitones its first note is off the call's first, an octave at the most."""
    return float(min(abs(pair.line.pitches[0] - pair.call.line.pitches[0]), 12))


def foreign_notes(pair: Pair) -> float:
    """Return the share of its notes whose pitch class the call does not have."""
    return share(pair.call.classes[pitch % 12] == 0.0 for pitch in pair.line.pitches)


RULES = (
    peak_place,
    peaks,
    compass,
    register,
    top_of_call,
    step_size,
    leaps,
    leaps_left_open,
    seesaws,
    repeated_notes,
    hammered,
    turns,
    variety,
    first_step,
    begins_as_call,
    foreign_notes,
)
"""In the order in which the critic reads them."""
