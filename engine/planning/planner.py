"""Plan an answer: draw many whole drafts in one batch, judge them, and choose one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.context import Context
from engine.decoding.seam import Branches, Playable
from engine.drawing.continuation import Continuation
from engine.drawing.row import Row, Rows
from engine.drawing.sampler import distributions
from engine.drawing.seeds import draft_seed
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Note
from engine.planning.choosing import Judge, Likelihood, choose
from engine.planning.closing import closing_leans
from engine.planning.draft import Draft, Place
from engine.planning.energy import energy_leans
from engine.planning.style_lean import StyleLean
from engine.planning.vetoes import is_copy, is_echo, is_hammered, is_heard

ROUNDS = 3
"""Batches that are drawn at most, while every draft was heard before."""
ROOM_STEPS = 64
"""Less room than this behind the context is made more before a plan, where the model's context is long enough."""

Figures = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Say what is asked of a plan.

    seed: of the answer; drafts: how many to draw; notes: the most that each of them grows by; heard: figures of
    the answers heard so far.
    """

    sampling: Sampling
    goal: Goal
    seed: int
    drafts: int
    notes: int
    heard: Figures = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what comes next of the answer that was chosen.

    phrase_ends: P(it ends a phrase) of each note, or None; complete: the answer ends with the last of them;
    log_probability: the model's own, of these notes, in nats; draft: the number of the one that was chosen;
    behind: how many notes of the answer stood when it was made.
    """

    notes: tuple[Note, ...]
    phrase_ends: tuple[float | None, ...]
    complete: bool
    log_probability: float = 0.0
    draft: int = 0
    behind: int = 0


