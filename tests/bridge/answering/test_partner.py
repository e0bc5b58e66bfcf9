"""Planned answers as the partner plays them: bridge/answering/partner.py, through a session."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bridge.answering import orders
from bridge.answering.partner import DRAFT_NOTES, MORE_NOTES
from bridge.events import EngineReply, SetControl
from engine.entrance import MOST_NOTES
from engine.messages import Continue, Drawn, Request
from engine.notes import Note, figure
from tests.stage import READY, Clocked, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""With a wait of 0.5 s the turn passes at 1.9 s."""


def later(by_s: float) -> list[tuple[float, float, int]]:
    """Return the call, played so much later."""
    return [(on + by_s, off + by_s, pitch) for on, off, pitch in CALL]


class SlowPlanner(ScriptedEngine):
    """Draw single notes at once, and keep a plan back until `deliver`."""

    def __init__(self, length: int = 8) -> None:
        super().__init__(length=length)
        self.planned: list[Continue] = []

    def send(self, request: Request) -> None:
        assert isinstance(request, Continue)
        if request.drafts > 1 and request.count:
            self.requests.append(request)
            self.planned.append(request)
        else:
            super().send(request)

    def deliver(self) -> None:
        """Send the newest plan that is kept back."""
        super().send(self.planned[-1])
        self.requests.pop()


class CutPlanner(ScriptedEngine):
    """Choose draft 3 of every plan, which goes on behind a last note that does not end the answer."""

    def send(self, request: Request) -> None:
        assert isinstance(request, Continue)
        super().send(request)
        newest = self.outbox[-1]
        if isinstance(newest, Drawn) and not newest.last:
            self.outbox[-1] = replace(newest, draft=3 if request.drafts > 1 else request.draft)


def pitches(stage: Stage) -> list[int]:
    """Return the pitches that were struck."""
    return [int(line.split()[2]) for line in stage.score if " on " in line]


def test_a_plan_that_is_there_is_played_without_another_request() -> None:
    """One request plans the whole answer while the player plays; the turn and all its notes cost no more."""
    stage = Stage(ScriptedEngine(length=8))
    stage.play(CALL)
    stage.run(1.8)
    asked = len(stage.engine.requests)
    assert (stage.engine.requests[-1].drafts, stage.engine.requests[-1].count) == (16, MOST_NOTES)
    stage.run(8.0)
    assert pitches(stage) == [72 + index for index in range(8)]
    assert len(stage.engine.requests) == asked


def test_the_wait_never_grows_because_of_planning() -> None:
    """A turn that passes before its plan is there begins at once with single notes; the rest is planned."""
    engine = SlowPlanner()
    stage = Stage(engine)
    stage.play(CALL)
    stage.run(1.95)
    assert stage.score[0] == "1.90 on 72"
    single = engine.requests[-1]
    assert (single.drafts, single.count, single.goal.drawn_notes) == (1, MORE_NOTES, 0)
    stage.run(2.5)
    rest = engine.requests[-1]
    assert (rest.drafts, rest.count, rest.goal.drawn_notes) == (16, MOST_NOTES, MORE_NOTES)
    engine.deliver()
    stage.run(8.0)
    assert pitches(stage) == [72 + index for index in range(8)]


def test_a_plan_on_its_way_is_waited_for_while_the_answer_need_not_begin() -> None:
    """On the grid an answer begins later than its turn: a plan that comes until then is played whole."""
    engine = SlowPlanner()
    stage = Clocked(120.0, engine, grid="bar", bar=4)
    stage.play(later(2.0))
    stage.run(3.9)
    asked = len(engine.requests)
    engine.deliver()
    stage.run(9.0)
    assert len(engine.requests) == asked
    assert stage.score[0] == "4.00 on 72"


def test_a_plan_that_does_not_come_until_the_answer_begins_is_not_waited_for() -> None:
    """Just before the bar line the first notes are drawn singly, and the answer is on time."""
    stage = Clocked(120.0, SlowPlanner(), grid="bar", bar=4)
    stage.play(later(2.0))
    stage.run(4.2)
    assert stage.score[0] == "4.00 on 72"


