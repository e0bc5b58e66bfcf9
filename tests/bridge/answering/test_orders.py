"""What the engine is asked for, by what stands and what it affords."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.answering.mind import Mind
from bridge.answering.orders import Orders
from bridge.answering.scribe import Scribe
from bridge.engine.talk import Talk
from engine.entrance import MOST_NOTES
from engine.messages import Continue
from engine.notes import Note
from tests.bridge.answering.calls import at, quarters
from tests.stage import READY, ScriptedEngine

ANSWER = (Note(72, 1.0), Note(74, 1.0))


class Desk:
    """Orders of an engine that affords so many drafts, to a call of three quarters that was heard just now."""

    def __init__(self, affords: int = 32) -> None:
        self.engine, self.mind = ScriptedEngine(), Mind()
        talk = Talk(self.engine)
        talk.received(replace(READY, drafts=affords), 0.0)
        self.orders = Orders(talk, self.mind, Scribe(), 7)
        self.phrase = quarters(3)
        self.mind.hear(at(2.0), self.phrase)

    @property
    def asked(self) -> Continue:
        return self.engine.requests[-1]


@pytest.mark.parametrize(("affords", "asked"), [(1, (1, 3)), (8, (8, MOST_NOTES)), (32, (16, MOST_NOTES))])
def test_a_plan_is_asked_for_where_the_engine_affords_one(affords: int, asked: tuple[int, int]) -> None:
    """No more drafts than it affords and the control says, and whole answers; else single notes."""
    desk = Desk(affords)
    desk.orders.draft(at(2.0), 1, 3)
    assert (desk.asked.drafts, desk.asked.count) == asked
    assert desk.orders.planned == (affords > 1)


def test_while_a_key_is_held_the_engine_listens() -> None:
    """It is asked for no note, and so is ready when the key goes up."""
    desk = Desk()
    desk.orders.draft(at(2.0), 1, 0)
    assert desk.asked.count == 0
    assert [note.pitch for note in desk.asked.append] == [60, 61, 62]


def test_the_rest_of_an_answer_is_drawn_behind_what_stands_of_it() -> None:
    """Call and answer so far are the context; in a hurry notes are drawn singly, whatever the engine affords."""
    desk = Desk()
    desk.mind.open(desk.mind.standing, None)
    desk.orders.more(at(3.0), 1, ANSWER, 2, singly=True, draft=None)
    assert (desk.asked.drafts, desk.asked.count, desk.asked.goal.drawn_notes) == (1, 2, 2)
    assert [note.pitch for note in desk.asked.append] == [60, 61, 62, 72, 74]
    assert desk.asked.goal.call_notes == 3
    assert not desk.orders.planned


def test_every_answer_has_a_seed_of_its_own() -> None:
    """Draft and rest of one answer share it, the next answer has another."""
    desk = Desk()
    seeds = []
    for turn in (1, 2):
        desk.orders.draft(at(2.0), turn, 3)
        seeds.append(desk.asked.seed)
        desk.orders.more(at(2.0), turn, (), 2, singly=False, draft=None)
        assert desk.asked.seed == seeds[-1]
    assert seeds[0] != seeds[1]


def test_after_undo_the_engine_has_in_mind_what_was_heard_and_no_more() -> None:
    """The answer that was taken out is cut off its context."""
    desk = Desk()
    desk.mind.remember(at(2.0), desk.phrase)
    desk.mind.enter(ANSWER, desk.mind.transcript.place)
    desk.orders.listen(at(3.0), 1)
    desk.mind.undo()
    desk.orders.listen(at(3.0), 1)
    assert (desk.asked.keep, desk.asked.append, desk.asked.count) == (3, (), 0)
