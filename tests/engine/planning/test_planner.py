"""Plans: whole answers drawn in one batch are those drawn one by one, and the choice is repeatable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checkpoint import Checkpoint, load
from engine.decoding.eager import EagerBranches
from engine.decoding.seam import Branch
from engine.drawing.seeds import draft_seed
from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.metre_net import log_softmax
from engine.notes import Metre, Note, figure
from engine.planning.planner import Asked, Plan, Planner
from engine.planning.vetoes import is_copy, is_heard
from tests.goldens import CALL, G_MAJOR
from tests.tiny import tiny_checkpoint

DRAFTS = 5
RHYTHM = ((1.0, 0.0), (0.5, 0.5))


class Numbered:
    """Judge each draft by a list of scores, in turn, and write down what was judged."""

    def __init__(self, scores: Sequence[float]) -> None:
        self.told, self.seen = list(scores), list[tuple[Note, ...]]()

    def scores(
        self, call: object, candidates: Sequence[Sequence[Note]], metre: object, log_probabilities: object
    ) -> list[float]:
        """Return the next scores."""
        begin = len(self.seen)
        self.seen += [tuple(each) for each in candidates]
        return self.told[begin : len(self.seen)]


def drafts_of(improviser: Improviser, asked: Asked) -> list[tuple[Note, ...]]:
    """Return every draft of a plan, whole."""
    context = improviser.context
    planner = Planner(improviser.checkpoint)
    drafts = planner.drafts(context, replace(asked, heard=()))
    assert drafts is not None
    return [draft.notes for draft in drafts]


def singly(improviser: Improviser, asked: Asked, draft: int) -> tuple[Note, ...]:
    """Return the answer that is drawn note by note with a draft's seed; the context is left as it was."""
    held = len(improviser.context.notes)
    conditions = improviser.context.conditions
    improviser.begin(asked.sampling, asked.goal, draft_seed(asked.seed, draft))
    notes = list(improviser.context.notes[held - asked.goal.drawn_notes :])
    for _ in range(asked.notes):
        drawn = improviser.draw()
        notes.append(drawn.note)
        if drawn.last:
            break
    improviser.sync(held, (), conditions.metre, conditions.style)
    return tuple(notes)


def checked(checkpoint: Checkpoint, asked: Asked, metre: Metre | None, drawn: int) -> None:
    """Hold a batch against its drafts drawn one by one."""
    improviser = Improviser(checkpoint, 0)
    improviser.sync(0, CALL, metre)
    if drawn:
        improviser.begin(asked.sampling, asked.goal, asked.seed)
        for _ in range(drawn):
            improviser.draw()
        asked = replace(asked, goal=replace(asked.goal, drawn_notes=drawn, lead_rest_beats=0.0))
    together = drafts_of(improviser, asked)
    assert together == [singly(improviser, asked, draft) for draft in range(asked.drafts)]


@pytest.mark.parametrize("kind", ["note", "pitch", "plain"])
@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    closeness=st.sampled_from([0.0, 0.7]),
    length=st.sampled_from([1.0, 4.0, 7.0, None]),
    exact=st.booleans(),
    lead=st.sampled_from([0.0, 1.5]),
    metre=st.sampled_from([None, Metre(3.0, 1.0)]),
    drawn=st.integers(0, 2),
)
def test_drafts_of_a_batch_are_those_drawn_one_by_one(
    kind: str,
    seed: int,
    closeness: float,
    length: float | None,
    exact: bool,
    lead: float,
    metre: Metre | None,
    drawn: int,
) -> None:
    """Note for note, whatever is asked for; the first of them is the answer that is drawn without drafts."""
    sampling = Sampling(temperature=1.3, top_k=0, closeness=closeness, key=G_MAJOR)
    goal = Goal(length_beats=length, exact=exact, lead_rest_beats=lead, call_notes=len(CALL), rhythm=RHYTHM)
    checked(
        tiny_checkpoint(kind),
        Asked(sampling, goal, seed, DRAFTS, 12),
        metre,
        min(drawn, 1 if length == 1.0 else 2),
    )


