"""One answer being drawn: what pulls at its notes, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from engine.drawing.bar_lines import bar_lines
from engine.drawing.cadence import closing_bias
from engine.drawing.call_memory import call_memory, motif_share, rhythm_share
from engine.drawing.cycles import cycle_bias
from engine.drawing.ending import Candidate, Choice, Ending, Wish
from engine.drawing.last_note import silent_beats
from engine.drawing.lengths import EPS_BEATS, Lengths
from engine.drawing.loop_guard import loop_bias
from engine.drawing.pitch_bias import pitch_bias
from engine.drawing.sampler import Pull
from engine.drawing.seeds import breath_seed, points_of
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Metre, Note

ANYTHING = Wish(1, float("inf"), 0.0, float("inf"), False)
MOST_CALL_NOTES = 128
"""A call without end is leant on and remembered by its latest notes."""


class Continuation:
    """Follow one answer from a request to its end.

    before: the notes it stands behind; drawn: those of it that stand already. endless: no note is the last.
    seed: makes each note a function of what stands before it, the sampling, the seed and its place. metre: as it
    stands where the answer, or the rest before it, begins; None while unknown.
    """

    def __init__(
        self,
        sampling: Sampling,
        goal: Goal,
        before: Sequence[Note],
        drawn: Sequence[Note],
        sounding: Sounding,
        *,
        seed: int | None = None,
        endless: bool = False,
        metre: Metre | None = None,
    ) -> None:
        self.sampling, self.sounding, self.seed = sampling, sounding, seed
        self.notes = list(drawn)
        self.lead_rest_beats = goal.lead_rest_beats
        self._beats = _beats(drawn)
        self._rhythm = goal.rhythm
        call = tuple(before[-min(goal.call_notes, MOST_CALL_NOTES) :]) if goal.call_notes else ()
        table_beats = tuple(sounding.tokenizer.durations)
        self.lengths = Lengths(table_beats)
        self._share = motif_share(call, sampling.closeness)
        self._rhythm_share = rhythm_share(call, sampling.closeness)
        remembered = self._share > 0.0 or self._rhythm_share > 0.0
        self._memory = call_memory(call, table_beats) if remembered else None
        self._goal, self._call_beats = goal, [note.duration_beats for note in call]
        self._pulse_beats = metre.pulse_beats if metre is not None and metre.pulse_beats > 0.0 else 1.0
        self._bars = bar_lines(metre, drawn[0].rest_beats if drawn else goal.lead_rest_beats, call)
        self._ending = None if endless else self._ending_of(seed)
        pitches, (low, high) = [note.pitch for note in call], sampling.range
        self._closing = closing_bias(sampling.key, call)
        by_pitch = pitch_bias(
            sampling.key, sampling.key_lock, pitches, low=low, high=high, available=sounding.reach
        )
        self._bias = sounding.by_token(by_pitch, specials=-np.inf)

    def fork(self, seed: int) -> Continuation:
        """Return the answer as it stands, to be drawn on with another seed."""
        other = copy(self)
        other.seed, other.notes = seed, list(self.notes)
        if self._ending is not None:
            other._ending = other._ending_of(seed)
        return other

    def _ending_of(self, seed: int | None) -> Ending:
        """Return the ending of the answer with this seed, which decides where in its last bar it falls silent."""
        goal, call_beats, end_beats = self._goal, self._call_beats, None
        if goal.exact and goal.length_beats and goal.breath_beats is not None and call_beats:
            to_bars_end_beats = call_beats[-1] + goal.breath_beats
            point = 0.0 if seed is None else next(points_of(breath_seed(seed)))
            silent = silent_beats(goal.breath_beats, to_bars_end_beats, point)
            silent = min(silent, goal.length_beats / 4)
            if self._beats > goal.length_beats - silent - EPS_BEATS:  # what stands was drawn to sound for longer
                silent = 0.0
            goal = replace(goal, length_beats=goal.length_beats - silent)
            end_beats = to_bars_end_beats - silent
        return Ending(
            goal,
            self.sampling.key,
            call_beats,
            lengths=self.lengths,
            end_beats=end_beats,
            pulse_beats=self._pulse_beats,
            bars=self._bars,
        )

    def wish(self, chance: Callable[[], float]) -> Wish:
        """Return what may be drawn next; chance: gives numbers, 0..1, where that is to be decided."""
        return self._ending.wish(self._beats, len(self.notes), chance) if self._ending else ANYTHING

    def judge(self, candidates: Sequence[Candidate]) -> Choice:
        """Return which of the candidates to take, and whether the answer ends with it."""
        if self._ending is None:
            return Choice(0, candidates[0].note, False)
        return self._ending.judge(self._beats, len(self.notes), candidates)

    def add(self, note: Note) -> None:
        """Enter the note that was taken."""
        self._beats += note.duration_beats + (note.rest_beats if self.notes else 0.0)
        self.notes.append(note)

    def pull_on_pitch(self, wish: Wish, recent_pitches: Sequence[int]) -> Pull:
        """Return what pulls at the next note's token; specials are never drawn."""
        bias = self._bias
        guard = loop_bias(recent_pitches, self.sampling.loop_guard)
        closing = self._closing if wish.closing else None
        cycle = cycle_bias(recent_pitches, self.sampling.loop_guard) if self._ending is None else None
        for extra in (guard, cycle, closing):
            if extra is not None:
                bias = bias + self.sounding.by_token(extra)
        if self._memory is None or self._share <= 0.0:
            return Pull(bias)
        return Pull(bias, self.sounding.by_token(self._memory.pitches(self.notes)), self._share)

    def pull_on_rest(self, wish: Wish, longest_beats: float) -> Pull:
        """Return what pulls at the length of a rest before the next note."""
        return Pull(self.lengths.bias(0.0, longest_beats, wish.left_beats, wish.least_left_beats))

    def pull_on_duration(self, wish: Wish, rest_beats: float, pitch: int) -> Pull:
        """Return what pulls at the length of the next note, of this pitch and behind this rest."""
        before = rest_beats if self.notes else 0.0
        left = None if wish.left_beats is None else wish.left_beats - before
        bias = self.lengths.bias(wish.shortest_beats, wish.longest_beats - before, left, wish.least_left_beats)
        if self._bars is not None:
            bias = bias + self._bars.lean(self._beats + before, self.lengths.beats)
        if self._memory is None:
            return Pull(bias)
        return Pull(bias, self._memory.durations(pitch, self.notes), self._rhythm_share)

    def borrowed_rhythm(self, wish: Wish) -> tuple[float, float]:
        """Return duration and rest of the next note from the call's own rhythm, for pitch-only checkpoints."""
        rhythm, index = self._rhythm, len(self.notes)
        beats, rest_beats = rhythm[index % len(rhythm)] if rhythm else (1.0, 0.0)
        rest_beats = min(rest_beats, wish.longest_rest_beats) if index else self.lead_rest_beats
        room = wish.longest_beats - (rest_beats if index else 0.0)
        return (min(beats, room) if room > EPS_BEATS else beats), rest_beats


def _beats(notes: Sequence[Note]) -> float:
    """Return how long an answer is, in beats; the rest before its first note is not counted."""
    return sum(note.rest_beats + note.duration_beats for note in notes) - (notes[0].rest_beats if notes else 0.0)
