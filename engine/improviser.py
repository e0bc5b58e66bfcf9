"""The player inside: listens to notes, says how likely a phrase has ended, plans an answer or draws it by notes.

Nothing here knows ports or wall-clock time. All calls belong in one thread.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine import companions
from engine.bar_finder import READINGS, BarFinder
from engine.checkpoint_folder import is_compact
from engine.context import Context
from engine.decoding.seam import Playable
from engine.drawing.continuation import Continuation
from engine.drawing.ending import Candidate
from engine.drawing.next_note import RECENT_NOTES, Ask, candidates, settled
from engine.drawing.row import Row
from engine.drawing.seeds import Points, note_seed
from engine.drawing.sounding import Sounding
from engine.messages import BarEvidence, FoundBars, Goal, Sampling
from engine.metre_by_model import against, can_weigh, end_odds
from engine.notes import Metre, Note
from engine.planning.pace import MOST_WEIGHING_MS, USUAL_NOTES, affordable_drafts
from engine.planning.planner import Asked, Plan, Planner
from engine.styles import ANY, Style
from engine.tokenizer import Step


@dataclass(frozen=True, slots=True)
class DrawnNote:
    """Hold a drawn note, P(it ends a phrase) or None, and whether the answer ends with it."""

    note: Note
    phrase_end: float | None
    last: bool


class Improviser:
    """Follow a transcript with the model and continue it.

    checkpoint: as `engine.checkpoint.load` gives it, or any other that can be played; seed: of all draws that are
    not given one of their own (None: another one each time). The same context, parameters and seed draw the same
    notes on a device.
    """

    def __init__(self, checkpoint: Playable, seed: int | None = None) -> None:
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.context = Context(checkpoint)
        self._bar_finder = BarFinder(companions.metre_net(checkpoint.path))
        self._weighs = can_weigh(checkpoint)
        # Read at once: a critic that is broken is told at the start, not by the first answer.
        judge = companions.critic(checkpoint.path) if self.tokenizer.n_durations else None
        self._planner = Planner(checkpoint, judge)
        self._points = Points(secrets.randbits(63) if seed is None else seed)
        self._continuation = self._begun(Sampling(), Goal(), None, endless=True)

    def warm_up(self, notes: int = 16, clock: Callable[[], float] = time.perf_counter) -> float:
        """Decode notes and throw them away; return the median time a note took by a clock of seconds, in ms."""
        points, self._points = self._points, Points(0)
        self.sync(0, [Note(60 + i % 5, 0.5) for i in range(notes)])
        self.begin(Sampling(), endless=True)
        times_ms = []
        for _ in range(notes):
            begin = clock()
            self.draw()
            times_ms.append((clock() - begin) * 1e3)
        self.context.reset()
        self._points = points
        return sorted(times_ms)[notes // 2]

    def affordable_drafts(self, before: int | None = None) -> int:
        """Return how many drafts of an answer this machine can draw in time; before: at its last start.

        The bars are weighed before a plan, so a plan has so much less time; where weighing takes too long, as by
        models that are not compact, it is not done at all.
        """
        notes = [Note(60 + i % 5, 0.5) for i in range(2 * USUAL_NOTES)]
        goal = Goal(length_beats=USUAL_NOTES / 2, call_notes=USUAL_NOTES)
        metres = [Metre(4.0, float(place % 4), 1.0) for place in range(READINGS)]
        # On a CPU a compact model computes in this thread alone, whose own time it is measured by: whatever else
        # the machine does now, it comes to the same number. Larger ones are too slow for drafts by any clock.
        alone = self.checkpoint.device_name == "cpu" and is_compact(self.checkpoint.config)
        clock = time.thread_time if alone else time.perf_counter

        def weigh() -> None:
            self._end_odds(notes[-USUAL_NOTES:])
            self._against(notes[-USUAL_NOTES:], metres)

        def weighing_ms() -> float:
            return min(_took_ms(weigh, clock) for _ in range(3))

        def plan_ms(drafts: int) -> float:
            return min(
                _took_ms(lambda: self.plan(Asked(Sampling(), goal, seed, drafts, USUAL_NOTES)), clock)  # noqa: B023
                for seed in range(3)
            )

        note_ms = self.warm_up(clock=clock)
        self.sync(0, notes)
        try:
            first_ms = weighing_ms() if self._weighs and note_ms <= MOST_WEIGHING_MS else math.inf
            self._weighs = first_ms <= MOST_WEIGHING_MS
            first_ms = first_ms if self._weighs else 0.0
            return affordable_drafts(note_ms, lambda drafts: first_ms + plan_ms(drafts), before)
        finally:
            self.reset()

    def plan(self, asked: Asked, superseded: Callable[[], bool] = lambda: False) -> Plan | None:
        """Return what comes next of the best kept of many whole answers, without entering it into the context.

        None as soon as `superseded`, asked between the steps, says that nobody wants it any more.
        """
        return self._planner.plan(self.context, asked, superseded)

    def enter(self, plan: Plan) -> None:
        """Read the notes of a plan into the context."""
        self.context.extend(plan.notes)

    def sync(self, keep: int, notes: Sequence[Note] = (), metre: Metre | None = None, style: Style = ANY) -> int:
        """Keep the first `keep` notes of the context, add `notes`; return how many notes it now holds.

        Raises ContextMismatchError when it holds fewer than `keep`.
        """
        self.context.sync(keep, notes, metre, style)
        return len(self.context.notes)

    def read_again(self, first: int) -> None:
        """Have the model read the context from this note on."""
        self.context.read_again(first)

    def phrase_end(self) -> float | None:
        """Return P(the last note of the context ends a phrase); None without notes or without such a head."""
        return self.context.reading.phrase_end() if self.context.notes else None

    def bars(self, goal: Goal, evidence: BarEvidence, *, over: bool, weighed: bool = False) -> FoundBars | None:
        """Return where the bars of the call lie; None without a call. over: the call is taken to have ended.

        weighed: readings in doubt are weighed by the model first, if it is quick enough.
        """
        return self._bar_finder.find(
            self.context.notes,
            goal.drawn_notes,
            goal.call_notes,
            evidence,
            over=over,
            against=self._against if weighed and self._weighs else None,
            end_odds=self._end_odds,
        )

    def _against(self, call: Sequence[Note], metres: Sequence[Metre]) -> list[float]:
        """Return what the model has against each metre of a call that is over, in nats."""
        notes = [self.context.as_read(note) for note in call]
        return against(self.checkpoint, notes, metres, self.context.conditions.style)

    def _end_odds(self, call: Sequence[Note]) -> list[float]:
        """Return of each note of a call the log odds that a phrase ends with it, whatever the bars."""
        return end_odds(self.checkpoint, [self.context.as_read(n) for n in call], self.context.conditions.style)

    def reset(self) -> None:
        """Forget every note."""
        self.context.reset()

    def begin(
        self, sampling: Sampling, goal: Goal | None = None, seed: int | None = None, *, endless: bool = False
    ) -> None:
        """Set what the next draws follow. endless: the goal's length is not heeded, no note is the last.

        seed: makes each note a function of context, parameters, seed and its place in the answer, whatever
        the requests were that asked for it.
        """
        self._continuation = self._begun(sampling, goal or Goal(), seed, endless)

    def draw(self) -> DrawnNote:
        """Draw the next note and enter it into the context."""
        self.context.make_room()
        answer, reading = self._continuation, self.context.reading
        if answer.seed is not None:
            self._points.seed(note_seed(answer.seed, len(answer.notes)))
        wish, base = answer.wish(self._points.next), reading.length
        recent = [note.pitch for note in self.context.notes[-RECENT_NOTES:]]
        asking = candidates(answer, wish, recent, reading.token_logits(base), self._points.next)
        found = settled(asking, answer.sampling, lambda asks: [self._reply(base, ask) for ask in asks])
        judged = [Candidate(note, self._phrase_end_after(base, steps)) for steps, note in found]
        choice = answer.judge(judged)
        reading.put(base, found[choice.index].steps)
        answer.add(choice.note)
        self.context.add(choice.note)
        return DrawnNote(choice.note, judged[choice.index].phrase_end, choice.last)

    def _reply(self, base: int, ask: Ask) -> Row:
        """Return the logits asked for behind position `base`."""
        reading = self.context.reading
        if ask.steps:
            reading.put(base, ask.steps)
        place = base + len(ask.steps)
        return reading.token_logits(place) if ask.token is None else reading.duration_logits(place, ask.token)

    def _phrase_end_after(self, base: int, steps: Sequence[Step]) -> float | None:
        """Return P(a note of these steps ends a phrase) where the model can tell; it is read for that."""
        if not self.checkpoint.config.phrase_end:
            return None
        self.context.reading.put(base, steps)
        return self.context.reading.phrase_end()

    def _begun(self, sampling: Sampling, goal: Goal, seed: int | None, endless: bool) -> Continuation:
        notes, sounding = self.context.notes, Sounding(self.tokenizer, self.context.octaves)
        before = len(notes) - min(goal.drawn_notes, len(notes))
        return Continuation(
            sampling,
            goal,
            notes[:before],
            notes[before:],
            sounding,
            seed=seed,
            endless=endless,
            metre=self.context.metre_at(before),
        )


def _took_ms(act: Callable[[], object], clock: Callable[[], float]) -> float:
    begin = clock()
    act()
    return (clock() - begin) * 1e3
