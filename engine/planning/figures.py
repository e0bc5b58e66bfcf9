"""The one table of figures that the critic reads of a call and a candidate answer to it. No torch.

Each row is a name and a rule; the rules look at one small view of the two melodies, the `Pair`. Where a figure
cannot be told (no bar is known, no step to look at) it is NaN, and counts neither for nor against.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from engine.planning.pair import PHRASE_GAP_TICKS, Line, Pair, contour_likeness
from engine.tokenizer import TICKS_PER_BEAT

_LEAP, _LARGE_LEAP = 4, 7


@dataclass(frozen=True, slots=True)
class Figure:
    """Describe one figure: its name, and its rule."""

    name: str
    rule: Callable[[Pair], float]


def table(pairs: Iterable[Pair]) -> list[list[float]]:
    """Return a row of figures for each pair, in the order of FIGURES."""
    return [[figure.rule(pair) for figure in FIGURES] for pair in pairs]


def _share(told: Iterable[bool]) -> float:
    """Return the share of True; NaN of nothing."""
    values = list(told)
    return sum(values) / len(values) if values else math.nan


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else math.nan


# Where the bars are.


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
    return _share(place in onsets for place in pair.line.bar_lines)


def over_bar_lines(pair: Pair) -> float:
    """Return the share of its bar lines over which a note sounds."""
    line = pair.line
    return _share(
        any(onset < place < onset + duration for onset, duration in zip(line.onsets, line.durations, strict=True))
        for place in line.bar_lines
    )


def on_pulses(pair: Pair) -> float:
    """Return the share of its pulses on which a note begins, beside the call's share."""
    return _on_pulses(pair.line) - _on_pulses(pair.call.line)


def _on_pulses(line: Line) -> float:
    onsets = set(line.onsets)
    return _share(place in onsets for place in line.lines(line.pulse))


def long_off_pulse(pair: Pair) -> float:
    """Return the share of notes off the pulse that are longer than the one before."""
    line = pair.line
    if not line.pulse:
        return math.nan
    return _share(
        onset % line.pulse != 0 and after > before
        for onset, (before, after) in zip(line.onsets[1:], pairwise(line.durations), strict=True)
    )


def new_rhythms(pair: Pair) -> float:
    """Return the share of its bars whose onsets no bar of the call has just so."""
    return _share(max(row, default=0.0) < 0.99 for row in pair.to_call)


# Form inside.


def rhythm_returns(pair: Pair) -> float:
    """Return how alike each of its bars is, in rhythm, to the likest before it."""
    return _mean([max(row) for row in pair.in_rhythm[1:]])


def rhythm_goes_on(pair: Pair) -> float:
    """Return how alike each of its bars is, in rhythm, to the one just before."""
    return _mean([row[-1] for row in pair.in_rhythm[1:]])


