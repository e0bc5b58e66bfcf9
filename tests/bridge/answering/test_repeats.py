"""Takes that go round: beside the clock, behind an answer, until the player comes in; through a session."""

from __future__ import annotations

from itertools import pairwise

from bridge.events import ControlChange, EngineDied, NoteOff, NoteOn, Transport
from engine.notes import Note
from tests.bridge.taking import CALL, Library, choose, later, onsets, struck
from tests.stage import Clocked, ScriptedEngine, Stage


def test_a_loop_goes_round_in_whole_bars_of_the_clock_until_the_player_comes_in() -> None:
    """A take of three beats fills a bar of four; thirty rounds later it is with the clock, and a key ends it."""
    stage = Clocked(120.0, ScriptedEngine(length=3), bar=4, grid="bar")
    stage.play(later(2.0))
    stage.run(7.0)
    stage.act("loop")
    assert stage.session.state == "looping"
    stage.step_s = 0.004
    stage.run(69.0)
    begins = onsets(stage, 72, 7.0)
    assert [round(at_s, 2) for at_s in begins] == [8.0 + 2.0 * index for index in range(31)]
    stage.do(NoteOn(stage.clock(), 60, 80))
    assert stage.hanging == set()
    assert stage.session.state == "listening"
    stage.do(NoteOff(69.3, 60))
    stage.run(69.9)
    assert onsets(stage, 72, 69.0) == []


def test_a_loop_follows_the_clock() -> None:
    """When the tempo moves the rounds move with it, and stay on its bars."""
    stage = Clocked(120.0, bar=4, grid="bar")
    stage.play(later(2.0))
    stage.run(7.0)
    stage.act("loop")
    stage.run(16.1)
    stage._pulse_s, stage._pulses = 60.0 / 150 / 24, round(16.1 * 150 / 60 * 24) + 1
    stage.run(40.0)
    beat_s = 60 / 150
    late = [at_s % (4 * beat_s) for at_s in onsets(stage, 72, 20.0)]
    assert len(late) > 8
    assert all(min(each, 4 * beat_s - each) < 0.04 for each in late)


def test_without_a_clock_a_loop_goes_round_in_the_takes_own_tempo_without_drift() -> None:
    """Bars are unknown and count as four beats; an hour later a round is where it belongs."""
    stage = Stage()
    stage.play(CALL)
    stage.run(6.0)
    stage.act("loop")
    beat_s = 60 / 120
    stage.step_s = 0.01
    stage.run(306.0)
    begins = onsets(stage, 72, 6.0)
    bpm = 240 / (begins[-1] - begins[0]) * (len(begins) - 1)
    assert abs(bpm - 60 / beat_s) < 1.0
    rounds = [(at_s - begins[0]) * bpm / 240 for at_s in begins]
    assert max(abs(each - round(each)) for each in rounds) * 2 < 0.011
    assert len(stage.session.transcript) == 3 + 4


def test_a_loop_asked_for_within_the_answer_follows_it_without_a_gap() -> None:
    """The answer is its own first round; it enters the transcript once, and is one take."""
    library = Library()
    stage = Stage(observers=[library])
    stage.play(CALL)
    stage.run(3.0)
    stage.act("loop")
    stage.run(13.95)
    begins = onsets(stage, 72)
    steps = [after - before for before, after in pairwise(begins)]
    assert len(begins) == 7
    assert max(steps) - min(steps) < 0.003
    assert library.again == [(1, True)]
    stage.play([(14.0, 14.2, 50)])
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, *[72, 73, 74, 75] * 2]
    assert [take.number for take in library.takes] == [1]
    assert stage.hanging == set()


def test_the_kept_take_is_the_one_that_goes_round() -> None:
    """Answers that came later do not push it aside; one that is chosen does."""
    stage = Stage()
    stage.play(CALL)
    stage.run(6.0)
    stage.act("keep")
    stage.engine.script = lambda index: Note(40 + index, 1.0)
    stage.play(later(6.0))
    stage.run(12.0)
    stage.act("loop")
    stage.run(12.2)
    assert struck(stage, 12.0) == [72]
    stage.act("stop")
    choose(stage, 2)
    stage.run(13.0)
    stage.act("loop")
    stage.run(13.2)
    assert struck(stage, 13.0) == [40]


def test_loop_once_more_lets_the_round_end() -> None:
    """It is the last round, and the take in it is whole."""
    stage = Stage()
    stage.play(CALL)
    stage.run(6.0)
    stage.act("loop")
    stage.run(8.6)
    stage.act("loop")
    stage.run(20.0)
    assert struck(stage, 6.0) == [72, 73, 74, 75] * 2
    assert stage.session.state == "idle"


def test_a_loop_lives_through_the_engines_death_and_a_stall() -> None:
    """It needs no engine; after a stall of two seconds it is on its bar, not two seconds behind."""
    stage = Clocked(120.0, bar=4, grid="bar")
    stage.play(later(2.0))
    stage.run(7.0)
    stage.act("loop")
    stage.do(EngineDied(stage.clock(), "gone"))
    stage.run(9.0)
    stage.stall(11.3)
    stage.run(20.0)
    assert [round(at_s, 2) for at_s in onsets(stage, 72, 12.0)] == [12.0, 14.0, 16.0, 18.0, 20.0]
    stage.act("stop")
    assert stage.hanging == set()


def test_a_daws_loop_point_does_not_end_a_loop_and_its_stop_does() -> None:
    """All notes off releases what sounds while a clock runs; stop is stop."""
    stage = Clocked(120.0, bar=4, grid="bar")
    stage.play(later(2.0))
    stage.run(7.0)
    stage.act("loop")
    stage.run(9.999)
    stage.do(ControlChange(9.999, 123, 0))
    assert stage.hanging == set()
    stage.run(13.0)
    assert [round(at_s, 2) for at_s in onsets(stage, 72, 9.99)] == [10.0, 12.0]
    stage.do(Transport(stage.clock(), "stop"))
    stage.pulsing = False
    stage.run(18.0)
    assert onsets(stage, 72, 13.0) == []
    assert stage.session.state == "idle"


def test_with_barge_in_finish_the_round_ends_as_the_player_plays() -> None:
    """He plays into it, and no other round follows; his phrase is answered."""
    stage = Stage(barge_in="finish")
    stage.play(CALL)
    stage.run(6.0)
    stage.act("loop")
    stage.play([(6.7, 6.9, 50), (7.0, 7.2, 52)])
    stage.run(7.65)
    assert [pitch for pitch in struck(stage, 6.0) if pitch >= 72] == [72, 73, 74, 75]
    stage.run(12.0)
    assert stage.hanging == set()
