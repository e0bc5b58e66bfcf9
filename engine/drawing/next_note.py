"""Draw candidates for an answer's next note: its rest, its pitch, its duration."""

from __future__ import annotations

from dataclasses import replace

import torch

from engine.drawing.continuation import Continuation
from engine.drawing.ending import Wish
from engine.drawing.row import Row
from engine.drawing.sampler import Pull, as_row, draw, probabilities
from engine.notes import Note
from engine.octaves import into_range
from engine.reading import ModelReading
from engine.tokenizer import Step


class NextNote:
    """Draw one candidate after another, all behind what the reading holds when this is made.

    recent_pitches: those last heard, for the loop guard. Steps that a candidate's own draws have to see are read;
    the reading is left there.
    """

    def __init__(
        self,
        reading: ModelReading,
        answer: Continuation,
        wish: Wish,
        recent_pitches: list[int],
        generator: torch.Generator,
    ) -> None:
        self.base = reading.length
        self._reading, self._answer, self._wish, self._generator = reading, answer, wish, generator
        self._first = as_row(reading.token_logits(self.base))
        self._pull = answer.pull_on_pitch(wish, recent_pitches)

    def candidate(self) -> tuple[list[Step], Note]:
        """Return a note and the steps that stand for it: a rest or none, then a pitch, then how long."""
        answer, wish, durations = self._answer, self._wish, self._answer.lengths.beats
        if not durations.size:
            token = self._drawn(self._first, self._pull)
            beats, rest_beats = answer.borrowed_rhythm(wish)
            return [Step(token)], Note(self._pitch(token), beats, rest_beats)
        drawn, steps, rest_beats = self._rest_or_token() if answer.notes else self._lead_rest()
        token = self._drawn(self._after(steps), self._pull) if drawn is None else drawn
        pull = answer.pull_on_duration(wish, rest_beats, self._pitch(token))
        duration = self._duration(len(steps), token, pull)
        return [*steps, Step(token, duration)], Note(self._pitch(token), float(durations[duration]), rest_beats)

    def _lead_rest(self) -> tuple[None, list[Step], float]:
        """Return the rest before the answer, which is given and not drawn, in the form of `_rest_or_token`."""
        rest_beats = self._answer.lead_rest_beats
        return None, self._answer.sounding.tokenizer.encode([Note(0, 1.0, rest_beats)])[:-1], rest_beats

    def _rest_or_token(self) -> tuple[int | None, list[Step], float]:
        """Return the token that was drawn in place of a rest, else None, the rest's step and its beats."""
        answer, wish, durations = self._answer, self._wish, self._answer.lengths.beats
        rest = answer.sounding.tokenizer.rest
        room = min(wish.longest_rest_beats, wish.longest_beats - float(durations[0]))
        if rest is None or room < durations[0]:
            return None, [], 0.0
        with_rest = self._pull.bias.copy()
        with_rest[rest] = 0.0
        token = self._drawn(self._first, replace(self._pull, bias=with_rest))
        if token != rest:
            return token, [], 0.0
        duration = self._duration(0, rest, answer.pull_on_rest(wish, room))
        return None, [Step(rest, duration)], float(durations[duration])

    def _after(self, steps: list[Step]) -> Row:
        """Return the logits of what follows these steps."""
        if not steps:
            return self._first
        self._reading.put(self.base, steps)
        return as_row(self._reading.token_logits(self.base + len(steps)))

    def _duration(self, steps: int, token: int, pull: Pull) -> int:
        """Draw the index of the duration of `token`, so many steps behind the base."""
        return self._drawn(as_row(self._reading.duration_logits(self.base + steps, token)), pull)

    def _drawn(self, logits: Row, pull: Pull) -> int:
        return draw(probabilities(logits, self._answer.sampling, pull), self._generator)

    def _pitch(self, token: int) -> int:
        return into_range(int(self._answer.sounding.pitches[token]), *self._answer.sampling.range)