def test_the_rest_of_a_plan_follows_the_tempo() -> None:
    """No more of a plan is scheduled than a stall of the engine needs: the other notes keep to a clock that turns
    faster meanwhile."""
    stage = Clocked(120.0, ScriptedEngine(length=12), articulation=0.5)
    stage.play(later(2.0))
    stage.run(4.1)
    stage._pulse_s, stage._pulses = 60.0 / 240 / 24, round(4.1 * 240 / 60 * 24) + 1
    stage.run(9.0)
    onsets = [float(line.split()[0]) for line in stage.score if " on " in line]
    assert len(onsets) == 12
    assert [round(after - before, 2) for before, after in pairwise(onsets)][-6:] == [0.25] * 6


def test_a_moved_control_draws_what_has_not_sounded_anew() -> None:
    """The rest of the plan is forgotten, the engine is asked behind what has sounded."""
    engine = ScriptedEngine(length=12)
    stage = Stage(engine)
    stage.play(CALL)
    stage.run(2.5)
    stage.do(SetControl(2.5, "temperature", 1.3, "osc"))
    assert engine.requests[-1].goal.drawn_notes == 2
    assert engine.requests[-1].drafts == 16
    stage.run(9.0)
    assert pitches(stage) == [72 + index for index in range(12)]


def test_the_engine_is_told_what_was_heard_as_answers() -> None:
    """Answers heard to their end, and one that was cut, as far as it sounded; what was never heard is not told."""
    engine = ScriptedEngine(length=4)
    stage = Stage(engine)
    stage.play(CALL)
    stage.run(6.0)
    stage.play(later(6.0))
    stage.run(8.45)
    stage.play([(8.45, 8.6, 50), *later(9.0)])
    stage.run(10.6)
    answer = [Note(72 + index, 1.0) for index in range(4)]
    assert engine.requests[-1].heard == (figure(answer), figure(answer[:2]))


def test_a_plan_that_was_cut_goes_on_as_the_draft_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows is drawn singly as the chosen draft, and never planned anew, however early it is asked for: the
    same playing, seed and settings give the same answer."""
    monkeypatch.setattr(orders, "MOST_NOTES", 4)
    engine = CutPlanner(length=9)
    stage = Stage(engine)
    stage.play(CALL)
    stage.run(12.0)
    assert pitches(stage) == [72 + index for index in range(9)]
    behind = [request for request in engine.requests if request.goal.drawn_notes]
    assert {(request.drafts, request.draft, request.count) for request in behind} == {(1, 3, MORE_NOTES)}


def test_one_draft_is_drawn_note_by_note_as_it_is_played() -> None:
    """Without drafts there are short requests, each behind the notes before."""
    engine = ScriptedEngine(length=8)
    stage = Stage(engine, drafts=1)
    stage.play(CALL)
    stage.run(8.0)
    drawing = [request for request in engine.requests if request.count]
    assert {request.drafts for request in drawing} == {1}
    assert max(request.count for request in drawing) == DRAFT_NOTES
    begins = [request.goal.drawn_notes for request in drawing if request.goal.drawn_notes]
    assert all(before < after for before, after in pairwise(begins))
    assert pitches(stage) == [72 + index for index in range(8)]


def test_no_more_drafts_are_asked_for_than_the_engine_affords() -> None:
    """A slow engine is asked as if no drafts were wanted, a faster one for fewer than the control says."""
    for affords, expected in ((1, (1, DRAFT_NOTES)), (8, (8, MOST_NOTES))):
        stage = Stage(ScriptedEngine(length=8))
        stage.do(EngineReply(0.0, replace(READY, drafts=affords)))
        stage.play(CALL)
        stage.run(1.8)
        request = stage.engine.requests[-1]
        assert (request.drafts, request.count) == expected