def contour_returns(pair: Pair) -> float:
    """Return how alike each of its bars is, in contour, to the likest before it."""
    line = pair.line
    segments, pitches = line.segments, line.pitches
    return _mean(
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
    return _mean([pair.in_rhythm[index][index - (size - half)] for index in range(size - half, size)])


def halves_sing_alike(pair: Pair) -> float:
    """Return how alike its halves are in contour, bar by bar."""
    line = pair.line
    size = len(line.segments)
    half = size // 2
    likeness = [
        contour_likeness(line.segments[index], line.pitches, line.segments[index - (size - half)], line.pitches)
        for index in range(size - half, size)
    ]
    return _mean(likeness)


# What of the call comes back.


def rhythm_of_call(pair: Pair) -> float:
    """Return how alike its bars are, in rhythm, to the call's at the same place."""
    return _mean([row[index] for index, row in enumerate(pair.to_call) if index < len(row)])


def cells_of_call(pair: Pair) -> float:
    """Return how alike each of its bars is, in rhythm, to the likest of the call."""
    return _mean([max(row) for row in pair.to_call])


def last_bar_of_call(pair: Pair) -> float:
    """Return how alike the two last bars are in rhythm."""
    return pair.to_call[-1][-1]


def contour_of_call(pair: Pair) -> float:
    """Return how alike its bars are, in contour, to the call's at the same place."""
    ours, theirs = pair.line, pair.call.line
    return _mean(
        [
            contour_likeness(one, ours.pitches, other, theirs.pitches)
            for one, other in zip(ours.segments, theirs.segments, strict=False)
        ]
    )


def motifs_of_call(pair: Pair) -> float:
    """Return the share of its runs of three steps that the call has."""
    steps = pair.line.steps
    return _share(run in pair.call.figures for run in zip(steps, steps[1:], steps[2:], strict=False))


def rhythms_of_call(pair: Pair) -> float:
    """Return the share of its runs of three lengths that the call has."""
    lengths = pair.line.durations
    return _share(run in pair.call.rhythms for run in zip(lengths, lengths[1:], lengths[2:], strict=False))


def copied(pair: Pair) -> float:
    """Return the share of its notes that stand, pitch and length, in the call at the same place."""
    ours, theirs = pair.line, pair.call.line
    there = {
        onset - theirs.start: (pitch, duration)
        for onset, pitch, duration in zip(theirs.onsets, theirs.pitches, theirs.durations, strict=True)
    }
    return _share(
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


# The line.


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
    return _mean([abs(step) for step in pair.line.steps]) - _mean([abs(step) for step in pair.call.line.steps])


def leaps(pair: Pair) -> float:
    """Return the share of its steps that are leaps (a fourth and more)."""
    return _share(abs(step) > _LEAP for step in pair.line.steps)


def leaps_left_open(pair: Pair) -> float:
    """Return the share of its steps that are leaps of a fifth and more, with no step back behind them."""
    steps = pair.line.steps
    return _share(
        abs(step) >= _LARGE_LEAP and (after == 0 or (after > 0) == (step > 0)) for step, after in pairwise(steps)
    )


def seesaws(pair: Pair) -> float:
    """Return the share of its runs of four notes that go to and fro between two."""
    p = pair.line.pitches
    return _share(a == c and b == d and a != b for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False))


def repeated_notes(pair: Pair) -> float:
    """Return the share of its steps that stay on the pitch, beside the call's."""
    ours, theirs = (_share(step == 0 for step in line.steps) for line in (pair.line, pair.call.line))
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
    return _share((before > 0) != (after > 0) for before, after in pairwise(moves))


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
    return _share(pair.call.classes[pitch % 12] == 0.0 for pitch in pair.line.pitches)


# How it ends.


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


# How it is filled.


def rests(pair: Pair) -> float:
    """Return the share of its notes with a rest before them."""
    return _share(rest > PHRASE_GAP_TICKS for rest in pair.line.rests[1:])


def rests_of_call(pair: Pair) -> float:
    """Return the share of its notes with a rest before them, beside the call's."""
    return rests(pair) - _share(rest > PHRASE_GAP_TICKS for rest in pair.call.line.rests[1:])


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
    return _share(duration not in pair.call.values for duration in pair.line.durations)


def lengths_apart(pair: Pair) -> float:
    """Return how different the lengths are that it and the call are made of, 0..1."""
    ours, values, theirs = pair.line.durations, pair.call.values, pair.call.values.total()
    every = {*ours, *values}
    return 0.5 * sum(abs(ours.count(value) / len(ours) - values[value] / theirs) for value in every)


def length_changes(pair: Pair) -> float:
    """Return the share of its notes of another length than the one before, beside the call's."""
    ours, theirs = (_share(a != b for a, b in pairwise(line.durations)) for line in (pair.line, pair.call.line))
    return ours - theirs


def longest_note(pair: Pair) -> float:
    """Return how long its longest note, but for the last, is beside the call's longest, in octaves."""
    inner = pair.line.durations[:-1]
    return math.log2(max(inner) / max(pair.call.line.durations)) if inner else math.nan


def likelihood(pair: Pair) -> float:
    """Return what the model gave it, in nats a note."""
    return math.nan if pair.log_probability is None else pair.log_probability / len(pair.line.pitches)


FIGURES: tuple[Figure, ...] = tuple(
    Figure(rule.__name__, rule)
    for rule in (
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
        rhythm_returns,
        rhythm_goes_on,
        contour_returns,
        halves_rhyme,
        halves_sing_alike,
        rhythm_of_call,
        cells_of_call,
        last_bar_of_call,
        contour_of_call,
        motifs_of_call,
        rhythms_of_call,
        copied,
        longest_quotation,
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
        rests,
        rests_of_call,
        density,
        unlike_density,
        foreign_lengths,
        lengths_apart,
        length_changes,
        longest_note,
        likelihood,
    )
)
"""Every figure that the critic reads. Its weights name them, so that they cannot be mixed up."""
NAMES = tuple(figure.name for figure in FIGURES)