class Planner:
    """Plan answers on what a context holds, and leave it as it is."""

    def __init__(self, checkpoint: Playable, judge: Judge | None = None) -> None:
        self._tokenizer = checkpoint.tokenizer
        self._ends_told = checkpoint.config.phrase_end
        self._judge: Judge = judge or Likelihood()
        self._style_lean = StyleLean(checkpoint)
        self._last: tuple[object, tuple[Note, ...], Plan] | None = None

    def plan(self, context: Context, asked: Asked, superseded: Callable[[], bool] = lambda: False) -> Plan | None:
        """Return the rest of the answer that is chosen; None as soon as `superseded` says that nobody wants it.

        The same context, asked the same, gives the same plan on a device; asked again from a later note of it,
        the rest of that plan.
        """
        context.make_room(min(ROOM_STEPS, context.capacity // 4))
        notes = tuple(context.notes)
        begin = _begin(context, asked)
        lead_beats = notes[begin].rest_beats if begin < len(notes) else asked.goal.lead_rest_beats
        whole_goal = replace(asked.goal, drawn_notes=0, lead_rest_beats=lead_beats)
        key = (notes[:begin], context.conditions, replace(asked, goal=whole_goal))
        rest = self._rest_of_last(key, notes[begin:])
        if rest is not None:
            return rest
        drafts = self.drafts(context, asked, superseded)
        if drafts is None:
            return None
        call_begin = max(0, begin - asked.goal.call_notes)
        call, metre = notes[call_begin:begin], context.metre_at(call_begin)
        pool = _best_kept(drafts, notes[:call_begin], call, asked)
        kept = [drafts[number] for number in pool]
        told = [draft.log_probability for draft in kept]
        scores = self._judge.scores(call, [draft.notes for draft in kept], metre, told)
        styles = self._style_lean.of(context, kept, lead=begin == len(notes))
        ended = [draft.notes if draft.complete else () for draft in kept]
        closings = closing_leans(asked.sampling.key, call, ended)
        energies = energy_leans(call, [draft.notes for draft in kept])
        leans = [sum(each) for each in zip(energies, closings, styles, strict=True)]
        number = pool[choose(scores, asked.seed, leans=leans)]
        draft = drafts[number]
        drawn, ends, behind = tuple(draft.drawn), tuple(draft.phrase_ends), len(notes) - begin
        plan = Plan(drawn, ends, draft.complete, draft.log_probability, number, behind)
        self._last = (key, notes[begin:], plan)
        return plan

    def _rest_of_last(self, key: object, drawn: tuple[Note, ...]) -> Plan | None:
        """Return what follows of the last plan when the same is asked from a later note of it."""
        if self._last is None or self._last[0] != key:
            return None
        _, before, plan = self._last
        whole, done = (*before, *plan.notes), len(drawn) - len(before)
        if not 0 <= done < len(plan.notes) or drawn != whole[: len(drawn)]:
            return None
        return replace(plan, notes=plan.notes[done:], phrase_ends=plan.phrase_ends[done:])

    def drafts(
        self, context: Context, asked: Asked, superseded: Callable[[], bool] = lambda: False
    ) -> list[Draft] | None:
        """Return drafts, more than were asked for when all of those were heard before; None when superseded."""
        begin = _begin(context, asked)
        drafts: list[Draft] = []
        for _ in range(ROUNDS):
            branches = context.reading.branches()
            batch = self._begun(context, asked, begin, len(drafts), branches)
            if not self._draw(batch, asked.sampling, branches, superseded):
                return None
            drafts += batch
            if not all(is_heard(draft.notes, asked.heard) for draft in batch):
                break
        return drafts

    def _begun(self, context: Context, asked: Asked, begin: int, first: int, branches: Branches) -> list[Draft]:
        reading = context.reading
        root = Place((), _log_probabilities(branches.token_logits([()]))[0], None)
        sounding = Sounding(self._tokenizer, context.octaves)
        notes = context.notes
        metre = context.metre_at(begin)
        answer = Continuation(asked.sampling, asked.goal, notes[:begin], notes[begin:], sounding, metre=metre)
        pitches = [note.pitch for note in notes]
        return [
            Draft(
                answer.fork(draft_seed(asked.seed, number)),
                reading.tracker(),
                pitches,
                root,
                notes=asked.notes,
                steps=context.capacity - reading.length,
                ends_told=self._ends_told,
            )
            for number in range(first, first + asked.drafts)
        ]

    def _draw(
        self, drafts: list[Draft], sampling: Sampling, branches: Branches, superseded: Callable[[], bool]
    ) -> bool:
        """Draw all drafts to their ends; False when superseded between two steps."""
        while going := [draft for draft in drafts if draft.wants]:
            if any(draft.weigh for draft in going):
                _weigh(going, sampling)
            elif want_durations := [draft for draft in going if draft.asks[0].token is not None]:
                _reply_durations(want_durations, branches)
            elif superseded():
                return False
            else:
                self._reply_tokens(going, branches)
        return True

    def _reply_tokens(self, drafts: list[Draft], branches: Branches) -> None:
        asks = [(draft, ask.steps) for draft in drafts for ask in draft.asks]
        behind = [draft.branch(steps[:-1]) for draft, steps in asks]
        grown = branches.grow(behind, [draft.row(steps) for draft, steps in asks])
        logits = _log_probabilities(branches.token_logits(grown))
        ends = branches.phrase_ends(grown).tolist() if self._ends_told else [None] * len(grown)
        for (draft, steps), branch, row, end in zip(asks, grown, logits, ends, strict=True):
            draft.read(steps, Place(branch, row, end))
        _hand_out(drafts, logits)


def _weigh(drafts: list[Draft], sampling: Sampling) -> None:
    """Reply to the drafts that have something to weigh of the size that the first of them has."""
    wanted = [(draft, draft.weigh) for draft in drafts if draft.weigh is not None]
    size = wanted[0][1].logits[0].size
    of_size = [(draft, weigh) for draft, weigh in wanted if weigh.logits[0].size == size]
    logits = [row for _, weigh in of_size for row in weigh.logits]
    pulls = [pull for _, weigh in of_size for pull in weigh.pulls]
    _hand_out([draft for draft, _ in of_size], distributions(logits, sampling, pulls))


def _reply_durations(drafts: list[Draft], branches: Branches) -> None:
    asks = [(draft, ask.steps, ask.token) for draft in drafts for ask in draft.asks if ask.token is not None]
    behind = [draft.branch(steps) for draft, steps, _ in asks]
    _hand_out(drafts, _log_probabilities(branches.duration_logits(behind, [token for _, _, token in asks])))


def _begin(context: Context, asked: Asked) -> int:
    """Return how many notes of the context stand before the answer."""
    return len(context.notes) - min(asked.goal.drawn_notes, len(context.notes))


def _log_probabilities(logits: Rows) -> list[Row]:
    """Return log probabilities, each row summing to 1, for logits, (B, V)."""
    above = logits - logits.max(axis=1, keepdims=True)
    return list(above - np.log(np.exp(above).sum(axis=1, keepdims=True)))


def _hand_out(drafts: Iterable[Draft], rows: list[Row]) -> None:
    begin = 0
    for draft in drafts:
        end = begin + draft.wants
        draft.reply(rows[begin:end])
        begin = end


def _best_kept(drafts: list[Draft], before: Sequence[Note], call: Sequence[Note], asked: Asked) -> list[int]:
    """Return the numbers of the drafts that may be chosen: the most that can be asked of them is.

    Whether a call comes back in its answer is the judge's to weigh, for songs repeat theirs too. One that was
    played before, and that the model knows by then, does not come back, unless closeness asks for it.
    """
    near = asked.sampling.closeness > 0.0
    copies = near or not is_copy(call, before)
    new = [number for number, draft in enumerate(drafts) if not is_heard(draft.notes, asked.heard)]
    ended = [number for number in new if drafts[number].complete]
    wanted = [
        number
        for number in ended
        if not is_hammered(call, drafts[number].notes)
        and (near or not is_echo(call, drafts[number].notes))
        and (copies or not is_copy(call, drafts[number].notes))
    ]
    return wanted or ended or new or list(range(len(drafts)))
