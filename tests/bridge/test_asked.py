"""A turn that the player passes by hand and then plays on into: he is told, and what he asked for still comes."""

from __future__ import annotations

import pytest

from bridge.events import ControlChange
from tests.stage import Clocked, Stage

CALL = [(2.5, 2.9, 60), (3.0, 3.4, 62)]
STEP_S = 0.004


def asked_at(stage: Stage, at_s: float) -> Stage:
    """Return the stage after the call, the answer asked for at this time."""
    stage.step_s = STEP_S
    stage.play(CALL)
    stage.run(at_s)
    stage.act("answer")
    return stage


def onsets(stage: Stage) -> list[float]:
    """Return when answer notes began."""
    return [float(line.split()[0]) for line in stage.score if " on " in line]


def test_a_turn_passed_by_hand_and_played_on_into_is_told() -> None:
    """The state is listening again, and a line says what becomes of the asking."""
    for turn, then in (("ask", "when your phrase has ended"), ("fixed", "yours again")):
        stage = asked_at(Clocked(grid="bar", bar=4, turn=turn, wait=1.0), 3.45)
        assert stage.witness.states[-1] == "answering"
        stage.play([(3.5, 3.6, 64)])
        assert stage.witness.states[-1] == "listening"
        assert "you went on" in stage.witness.logs[-1]
        assert then in stage.witness.logs[-1]


def test_in_ask_the_answer_comes_on_the_line_that_was_asked_for() -> None:
    """Asked for in the last beats of a bar and played on into, up to the line: the answer is on the line."""
    stage = asked_at(Clocked(grid="bar", bar=4, turn="ask"), 3.3)
    stage.play([(3.5, 3.95, 64)])
    stage.run(4.3)
    assert onsets(stage)[:1] == [pytest.approx(4.0, abs=0.03)]
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64]


def test_in_ask_who_plays_over_the_line_is_answered_on_the_next_that_he_leaves_free() -> None:
    """What he plays on his own downbeat stops the answer there; it comes a bar later."""
    stage = asked_at(Clocked(grid="bar", bar=4, turn="ask"), 3.45)
    stage.play([(4.02, 4.4, 64), (4.5, 4.9, 65)])
    stage.run(6.3)
    assert onsets(stage) == [pytest.approx(4.0, abs=0.03), pytest.approx(6.0, abs=0.03)]
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 72, 64, 65]


def test_in_ask_without_a_clock_the_answer_comes_at_the_end_of_the_phrase() -> None:
    """Asked for too early: the false entry falls silent, and there is an answer behind the last note."""
    stage = asked_at(Stage(turn="ask"), 3.45)
    stage.play([(3.5, 3.9, 64), (4.0, 4.4, 65)])
    stage.run(6.5)
    assert onsets(stage)[0] == pytest.approx(3.45)
    assert 4.4 < onsets(stage)[1] < 6.0


def test_an_asking_is_over_when_it_was_answered() -> None:
    """The phrase after it is not answered by itself."""
    stage = asked_at(Clocked(grid="bar", bar=4, turn="ask"), 3.3)
    stage.play([(3.5, 3.95, 64)])
    stage.run(9.0)
    count = len(onsets(stage))
    stage.play([(9.0, 9.4, 64), (9.5, 9.9, 65)])
    stage.run(14.0)
    assert len(onsets(stage)) == count


@pytest.mark.parametrize("act", ["stop", "panic"])
def test_stop_and_panic_take_the_asking_back(act: str) -> None:
    """Who wants no answer after all gets none."""
    stage = asked_at(Clocked(grid="bar", bar=4, turn="ask"), 3.3)
    stage.play([(3.5, 3.6, 64)])
    stage.act(act)
    stage.play([(5.0, 5.4, 64)])
    stage.run(9.0)
    assert onsets(stage) == []


@pytest.mark.parametrize("number", [120, 123])
def test_a_loop_point_leaves_the_asking(number: int) -> None:
    """A DAW that ends its notes at the loop point knows nothing of the player's wish."""
    stage = asked_at(Clocked(grid="bar", bar=4, turn="ask"), 3.3)
    stage.play([(3.5, 3.9, 64)])
    stage.do(ControlChange(3.99, number, 0))
    stage.run(4.3)
    assert onsets(stage)[:1] == [pytest.approx(4.0, abs=0.03)]
