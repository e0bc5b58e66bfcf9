"""What was heard, and what of a call is not yet part of it."""

from __future__ import annotations

from dataclasses import replace

from bridge.answering.mind import Mind
from engine.notes import Note
from tests.bridge.answering.calls import WALTZ, at, quarters

ANSWER = (Note(72, 1.0), Note(74, 1.0))


def opened() -> Mind:
    """Return a mind in which the turn of a call of three quarters has passed."""
    mind, phrase = Mind(), quarters(3)
    mind.open(mind.stands(at(2.0), phrase), phrase.key)
    return mind


def test_an_open_call_is_heard_when_its_answer_is_one() -> None:
    """Till then an answer follows it, and it is no part of what was heard."""
    mind = opened()
    assert not mind.transcript.notes
    assert len(mind.notes) == 3
    mind.settle()
    assert mind.transcript.notes == mind.notes == mind.call


def test_a_turn_that_is_taken_back_leaves_nothing_heard() -> None:
    """The call is the player's again, to go on with."""
    mind = opened()
    mind.take_back()
    mind.settle()
    assert mind.transcript.notes == ()


def test_undo_takes_out_answers_and_leaves_calls() -> None:
    """The last first, as many as there were; an answer of which nothing was heard is none."""
    mind = opened()
    mind.settle()
    mind.enter(ANSWER, mind.transcript.place)
    mind.enter((), mind.transcript.place)
    assert mind.transcript.notes[3:] == ANSWER
    assert mind.undo()
    assert mind.transcript.notes == mind.call
    assert not mind.undo()


def test_a_cue_brings_back_what_an_answer_came_in_on() -> None:
    """Whatever was heard since: the transcript before the call, and the bars as they were known."""
    mind, phrase = Mind(), quarters(8)
    mind.listened(0.5, WALTZ)
    cue = mind.cue(phrase, 0)
    mind.remember(at(5.0), phrase)
    mind.forget()
    mind.recall(cue)
    assert mind.transcript.notes == ()
    assert mind.stands(at(5.0), phrase).bar_beats == 3.0


def test_bars_of_which_the_engine_is_not_sure_change_nothing() -> None:
    """A metre that is believed, or another one, is a reason to draw anew; the odds that a phrase ends are none."""
    mind = Mind()
    assert not mind.listened(0.9, None)
    assert not mind.listened(None, replace(WALTZ, confidence=0.01))
    assert mind.listened(None, WALTZ)
    assert not mind.listened(0.2, WALTZ)
    assert mind.phrase_end == 0.2
