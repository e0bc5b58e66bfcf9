"""Figures of how a candidate ends: on which note, how long, where in the bar. No torch."""

from __future__ import annotations

import math

from engine.planning.pair import Pair


def ends_on_tonic(pair: Pair) -> float:
    """Say whether it ends on the tonic."""
    return float(pair.line.pitches[-1] % 12 == pair.call.tonic)


def ends_in_triad(pair: Pair) -> float:
    """Say whether it ends on a note of the tonic triad."""
    degree = (pair.line.pitches[-1] - pair.call.tonic) % 12
    return float(degree in (0, 7, 3 if pair.call.minor else 4))


def ends_as_call(pair: Pair) -> float:
    """Say whether it ends on the pitch on which the call ends."""
    return float(pair.line.pitches[-1] == pair.call.line.pitches[-1])


def closes_open_call(pair: Pair) -> float:
    """Say whether it ends on the tonic behind a call that did not."""
    home = pair.call.tonic
    return float(pair.line.pitches[-1] % 12 == home != pair.call.line.pitches[-1] % 12)


def final_weight(pair: Pair) -> float:
    """Return how much of the call's time sounds the pitch class of its last note."""
    return pair.call.classes[pair.line.pitches[-1] % 12]


def final_length(pair: Pair) -> float:
    """Return how long its last note is beside the call's usual one, in octaves."""
    return math.log2(pair.line.durations[-1] / pair.call.usual)


def final_length_of_call(pair: Pair) -> float:
    """Return how long its last note is beside the call's last, in octaves up or down."""
    return abs(math.log2(pair.line.durations[-1] / pair.call.line.durations[-1]))


def final_place(pair: Pair) -> float:
    """Say whether its last note begins where in the bar the call's last does."""
    line = pair.line
    return float((line.onsets[-1] - pair.call.line.onsets[-1]) % line.bar == 0) if line.bar else math.nan


def final_on_pulse(pair: Pair) -> float:
    """Say whether its last note begins on a pulse."""
    line = pair.line
    return float(line.onsets[-1] % line.pulse == 0) if line.pulse else math.nan


def final_step(pair: Pair) -> float:
    """Return the size of its last step, an octave at the most."""
    return float(min(abs(pair.line.steps[-1]), 12)) if pair.line.steps else math.nan


def final_falls(pair: Pair) -> float:
    """Return 1 when its last step goes down, -1 when it goes up."""
    step = pair.line.steps[-1] if pair.line.steps else 0
    return float((step < 0) - (step > 0))


RULES = (
    ends_on_tonic,
    ends_in_triad,
    ends_as_call,
    closes_open_call,
    final_weight,
    final_length,
    final_length_of_call,
    final_place,
    final_on_pulse,
    final_step,
    final_falls,
)
"""In the order in which the critic reads them."""
