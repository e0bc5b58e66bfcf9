"""The talk with the engine: when it is started again, and when it is taken for lost."""

from __future__ import annotations

from dataclasses import replace

from bridge.engine.mirror import Order
from bridge.engine.talk import LENIENCE, LOADING_S, MOST_FAILURES, PATIENCE_S, Talk
from engine.messages import PROTOCOL, Failed, Goal, Hello, Listened, Sampling
from engine.notes import Note
from tests.stage import READY, ScriptedEngine


def restarts_after(losses_s: list[float], ready_s: float | None = 0.0) -> list[float]:
    """Return how long after each loss the engine was started again."""
    engine = ScriptedEngine()
    talk = Talk(engine)
    if ready_s is not None:
        talk.received(READY, ready_s)
    pauses = []
    for lost_s in losses_s:
        talk.lost(lost_s)
        before, tenths = engine.restarts, 0
        while engine.restarts == before:
            talk.tick(lost_s + tenths / 10)
            tenths += 1
        pauses.append((tenths - 1) / 10)
    return pauses


def test_a_steady_engine_is_started_again_at_once_and_one_that_keeps_dying_ever_later() -> None:
    """The first restart is immediate; each death before it was ready again doubles the pause."""
    assert restarts_after([100.0, 102.0, 104.0, 106.0]) == [0.0, 0.5, 1.0, 2.0]


def test_pauses_are_bounded() -> None:
    """However often it dies, it is tried every half minute."""
    assert max(restarts_after([100.0 * n for n in range(1, 15)], ready_s=None)) == 30.0


def test_an_engine_that_hangs_while_loading_is_noticed() -> None:
    """An engine that never becomes ready is taken for lost in the end."""
    talk = Talk(ScriptedEngine())
    assert talk.tick(0.0) == ""
    assert talk.tick(LOADING_S - 1) == ""
    assert "not ready" in talk.tick(LOADING_S + 1)


def order(*notes: Note) -> Order:
    return Order(notes, 1, Goal(), Sampling())


def test_an_engine_that_starts_anew_by_itself_is_waited_for() -> None:
    """On another device, say: nothing is asked of it, nor is it taken for stuck, till it is ready and says how."""
    engine = ScriptedEngine()
    talk = Talk(engine)
    talk.received(replace(READY, device="cuda"), 0.0)
    talk.ask(1.0, order(Note(60, 1.0)))
    said = talk.received(Failed(None, "no memory, so the CPU plays", fatal=False), 2.0)
    assert (said.text, said.lost, said.ask_again) == ("engine: no memory, so the CPU plays", "", False)
    assert talk.ask(3.0, order(Note(60, 1.0))) is None
    assert talk.tick(3.0 + 3 * PATIENCE_S) == ""
    assert "not ready" in talk.tick(3.0 + LOADING_S)
    ready = talk.received(replace(READY, way="weights in int8"), 40.0)
    assert "on cpu (weights in int8)" in ready.text
    assert ready.ask_again
    assert talk.ask(41.0, order(Note(60, 1.0))) is not None
    assert engine.restarts == 0


def test_every_reply_is_a_sign_of_life() -> None:
    """An engine is stuck that owes a note and says nothing: one that reads for long and says so is not."""
    talk = Talk(ScriptedEngine())
    talk.received(READY, 0.0)
    talk.ask(0.0, order(Note(60, 1.0)))
    talk.ask(1.0, order(Note(60, 1.0), Note(62, 1.0)))
    talk.received(Listened(1, 1, None), PATIENCE_S)
    assert talk.tick(1.5 * PATIENCE_S) == ""
    talk.received(Listened(2, 2, None), 1.5 * PATIENCE_S)
    assert talk.tick(2.4 * PATIENCE_S) == ""
    assert "owes a note" in talk.tick(2.6 * PATIENCE_S)


def test_a_slow_engine_is_given_the_time_that_its_work_takes() -> None:
    """A few times its usual time for every note that it has been told since it last said that it stands."""
    talk = Talk(ScriptedEngine())
    talk.received(replace(READY, step_ms=1000.0), 0.0)
    talk.ask(0.0, order(*[Note(60, 1.0)] * 20))
    assert talk.tick(LENIENCE * 20.0) == ""
    assert "owes a note" in talk.tick(LENIENCE * 21.0 + 1.0)
    talk.received(Listened(1, 20, None), 50.0)
    assert "owes a note" in talk.tick(50.0 + PATIENCE_S + 1.0)


def test_failure_after_failure_is_a_loss() -> None:
    """A request that fails is asked again; several in a row mean that the engine must be started again."""
    talk = Talk(ScriptedEngine())
    talk.received(READY, 0.0)
    meanings = [talk.received(Failed(0, "no", False), 1.0) for _ in range(MOST_FAILURES)]
    assert [bool(meaning.lost) for meaning in meanings] == [False] * (MOST_FAILURES - 1) + [True]


def test_an_engine_of_another_version_is_refused() -> None:
    """Bridge and engine speak one protocol or none."""
    talk = Talk(ScriptedEngine())
    assert talk.received(Hello(PROTOCOL, 1), 0.0).lost == ""
    assert "protocol" in talk.received(replace(Hello(PROTOCOL, 1), protocol=PROTOCOL + 1), 0.0).lost


def test_the_line_of_a_ready_engine_says_how_answers_are_drawn() -> None:
    """A fast machine says how many drafts it affords, a slow one that it draws note by note."""
    talk = Talk(ScriptedEngine())
    assert "up to 8 drafts an answer" in talk.received(replace(READY, drafts=8), 0.0).text
    assert "note by note" in talk.received(replace(READY, drafts=1), 0.0).text


def test_with_another_engine_the_talk_begins_anew() -> None:
    """A restart that the old one was to have is none of the new one's, nor are its losses."""
    engine = ScriptedEngine()
    talk = Talk(engine)
    talk.received(READY, 0.0)
    for _ in range(3):
        talk.lost(1.0)
    meaning = talk.changed(replace(READY, checkpoint="other", drafts=3), None, 1.1)
    assert meaning.text.startswith("engine ready: other")
    assert (talk.ready, talk.most_drafts, talk.model.checkpoint, talk.model.drafts) == (True, 3, "other", 3)
    assert talk.tick(60.0) == ""
    assert engine.restarts == 0
    assert talk.lost(60.0) == "starting it again"
