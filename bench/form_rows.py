"""The rows of the table of forms: what is looked at in an answer, or in how a song really goes on. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from bridge.controls import SCALES
from bridge.hearing.key import KeyEstimate
from engine.notes import Note
from engine.planning.pair import Line, Pair
from engine.planning.rules import bars, call, end, filling, form, line
from engine.tokenizer import TICKS_PER_BEAT

Notes = Sequence[Note]
LONG_RUN = 12
"""Intervals in a row that are nobody's by chance."""


@dataclass(frozen=True)
class Answer:
    """Hold an answer (or the real continuation) as it is judged: in the written bars, in the tune's key."""

    call: Notes
    notes: Notes
    pair: Pair
    key: KeyEstimate

    @cached_property
    def degree(self) -> int:
        """Return its last note's semitones above the tonic."""
        return (self.notes[-1].pitch - self.key.tonic) % 12


def _share_on_shifted(line: Line) -> float:
    """Return the share of bar lines with an onset, were the melody begun later by each of a bar's eighths."""
    eighth, onsets = TICKS_PER_BEAT // 2, set(line.onsets)
    shares = [
        sum(place - shift in onsets for place in line.bar_lines) / len(line.bar_lines)
        for shift in range(eighth, line.bar, eighth)
        if line.bar_lines
    ]
    return sum(shares) / len(shares) if shares else math.nan


def _on_downbeats(line: Line) -> float:
    return sum(onset % line.bar == 0 for onset in line.onsets) / len(line.onsets)


def _repeats_call(answer: Answer) -> float:
    return float(tune(answer.notes) == tune(answer.call))


def _first_bar_of_call(answer: Answer) -> float:
    """Say whether its first bar is the call's, note for note."""
    first, theirs = (
        [(o - line.start, p, d) for o, p, d in zip(line.onsets, line.pitches, line.durations, strict=True)]
        for line in (answer.pair.line, answer.pair.call.line)
    )
    bar = answer.pair.line.segment
    return float([note for note in first if note[0] < bar] == [note for note in theirs if note[0] < bar])


def _long_run_of_call(answer: Answer) -> float:
    """Say whether so many intervals in a row are the call's; NaN where one of the two has not so many."""
    ours, theirs = (
        {tuple(steps[begin : begin + LONG_RUN]) for begin in range(len(steps) - LONG_RUN + 1)}
        for steps in ([b.pitch - a.pitch for a, b in pairwise(notes)] for notes in (answer.notes, answer.call))
    )
    return float(not ours.isdisjoint(theirs)) if ours and theirs else math.nan


def _closes(call_closes: bool) -> Callable[[Answer], float]:
    """Return the rule: it ends on the tonic; NaN where the call does, or does not, unlike `call_closes`."""

    def rule(answer: Answer) -> float:
        home = answer.key.tonic
        if (answer.call[-1].pitch % 12 == home) != call_closes:
            return math.nan
        return float(answer.notes[-1].pitch % 12 == home)

    return rule


def tune(notes: Notes) -> list[tuple[int, float]]:
    return [(note.pitch, note.duration_beats) for note in notes]


def _in_triad(answer: Answer) -> float:
    third = 3 if 3 in SCALES[answer.key.scale] and 4 not in SCALES[answer.key.scale] else 4
    return float(answer.degree in (0, third, 7))


ROWS: dict[str, Callable[[Answer], float]] = {
    "fills whole bars": lambda one: bars.fills_bars(one.pair),
    "as many bars as the call": lambda one: bars.bars_of_call(one.pair),
    "upbeat kept": lambda one: bars.upbeat_kept(one.pair),
    "notes that begin on a downbeat": lambda one: _on_downbeats(one.pair.line),
    "bar lines with an onset": lambda one: bars.on_bar_lines(one.pair),
    "the same, shifted by eighths": lambda one: _share_on_shifted(one.pair.line),
    "bar lines sounded over": lambda one: bars.over_bar_lines(one.pair),
    "rhythm: a bar like the one before": lambda one: form.rhythm_goes_on(one.pair),
    "rhythm: a bar like one before": lambda one: form.rhythm_returns(one.pair),
    "contour: a bar like one before": lambda one: form.contour_returns(one.pair),
    "rhythm: halves alike": lambda one: form.halves_rhyme(one.pair),
    "contour: halves alike": lambda one: form.halves_sing_alike(one.pair),
    "rhythm: bars like the call's": lambda one: call.cells_of_call(one.pair),
    "final on the tonic": lambda one: float(one.degree == 0),
    "final on the tonic, the call's not": _closes(False),
    "final on the tonic, the call's too": _closes(True),
    "final in the triad": _in_triad,
    "final on the call's last degree": lambda one: float((one.notes[-1].pitch - one.call[-1].pitch) % 12 == 0),
    "final length, octaves over usual": lambda one: end.final_length(one.pair),
    "final length, octaves from the call's": lambda one: end.final_length_of_call(one.pair),
    "leaps": lambda one: line.leaps(one.pair),
    "see-saws": lambda one: line.seesaws(one.pair),
    "notes on one pitch, longest run": lambda one: line.hammered(one.pair),
    "repeated notes, beside the call's": lambda one: line.repeated_notes(one.pair),
    "rests inside": lambda one: filling.rests(one.pair),
    "times the peak is reached": lambda one: line.peaks(one.pair),
    "motifs of the call": lambda one: call.motifs_of_call(one.pair),
    "rhythms of the call": lambda one: call.rhythms_of_call(one.pair),
    "notes as in the call, in place": lambda one: call.copied(one.pair),
    "repeats the call exactly": _repeats_call,
    "first bar as the call's": _first_bar_of_call,
    "twelve intervals of the call in a row": _long_run_of_call,
    "density, octaves over the call's": lambda one: filling.density(one.pair),
    "density, octaves from the call's": lambda one: filling.unlike_density(one.pair),
}
"""What the table shows: a name, and the rule on an answer."""
