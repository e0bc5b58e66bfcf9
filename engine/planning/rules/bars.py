"""Figures of where a candidate's bars are: filled, kept from the call, their lines and pulses struck. No torch."""

from __future__ import annotations

import math
from itertools import pairwise

from engine.planning.pair import Line, Pair
from engine.planning.rules.averages import share
from engine.tokenizer import TICKS_PER_BEAT


def fills_bars(pair: Pair) -> float:
    """Say whether it ends where in the bar it begins, or a breath of a beat at the most before that."""
    line = pair.line
    return float(-line.length % line.bar <= TICKS_PER_BEAT) if line.bar else math.nan


def left_of_bar(pair: Pair) -> float:
    """Return the beats from its end to where in the bar it begins."""
    line = pair.line
    return -line.length % line.bar / TICKS_PER_BEAT if line.bar else math.nan


def upbeat_kept(pair: Pair) -> float:
    """Say whether it begins where in the bar the call begins."""
    line = pair.line
    return float((line.start - pair.call.line.start) % line.bar == 0) if line.bar else math.nan


def bars_of_call(pair: Pair) -> float:
    """Say whether it has as many bars as the call; without a bar, whether it is as long to a beat."""
    ours, theirs = pair.line, pair.call.line
    if not ours.bar:
        return float(abs(ours.length - theirs.length) <= TICKS_PER_BEAT)
    return float(-(-ours.length // ours.bar) == -(-theirs.length // theirs.bar))


def unlike_length(pair: Pair) -> float:
    """Return by how many bars it is longer or shorter than the call, two at the most."""
    line = pair.line
    return min(abs(line.length - pair.call.line.length) / line.segment, 2.0)


def on_bar_lines(pair: Pair) -> float:
    """Return the share of its bar lines on which a note begins."""
    onsets = set(pair.line.onsets)
    return share(place in onsets for place in pair.line.bar_lines)


def over_bar_lines(pair: Pair) -> float:
    """Return the share of its bar lines over which a note sounds."""
    line = pair.line
    return share(
        any(onset < place < onset + duration for onset, duration in zip(line.onsets, line.durations, strict=True))
        for place in line.bar_lines
    )


def on_pulses(pair: Pair) -> float:
    """Return the share of its pulses on which a note begins, beside the call's share."""
    return _on_pulses(pair.line) - _on_pulses(pair.call.line)


def _on_pulses(line: Line) -> float:
    onsets = set(line.onsets)
    return share(place in onsets for place in line.lines(line.pulse))


def long_off_pulse(pair: Pair) -> float:
    """Return the share of notes off the pulse that are longer than the one before."""
    line = pair.line
    if not line.pulse:
        return math.nan
    return share(
        onset % line.pulse != 0 and after > before
        for onset, (before, after) in zip(line.onsets[1:], pairwise(line.durations), strict=True)
    )


def new_rhythms(pair: Pair) -> float:
    """Return the share of its bars whose onsets no bar of the call has just so."""
    return share(max(row, default=0.0) < 0.99 for row in pair.to_call)


RULES = (
    fills_bars,
    left_of_bar,
    upbeat_kept,
    bars_of_call,
    unlike_length,
    on_bar_lines,
    over_bar_lines,
    on_pulses,
    long_off_pulse,
    new_rhythms,
)
"""In the order in which the critic reads them."""