@pytest.mark.parametrize("name", ["essen", "essen-pitch"])
@pytest.mark.parametrize("seed", range(4))
def test_drafts_of_the_shipped_checkpoints_are_those_drawn_one_by_one(name: str, seed: int) -> None:
    """At the defaults, with and without metre, with and without a beginning that stands already."""
    goal = Goal(length_beats=8.0, call_notes=len(CALL), rhythm=RHYTHM)
    metre = Metre(4.0, 0.0) if seed % 2 else None
    checked(load(name, "cpu"), Asked(Sampling(key=G_MAJOR), goal, seed, 8, 32), metre, seed // 2 * 2)


def planned(improviser: Improviser, asked: Asked) -> Plan:
    """Return a plan that nobody supersedes."""
    plan = improviser.plan(asked)
    assert plan is not None
    return plan


GOAL = Goal(length_beats=6.0, call_notes=len(CALL))
ASKED = Asked(Sampling(temperature=1.2, top_k=0), GOAL, 3, 6, 32)


def test_the_same_plan_however_it_was_come_by() -> None:
    """Another engine, other plans before it, notes entered and cut off again: the same answer."""
    one, other = (Improviser(tiny_checkpoint(), seed) for seed in (0, 1))
    one.sync(0, CALL)
    first = planned(one, ASKED)
    one.plan(replace(ASKED, seed=9))
    one.enter(first)
    one.sync(len(CALL))
    assert planned(one, ASKED) == first
    other.sync(0, CALL[:3])
    other.plan(replace(ASKED, seed=5, drafts=2))
    other.sync(3, CALL[3:])
    assert planned(other, ASKED).notes == first.notes
    assert first.complete


def test_an_answer_behind_another_rest_is_another_plan() -> None:
    """What was planned for one entrance is not played at another, whichever was asked for first."""
    plans = []
    for leads in ((0.0, 1.5), (1.5, 0.0)):
        improviser = Improviser(tiny_checkpoint(), 0)
        improviser.sync(0, CALL)
        for lead in leads:
            plan = planned(improviser, replace(ASKED, goal=replace(GOAL, lead_rest_beats=lead)))
            assert plan.notes[0].rest_beats == lead
            plans.append(plan.notes)
    assert plans == [plans[0], plans[1], plans[1], plans[0]]


def test_asked_from_a_later_note_the_rest_of_the_plan_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """However an answer is cut into requests it is the same, and what is planned is not drawn again."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    whole = planned(improviser, ASKED)
    improviser.enter(whole)
    monkeypatch.setattr(EagerBranches, "grow", lambda *_: pytest.fail("drawn again"))
    for heard in range(1, len(whole.notes)):
        improviser.sync(len(CALL) + heard)
        rest = planned(improviser, replace(ASKED, goal=replace(GOAL, drawn_notes=heard)))
        assert rest.notes == whole.notes[heard:]
        assert rest.complete
        improviser.enter(rest)


def test_a_changed_parameter_plans_what_has_not_sounded_anew() -> None:
    """The notes that stand stay, and what follows is a whole answer's rest with the new parameter."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    whole = planned(improviser, ASKED)
    improviser.enter(whole)
    improviser.sync(len(CALL) + 1)
    cold = replace(ASKED, sampling=Sampling(temperature=0.0), goal=replace(GOAL, drawn_notes=1))
    rest = planned(improviser, cold)
    assert rest.complete
    beats = sum(note.duration_beats for note in (*whole.notes[:1], *rest.notes))
    assert beats <= 1.25 * 6.0 + 0.125


@pytest.mark.parametrize("steps", range(4))
def test_planning_ends_between_two_steps_when_it_is_superseded(
    monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """After so many forward passes a newer request waits: not one more is made, and the context is as it was."""
    passes: list[int] = []
    grow = EagerBranches.grow

    def counted(self: EagerBranches, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        passes.append(len(rows))
        return grow(self, behind, rows)

    monkeypatch.setattr(EagerBranches, "grow", counted)
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    assert improviser.plan(ASKED, lambda: len(passes) == steps) is None
    assert len(passes) == steps
    assert improviser.context.notes == list(CALL)
    assert planned(improviser, ASKED) == planned(improviser, ASKED)


def test_a_plan_takes_no_more_passes_than_its_longest_draft_has_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts are drawn side by side: all of them cost as many forward passes as one."""
    passes: list[int] = []
    grow = EagerBranches.grow

    def counted(self: EagerBranches, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        passes.append(len(rows))
        return grow(self, behind, rows)

    monkeypatch.setattr(EagerBranches, "grow", counted)
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    wholes = drafts_of(improviser, replace(ASKED, drafts=16))
    assert len(passes) <= max(sum(2 if note.rest_beats else 1 for note in whole) for whole in wholes) + 4


def test_the_judges_best_is_played_when_it_is_far_ahead() -> None:
    """The judge sees whole answers, and what it likes by far is chosen."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    judge = Numbered([0.0, 0.0, 100.0, 0.0, 0.0, 0.0])
    plan = Planner(improviser.checkpoint, judge).plan(improviser.context, ASKED)
    assert plan is not None
    assert plan.notes == judge.seen[2]


def test_closed_ends_weigh_in_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the judge makes no difference the draft that is weighed most is chosen; key and call are told."""
    told: list[tuple[object, tuple[Note, ...]]] = []

    def leans(key: object, call: tuple[Note, ...], drafts: list[tuple[Note, ...]]) -> list[float]:
        told.append((key, call))
        return [100.0 * (number == 4) for number in range(len(drafts))]

    monkeypatch.setattr("engine.planning.planner.closing_leans", leans)
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    judge = Numbered([0.0] * 6)
    asked = replace(ASKED, sampling=replace(ASKED.sampling, key=G_MAJOR))
    plan = Planner(improviser.checkpoint, judge).plan(improviser.context, asked)
    assert plan is not None
    assert plan.notes == judge.seen[4]
    assert told == [(G_MAJOR, CALL)]


@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_the_log_probability_is_the_models_own(kind: str) -> None:
    """It is what the model says of the notes, whatever key, range, memory and temperature did to them."""
    improviser = Improviser(tiny_checkpoint(kind), 0)
    improviser.sync(0, CALL)
    sampling = Sampling(temperature=1.5, closeness=0.9, key=G_MAJOR, key_lock=1.0)
    goal = replace(GOAL, rhythm=((1.0, 0.0),), length_beats=4.0)
    plan = planned(improviser, replace(ASKED, sampling=sampling, goal=goal))
    reading, expected = improviser.context.reading, 0.0
    for note in plan.notes:
        for step in improviser.tokenizer.encode([note]):
            place = reading.length
            expected += log_softmax(reading.token_logits(place))[step.token]
            if step.duration >= 0:
                lengths = reading.duration_logits(place, step.token)
                expected += log_softmax(lengths)[step.duration]
            reading.put(place, [step])
    assert plan.log_probability == pytest.approx(expected, abs=1e-3)


def test_an_answer_is_never_heard_twice() -> None:
    """One call ten times over, each answer heard to its end and behind it the call again: ten answers."""
    improviser = Improviser(load("essen", "cpu"), 0)
    goal = Goal(length_beats=10.0, call_notes=len(CALL))
    heard: list[tuple[int, ...]] = []
    for turn in range(10):
        improviser.sync(len(improviser.context.notes), CALL)
        plan = planned(improviser, Asked(Sampling(key=G_MAJOR), goal, turn, 4, 32, tuple(heard)))
        assert not is_heard(plan.notes, heard)
        heard.append(figure(plan.notes))
        improviser.enter(plan)
    assert len(set(heard)) == 10


class Copyist:
    """Judge what repeats its call by far the best."""

    def scores(
        self, call: Sequence[Note], candidates: Sequence[Sequence[Note]], metre: object, log_probabilities: object
    ) -> list[float]:
        """Return much for a copy and nothing else."""
        return [100.0 * is_copy(call, each) for each in candidates]


def test_a_call_that_was_played_before_does_not_come_back() -> None:
    """A call may come back in its first answer if the judge likes that; played again, only closeness brings it."""
    improviser = Improviser(load("essen", "cpu"), 0)
    goal, planner = Goal(length_beats=10.0, call_notes=len(CALL)), Planner(improviser.checkpoint, Copyist())
    copies = []
    for again, closeness in ((0, 0.0), (2, 0.0), (2, 1.0)):
        improviser.sync(0, CALL * (again + 1))
        asked = [Asked(Sampling(key=G_MAJOR, closeness=closeness), goal, seed, 16, 32) for seed in range(4)]
        plans = [planner.plan(improviser.context, each) for each in asked]
        copies.append(sum(plan is not None and is_copy(CALL, plan.notes) for plan in plans))
    assert copies[0] > 0
    assert copies[1] == 0
    assert copies[2] > 0


def test_when_all_were_heard_more_are_drawn_and_at_last_one_of_them_is_played() -> None:
    """Greedy drawing knows one answer only: heard before or not, an answer comes."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    greedy = replace(ASKED, sampling=Sampling(temperature=0.0))
    first = planned(improviser, greedy)
    again = planned(improviser, replace(greedy, heard=(figure(first.notes),)))
    assert again.notes == first.notes


def test_more_drafts_are_drawn_when_all_were_heard() -> None:
    """With every draft of the first batch heard, one of the next batch is played."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    heard = tuple(figure(whole) for whole in drafts_of(improviser, ASKED))
    plan = planned(improviser, replace(ASKED, heard=heard))
    assert plan.draft >= ASKED.drafts
    assert not is_heard(plan.notes, heard)


def test_a_plan_beyond_the_context_ends_where_room_does() -> None:
    """A session that fills the model's context is planned on its latest part, as far as there is room."""
    improviser = Improviser(tiny_checkpoint(context=64), 0)
    for turn in range(12):
        improviser.sync(len(improviser.context.notes), CALL)
        plan = planned(improviser, replace(ASKED, seed=turn, goal=replace(GOAL, length_beats=200.0, exact=True)))
        assert 0 < len(plan.notes) <= 32
        assert not plan.complete
        improviser.enter(plan)


@pytest.mark.parametrize("call", [(), (Note(60, 1.0),), (Note(60, 1.0),) * 2, (Note(60, 0.5),) * 40])
def test_calls_without_music_are_answered_too(call: tuple[Note, ...]) -> None:
    """No note, one, two, forty equal ones: a plan, and an end."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, call)
    plan = planned(improviser, replace(ASKED, goal=Goal(length_beats=4.0, call_notes=len(call))))
    assert plan.complete


def test_drafts_end_with_their_calls_breath_or_with_none() -> None:
    """Of answers in eight beats to a call that leaves one silent most sound for seven, the others for eight."""
    improviser = Improviser(tiny_checkpoint(context=256), 0)
    improviser.sync(0, CALL, Metre(4.0, 0.0, 1.0))
    goal = Goal(length_beats=8.0, exact=True, breath_beats=1.0, call_notes=len(CALL))
    drafts = drafts_of(improviser, Asked(Sampling(), goal, 3, 24, 64))
    lengths = [round(sum(note.duration_beats + note.rest_beats for note in notes), 6) for notes in drafts]
    assert set(lengths) == {7.0, 8.0}
    assert lengths.count(7.0) > lengths.count(8.0)
