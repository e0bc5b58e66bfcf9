"""Figures of how a candidate is filled: rests, density, lengths of notes. No torch."""

from __future__ import annotations

import math
from itertools import pairwise

from engine.planning.pair import PHRASE_GAP_TICKS, Line, Pair
from engine.planning.rules.averages import share
from engine.tokenizer import TICKS_PER_BEAT


def rests(pair: Pair) -> float:
    """Return the share of its notes with a rest before them."""
    return share(rest > PHRASE_GAP_TICKS for rest in pair.line.rests[1:])


def rests_of_call(pair: Pair) -> float:
    """Return the share of its notes with a rest before them, beside the call's."""
    return rests(pair) - share(rest > PHRASE_GAP_TICKS for rest in pair.call.line.rests[1:])


def density(pair: Pair) -> float:
    """Return how many times as dense as the call it is, in octaves up or down."""
    return math.log2(_density(pair.line) / _density(pair.call.line))


def _density(line: Line) -> float:
    return TICKS_PER_BEAT * len(line.onsets) / line.length


def unlike_density(pair: Pair) -> float:
    """Return how far it is from as dense as the call, in octaves."""
    return abs(density(pair))


def foreign_lengths(pair: Pair) -> float:
    """Return the share of its notes whose length no note of the call has."""
    return share(duration not in pair.call.values for duration in pair.line.durations)


def lengths_apart(pair: Pair) -> float:
    """Return how different the lengths are that it and the call are made of, 0..1."""
    ours, values, theirs = pair.line.durations, pair.call.values, pair.call.values.total()
    every = {*ours, *values}
    return 0.5 * sum(abs(ours.count(value) / len(ours) - values[value] / theirs) for value in every)


def length_changes(pair: Pair) -> float:
    """Return the share of its notes of another length than the one before, beside the call's."""
    ours, theirs = (share(a != b for a, b in pairwise(line.durations)) for line in (pair.line, pair.call.line))
    return ours - theirs


def longest_note(pair: Pair) -> float:
    """Return how long its longest note, but for the last, is beside the call's longest, in octaves."""
    inner = pair.line.durations[:-1]
    return math.log2(max(inner) / max(pair.call.line.durations)) if inner else math.nan


RULES = (
    rests,
    rests_of_call,
    density,
    unlike_density,
    foreign_lengths,
    lengths_apart,
    length_changes,
    longest_note,
)
"""In the order in which the critic reads them."""
