"""Moves that come faster than notes are drawn: none of them silences the answer, and the last one holds."""

from __future__ import annotations

import pytest

from bridge.answering.redraws import Redraws
from bridge.engine.mirror import Order
from bridge.engine.talk import Talk
from bridge.events import SetControl
from engine.controls import Sampling
from engine.messages import Drawn, Goal
from engine.notes import Note
from tests.stage import READY, ScriptedEngine, Slow

CALL = [(0.0, 0.4, 60), (0.5, 0.9, 62), (1.0, 1.4, 64)]
A_NOTE = Note(60, 1.0)


@pytest.mark.parametrize(("plan_s", "note_s"), [(0.06, 0.002), (0.4, 0.04), (1.0, 0.12)])
def test_a_fader_that_is_moved_all_the_time_does_not_silence_the_answer(plan_s: float, note_s: float) -> None:
    """However long a plan takes: every note of the answer comes, and the last ones as the fader stands last."""
    stage = Slow(plan_s=plan_s, note_s=note_s, engine=ScriptedEngine(length=8))
    stage.step_s = 0.0025
    stage.play(CALL)
    step = 0
    while stage.clock() < 8.0:
        step += 1
        stage.do(SetControl(stage.clock(), "key_lock", step % 100 / 100, "osc"))
        stage.run(stage.clock() + 0.005)
    assert [line.split()[-1] for line in stage.score if " on " in line] == [str(72 + i) for i in range(8)]
    assert stage.session.state == "idle"


def test_the_last_move_is_honoured_though_an_earlier_one_was_being_drawn() -> None:
    """A move while a redraw is on its way is drawn when that is there, by itself."""
    stage = Slow(plan_s=0.1, note_s=0.002)
    stage.play(CALL)
    stage.run(1.6)
    for time_s, value in ((1.61, 0.4), (1.66, 0.6)):
        stage.run(time_s)
        stage.do(SetControl(stage.clock(), "key_lock", value, "osc"))
    assert stage.engine.requests[-1].sampling.key_lock == 0.4
    stage.run(1.75)
    assert stage.engine.requests[-1].sampling.key_lock == 0.6


def test_a_note_that_is_about_to_sound_is_not_drawn_again() -> None:
    """It is left as it is where a redraw might come too late for it, by what the last one took."""
    talk = Talk(ScriptedEngine())
    talk.received(READY, 0.0)
    redraws = Redraws(talk)
    talk.ask(0.0, Order((A_NOTE,), 1, Goal(), Sampling()))
    redraws.begun(0.0)
    assert not redraws.may_begin()
    talk.received(Drawn(talk.asked, 0, A_NOTE, 0.5, True, 1.0), 0.1)
    assert not redraws.again_now(0.1, 0.15)
    assert not redraws.again_now(0.11, 0.2)
    assert not redraws.may_begin()
    assert redraws.again_now(0.15, 0.6)
    assert redraws.may_begin()


def test_what_was_asked_since_is_drawn_with_the_move_already() -> None:
    """When another request has taken the redraw's place nothing is drawn a second time for the move."""
    talk = Talk(ScriptedEngine())
    talk.received(READY, 0.0)
    redraws = Redraws(talk)
    order = Order((A_NOTE,), 1, Goal(), Sampling())
    talk.ask(0.0, order)
    redraws.begun(0.0)
    assert not redraws.may_begin()
    talk.ask(0.0, order)
    talk.received(Drawn(talk.asked, 0, A_NOTE, 0.5, True, 1.0), 0.0)
    assert not redraws.again_now(0.0, None)
