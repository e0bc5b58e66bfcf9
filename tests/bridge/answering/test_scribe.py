"""What a take holds of how its notes were drawn: enough to ask for them again, in the same words."""

from __future__ import annotations

from dataclasses import replace

from bridge.answering.scribe import Asked, drawings
from bridge.engine.mirror import Order
from bridge.events import SetControl
from bridge.take import Drawing
from engine.messages import Drawn, Goal, Sampling
from engine.notes import Metre, Note
from tests.bridge.taking import CALL, Library
from tests.stage import ScriptedEngine, Stage

HEARD = (Note(60, 1.0), Note(62, 1.0))
ANSWER = tuple(Note(72 + index, 0.5, 1.0 if index == 0 else 0.0) for index in range(6))
GOAL = Goal(length_beats=4.0, call_notes=2)


def asked(stood: int, drafts: int = 8, count: int = 32, read_from: int = 0) -> Asked:
    """Return a request for the rest of the answer, behind so many notes of it."""
    goal = Goal(stood, 1.0 if not stood else 0.0, GOAL.length_beats, call_notes=2)
    order = Order((*HEARD, *ANSWER[:stood]), count, goal, Sampling(temperature=0.5), Metre(4.0), 7, None, drafts)
    return Asked(order, read_from)


def drawn(request: int, begin: int, end: int, behind: int) -> list[Drawn]:
    """Return notes of the answer as they came for a request."""
    return [Drawn(request, 0, ANSWER[index], None, False, 1.0, behind) for index in range(begin, end)]


def test_a_plan_that_was_played_whole_is_one_drawing() -> None:
    """With the goal that it was asked for with, the rest before it and where reading began."""
    (found,) = drawings(drawn(1, 0, 6, 0), {1: asked(0, read_from=5)})
    goal = Goal(0, 1.0, 4.0, call_notes=2)
    assert found == Drawing(Sampling(temperature=0.5), goal, Metre(4.0), 8, 32, (), 0, ANSWER, 5)


def test_first_notes_that_were_hurried_are_a_drawing_of_their_own() -> None:
    """The plan stands behind them."""
    notes = drawn(1, 0, 2, 0) + drawn(2, 2, 6, 2)
    first, rest = drawings(notes, {1: asked(0, drafts=1, count=2), 2: asked(2)})
    assert (first.drafts, first.before, first.notes) == (1, (), ANSWER[:2])
    assert (rest.drafts, rest.before, rest.skip, rest.notes) == (8, ANSWER[:2], 0, ANSWER[2:])
    assert (rest.goal.drawn_notes, rest.goal.lead_rest_beats) == (2, 0.0)


def test_the_rest_of_a_plan_is_asked_for_as_the_plan_was() -> None:
    """A control that moves how notes are played has the rest of the plan asked for, from a later note of it."""
    notes = drawn(1, 0, 2, 0) + drawn(2, 2, 6, 0)
    first, rest = drawings(notes, {1: asked(0), 2: asked(2)})
    assert (rest.before, rest.skip, rest.notes) == ((), 2, ANSWER[2:])
    assert rest.goal == first.goal


def test_notes_behind_a_plan_that_did_not_reach_the_end_were_drawn_singly() -> None:
    """They came for the plan's request, and are asked for without drafts behind its notes."""
    notes = drawn(1, 0, 4, 0) + [replace(each, draft=5) for each in drawn(1, 4, 6, 4)]
    notes[3] = replace(notes[3], draft=5)
    plan, rest = drawings(notes, {1: asked(0)})
    assert (plan.drafts, plan.notes, plan.draft) == (8, ANSWER[:4], None)
    assert (rest.drafts, rest.before, rest.notes, rest.goal.drawn_notes) == (1, ANSWER[:4], ANSWER[4:], 4)
    assert rest.draft == 5


def test_notes_asked_for_behind_a_plan_that_was_cut_say_which_draft_went_on() -> None:
    """Asked for again, they are drawn with its seed."""
    notes = drawn(1, 0, 4, 0) + [replace(each, draft=5) for each in drawn(2, 4, 6, 4)]
    _, rest = drawings(notes, {1: asked(0), 2: asked(4, drafts=1, count=2)})
    assert (rest.drafts, rest.before, rest.notes, rest.draft) == (1, ANSWER[:4], ANSWER[4:], 5)


def test_a_session_writes_down_each_part_of_an_answer_as_it_was_asked_for() -> None:
    """A moved temperature in mid answer begins another part, and what was drawn before it sounded is gone."""
    library = Library()
    stage = Stage(ScriptedEngine(length=8), observers=[library])
    stage.play(CALL)
    stage.run(2.5)
    stage.do(SetControl(2.5, "temperature", 1.3, "osc"))
    stage.run(9.0)
    (take,) = library.takes
    assert [drawing.sampling.temperature for drawing in take.drawings] == [1.0, 1.3]
    assert [note for drawing in take.drawings for note in drawing.notes] == list(take.melody)
    assert take.settings["temperature"] == 1.0
