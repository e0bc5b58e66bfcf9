"""One draft: a whole answer being drawn, among others, from the same context. No model, no torch."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

from engine.context import NOTE_STEPS
from engine.decoding.seam import Branch
from engine.drawing.continuation import Continuation
from engine.drawing.ending import Candidate
from engine.drawing.next_note import RECENT_NOTES, Ask, Asks, Found, Steps, Weigh, candidates
from engine.drawing.row import Row
from engine.drawing.seeds import note_seed, points_of
from engine.notes import Note
from engine.tracker import Tracker


class Place(NamedTuple):
    """Hold what was read at the end of a branch: log probabilities of the next token, P(phrase end) or None."""

    branch: Branch
    logits: Row
    phrase_end: float | None


class Draft:
    """Draw one answer to its end: `asks`, or `weigh`, say what it wants to know, `reply` goes on with it.

    Replies to asks are log probabilities, summing to 1, so that the model's own of the answer can be told.

    answer: is drawn on, with a seed; tracker: stands behind the context, and is the draft's own; recent_pitches:
    those of the context; root: the context's end; notes, steps: the most that are drawn.
    ends_told: whether the model knows phrase ends; then every candidate is read before one is taken.
    """

    def __init__(
        self,
        answer: Continuation,
        tracker: Tracker,
        recent_pitches: Sequence[int],
        root: Place,
        *,
        notes: int,
        steps: int,
        ends_told: bool,
    ) -> None:
        assert answer.seed is not None
        self.drawn: list[Note] = []
        self.phrase_ends: list[float | None] = []
        self.complete = False
        self.log_probability = 0.0
        self.answer = answer
        self._tracker, self._base_steps = tracker, len(tracker)
        self._ahead: Steps = ()
        self._pitches = list(recent_pitches)
        self._seed, self._most, self._room, self._ends_told = answer.seed, notes, steps, ends_told
        self._places: dict[Steps, Place] = {(): root}
        self._durations: dict[Ask, Row] = {}
        self.asks: list[Ask] = []
        self.weigh: Weigh | None = None
        self._going = self._draw()
        self._want(next(self._going, []))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the whole answer, with what stood of it before."""
        return tuple(self.answer.notes)

    def branch(self, steps: Steps) -> Branch:
        """Return the branch that ends with these steps behind the last note, all of them read."""
        return self._places[steps].branch

    def row(self, steps: Steps) -> list[int]:
        """Return the columns of the last of these steps, the others being read."""
        self._follow(steps[:-1])
        self._ahead = steps
        return self._tracker.append(steps[-1])

    def _follow(self, steps: Steps) -> None:
        """Have the tracker stand behind these steps."""
        same = 0
        while same < min(len(self._ahead), len(steps)) and self._ahead[same] == steps[same]:
            same += 1
        self._tracker.rewind(self._base_steps + same)
        for step in steps[same:]:
            self._tracker.enter(step)
        self._ahead = steps

    def read(self, steps: Steps, place: Place) -> None:
        """Enter what was read of these steps behind the last note."""
        self._places[steps] = place

    def reply(self, rows: Sequence[Row]) -> None:
        """Go on, given what was asked for; when it wants nothing, the draft is over."""
        if self.asks and self.asks[0].token is not None:
            self._durations.update(zip(self.asks, rows, strict=True))
        try:
            self._want(self._going.send(rows))
        except StopIteration:
            self._want([])

    def _want(self, asks: Asks) -> None:
        self.asks, self.weigh = ([], asks) if isinstance(asks, Weigh) else (asks, None)

    @property
    def wants(self) -> int:
        """Return how many rows it wants; 0 when it is over."""
        return len(self.asks) if self.weigh is None else len(self.weigh.logits)

    def _draw(self) -> Generator[Asks, Sequence[Row], None]:
        while len(self.drawn) < self._most and len(self._places[()].branch) + NOTE_STEPS <= self._room:
            chance = points_of(note_seed(self._seed, len(self.answer.notes))).__next__
            wish = self.answer.wish(chance)
            recent = self._pitches[-RECENT_NOTES:]
            found = yield from candidates(self.answer, wish, recent, self._places[()].logits, chance)
            if self._ends_told:
                yield [Ask(steps) for steps in dict.fromkeys(each.steps for each in found)]
            choice = self.answer.judge([Candidate(each.note, self._end_of(each)) for each in found])
            taken = found[choice.index]
            if not self._ends_told and not choice.last:
                yield [Ask(taken.steps)]
            self._take(taken.steps, choice.note, choice.last)
            if choice.last:
                return

    def _end_of(self, found: Found) -> float | None:
        return self._places[found.steps].phrase_end if self._ends_told else None

    def _take(self, steps: Steps, note: Note, last: bool) -> None:
        """Enter the note that was taken; what follows is asked for behind it."""
        lead = len(steps) - 1 if not self.answer.notes else 0
        self.log_probability += sum(self._nats(steps[:place], *steps[place]) for place in range(lead, len(steps)))
        self.answer.add(note)
        self.drawn.append(note)
        self._pitches.append(note.pitch)
        self.complete = last
        if last and not self._ends_told:
            self.phrase_ends.append(None)
            return
        place = self._places[steps]
        self.phrase_ends.append(place.phrase_end)
        self._follow(steps)
        self._base_steps, self._ahead = len(self._tracker), ()
        self._places = {(): place}
        self._durations.clear()

    def _nats(self, before: Steps, token: int, duration: int) -> float:
        """Return the model's own log probability of a step, in nats."""
        nats = float(self._places[before].logits[token])
        lengths = self._durations.get(Ask(before, token))
        return nats if lengths is None else nats + float(lengths[duration])
