"""A call and a candidate answer to it as the figures look at them: onsets, bars, segments. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from engine.key import MAJOR_SCALES, estimate_key
from engine.notes import Metre, Note
from engine.tokenizer import TICKS_PER_BEAT, ticks_of

LEAST_SEGMENT_TICKS = 3 * TICKS_PER_BEAT
"""Shorter bars are looked at in twos, fours and so on."""
PHRASE_GAP_TICKS = TICKS_PER_BEAT // 8
"""Less silence than this is no rest."""

Segment = dict[int, int]
"""What begins in a segment: ticks since its beginning to the number of the note."""


class Line:
    """Look at one melody in its bars.

    begins_ticks: where its first step stands, counted from a bar line; bar_ticks, pulse_ticks: 0 when not known.
    Everything below is in ticks. The rest before the first note is no part of the melody.
    """

    def __init__(self, notes: Sequence[Note], begins_ticks: int, bar_ticks: int, pulse_ticks: int) -> None:
        self.bar, self.pulse = bar_ticks, pulse_ticks
        self.pitches = [note.pitch for note in notes]
        self.durations = [max(1, ticks_of(note.duration_beats)) for note in notes]
        self.rests = [ticks_of(note.rest_beats) for note in notes]
        self.onsets: list[int] = []
        place = begins_ticks
        for rest, duration in zip(self.rests, self.durations, strict=True):
            self.onsets.append(place + rest)
            place += rest + duration
        self.end = place
        self.rests[:1] = [0] * len(self.rests[:1])
        self.steps = [after - before for before, after in pairwise(self.pitches)]
        self.start = self.onsets[0] if self.onsets else begins_ticks
        self.length = self.end - self.start

    @cached_property
    def segments(self) -> list[Segment]:
        """Return the melody cut into stretches of a bar (of several when it is short) from its first note on."""
        size = self.segment
        found: list[Segment] = [{} for _ in range(max(1, -(-self.length // size)))]
        for index, onset in enumerate(self.onsets):
            number, offset = divmod(onset - self.start, size)
            found[number][offset] = index
        return found

    @cached_property
    def segment(self) -> int:
        """Return how long a segment is; four beats where the bar is not known."""
        size = self.bar or 4 * TICKS_PER_BEAT
        while size < LEAST_SEGMENT_TICKS:
            size *= 2
        return size

    @cached_property
    def bar_lines(self) -> range:
        """Return the bar lines between the first onset and the end, neither counted."""
        return self.lines(self.bar)

    def lines(self, every: int) -> range:
        """Return the multiples of `every` ticks between the first onset and the end; none for 0."""
        return range((self.start // every + 1) * every, self.end, every) if every else range(0)


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold what is known of a call before any candidate is seen.

    classes: how much of its time each pitch class sounds, summing to 1; tonic: a pitch class, and minor: whether
    its third is, as heard; figures, rhythms: runs of three steps and of three lengths; values: lengths.
    """

    line: Line
    usual: int
    classes: tuple[float, ...]
    tonic: int
    minor: bool
    figures: Counter[tuple[int, ...]]
    rhythms: Counter[tuple[int, ...]]
    values: Counter[int]


@lru_cache(maxsize=64)
def heard(call: tuple[Note, ...], metre: Metre | None) -> Heard:
    """Return what there is to know of a call of one note at least; asking again costs nothing."""
    bar = ticks_of(metre.beats_per_bar) if metre else 0
    line = Line(
        call, ticks_of(metre.upbeat_beats) if metre else 0, bar, ticks_of(metre.pulse_beats) if metre else 0
    )
    total = sum(line.durations)
    classes = [0.0] * 12
    for pitch, duration in zip(line.pitches, line.durations, strict=True):
        classes[pitch % 12] += duration / total
    key = estimate_key(call)
    assert key is not None
    return Heard(
        line,
        sorted(line.durations)[len(line.durations) // 2],
        tuple(classes),
        key.tonic,
        key.scale not in MAJOR_SCALES,
        Counter(zip(line.steps, line.steps[1:], line.steps[2:], strict=False)),
        Counter(zip(line.durations, line.durations[1:], line.durations[2:], strict=False)),
        Counter(line.durations),
    )


class Pair:
    """Look at a candidate behind its call.

    log_probability: what the model gave the whole candidate, in nats; None when not known. key: tonic pitch class
    and whether its third is minor, where that is known better than by what is heard in the call.
    """

    def __init__(
        self,
        call: Sequence[Note],
        candidate: Sequence[Note],
        metre: Metre | None,
        log_probability: float | None = None,
        key: tuple[int, bool] | None = None,
    ) -> None:
        """Raise ValueError when there is no call or no candidate."""
        if not call or not candidate:
            raise ValueError("a call and a candidate of one note each at least")
        self.call = heard(tuple(call), metre)
        if key is not None:
            self.call = replace(self.call, tonic=key[0], minor=key[1])
        before = self.call.line
        self.line = Line(candidate, before.end, before.bar, before.pulse)
        self.log_probability = log_probability

    @cached_property
    def in_rhythm(self) -> list[list[float]]:
        """Return how alike the rhythms of its segments are: row i has those before segment i."""
        segments = self.line.segments
        return [[rhythm_likeness(one, segments[other]) for other in range(i)] for i, one in enumerate(segments)]

    @cached_property
    def to_call(self) -> list[list[float]]:
        """Return how alike the rhythms of its segments (rows) and of the call's are."""
        return [[rhythm_likeness(one, other) for other in self.call.line.segments] for one in self.line.segments]


def rhythm_likeness(one: Segment, other: Segment) -> float:
    """Return how many of the onsets of either segment are in both, 0..1; 1 for two empty ones."""
    both = len(one.keys() & other.keys())
    either = len(one) + len(other) - both
    return both / either if either else 1.0


def contour_likeness(one: Segment, pitches: Sequence[int], other: Segment, others: Sequence[int]) -> float:
    """Return how many steps between onsets that both segments have go the same way, a tone more or less; 0..1."""
    shared = sorted(one.keys() & other.keys())
    if len(shared) < 2:
        return 0.0
    same = 0
    for before, after in pairwise(shared):
        step = pitches[one[after]] - pitches[one[before]]
        theirs = others[other[after]] - others[other[before]]
        same += abs(step - theirs) <= 2 and (step > 0) == (theirs > 0) and (step < 0) == (theirs < 0)
    return same / max(len(one) - 1, len(other) - 1)
