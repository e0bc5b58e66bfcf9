"""Whose turn it is, as a score: open turns, loop points, stalls, and the bar line."""

from __future__ import annotations

import pytest

from bridge.events import ControlChange, EngineDied, NoteOff, NoteOn
from engine.notes import Note
from tests.stage import Clocked, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""Three quarter notes at 120 bpm; the last key goes up at 1.4 s."""


def moved(score: list[tuple[float, float, int]], seconds: float) -> list[tuple[float, float, int]]:
    """Return a score that begins later."""
    return [(on_s + seconds, off_s + seconds, pitch) for on_s, off_s, pitch in score]


def test_a_player_who_goes_on_before_the_answer_sounds_is_still_in_the_same_phrase() -> None:
    """A turn that waits for its bar is taken back by the next note; the answer is then one to the whole phrase."""
    stage = Clocked(grid="bar", bar=4)
    stage.play([*moved(CALL, 2.5), (5.0, 5.4, 65), (5.5, 5.9, 67)])
    assert stage.score == []
    stage.run(8.2)
    assert stage.score[0].startswith("8.00 on")
    first = next(request for request in reversed(stage.engine.requests) if request.goal.drawn_notes == 0)
    assert first.goal.call_notes == 5
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 65, 67]


def test_a_turn_that_was_taken_back_leaves_no_trace() -> None:
    """The same phrase, with and without a turn that passed within it, is asked for in the same words."""
    asked = []
    for wait in (0.5, 1.6):
        stage = Clocked(grid="bar", bar=4, wait=wait)
        stage.play([*moved(CALL, 2.5), (5.0, 5.4, 65), (5.5, 5.9, 67)])
        stage.run(9.0)
        asked.append([request for request in stage.engine.requests if request.goal.drawn_notes == 0][-1])
    assert asked[0].goal == asked[1].goal
    assert asked[0].seed == asked[1].seed


def test_asking_again_before_the_answer_sounds_asks_for_the_same_answer() -> None:
    """A footswitch that bounces while the turn waits for its bar: still an answer to the call, played like it."""
    sounded = []
    for presses in (1, 2):
        stage = Clocked(grid="bar", bar=4, turn="ask")
        for on_s, off_s, pitch in moved(CALL, 2.5):
            stage.run(on_s)
            stage.do(NoteOn(on_s, pitch, 33))
            stage.run(off_s)
            stage.do(NoteOff(off_s, pitch))
        stage.run(4.5)
        for press in range(presses):
            stage.run(4.5 + 0.05 * press)
            stage.act("answer")
        stage.run(9.0)
        sounded.append([message for _, message in stage.sent if message[0] & 0xF0 in (0x80, 0x90)])
    assert sounded[0] == sounded[1]
    assert sounded[0][0][2] == 33


def test_a_pedal_lifted_soon_after_a_panic_is_lifted() -> None:
    """A pedal-up that follows our own silence by less than an echo's time is the player's all the same."""
    stage = Stage()
    stage.act("panic")
    stage.run(0.1)
    stage.controller(64, 127)
    stage.run(0.2)
    stage.controller(64, 0)
    stage.play(moved(CALL, 1.0))
    stage.run(3.0)
    assert stage.score[0] == "2.90 on 72"


@pytest.mark.parametrize("number", [120, 123])
def test_a_loop_point_in_mid_phrase_discards_nothing(number: int) -> None:
    """A DAW sends all notes off at its loop points: keys count as released, and the phrase stays one call."""
    stage = Stage()
    stage.play([(0.0, 0.45, 60), (0.5, 0.95, 62)])
    stage.do(NoteOn(1.0, 64, 80))
    stage.run(1.2)
    stage.do(ControlChange(1.2, number, 0))
    stage.run(3.0)
    assert stage.score[0] == "1.70 on 72"
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64]


@pytest.mark.parametrize("number", [120, 123])
def test_a_loop_point_before_an_answer_has_sounded_does_not_take_its_turn(number: int) -> None:
    """A turn that waits for the bar line at which the DAW's loop ends is answered on it; nothing sounded yet."""
    stage = Clocked(grid="bar", bar=4)
    stage.play([(2.5, 2.95, 60), (3.0, 3.45, 62)])
    stage.run(3.999)
    assert stage.session.state == "answering"
    stage.do(ControlChange(3.999, number, 0))
    stage.run(4.1)
    assert stage.score[:1] == ["4.00 on 72"]
    stage.run(8.0)
    assert [note.pitch for note in stage.session.transcript][:2] == [60, 62]


def test_what_a_stall_swallowed_was_never_heard() -> None:
    """After a stall the engine is told the notes that sounded, and silence where others were dropped."""
    stage = Stage(ScriptedEngine(length=12), articulation=1.0)
    stage.play(CALL)
    stage.run(2.0)
    stage.stall(3.3)
    stage.run(10.0)
    stage.play(moved(CALL, 10.0))
    sounded = [int(line.split()[2]) for line in stage.score if " on " in line]
    context = [note for note in stage.engine.context if note.pitch >= 72]
    assert [note.pitch for note in context[: len(sounded)]] == sounded
    assert [note.rest_beats for note in context] == [0.0, 2.0, *[0.0] * (len(context) - 2)]
    stage.act("panic")
    assert [note.pitch for note in stage.session.transcript][len(CALL) :] == sounded
    assert stage.hanging == set()


def test_an_answer_whose_beat_has_just_passed_begins_on_it() -> None:
    """A turn that passes 20 to 30 ms after the beat starts on that beat, not a sixteenth behind it."""
    for late_s in (0.0, 0.021, 0.027):
        stage = Clocked(132.0, ScriptedEngine(length=4), grid="beat", bar=4, wait=0.5, articulation=0.9)
        beat_s = 60 / 132
        stage.play([(beat_s * 4, beat_s * 6 + late_s - 0.5, 60)])
        stage.run(beat_s * 14)
        onsets = [float(line.split()[0]) for line in stage.score if " on " in line]
        assert onsets[1] == pytest.approx(beat_s * 7, abs=0.006)


def test_the_answer_enters_on_the_bar_line_that_the_call_has_filled() -> None:
    """On grid bar a phrase that has likely ended just before the line is answered on it, not a bar later."""
    stage = Clocked(120.0, turn="adaptive", grid="bar", bar=4)
    stage.play([(2.0 + 0.5 * index, 2.4 + 0.5 * index, 60 + index) for index in range(3)])
    stage.play([(3.5, 3.97, 60)])
    stage.run(7.0)
    assert float(stage.score[0].split()[0]) == pytest.approx(4.0, abs=0.031)


def test_in_bars_mode_nothing_is_put_on_the_players_own_downbeat() -> None:
    """Who plays on over the bar line keeps the turn until a bar line that is left free."""
    stage = Clocked(120.0, turn="bars", turn_bars=2, bar=4, grid="bar")
    stage.play([(2.0 + 0.5 * index, 2.45 + 0.5 * index, 60 + index % 5) for index in range(9)])
    stage.run(6.4)
    assert stage.score == []
    stage.run(9.0)
    assert float(stage.score[0].split()[0]) == pytest.approx(8.0, abs=0.031)
    assert [note.pitch for note in stage.session.transcript][:9] == [60 + index % 5 for index in range(9)]


def test_an_open_turn_survives_the_engine_and_is_answered() -> None:
    """An engine lost before the first note sounded owes the answer still; nothing of the call is lost."""
    stage = Clocked(grid="bar", bar=4)
    stage.play(moved(CALL, 2.5))
    stage.run(4.6)
    stage.do(EngineDied(stage.clock(), "gone"))
    stage.run(6.5)
    assert stage.score[0] == "6.00 on 72"
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64]


def test_a_repeated_note_is_told_to_the_engine_once() -> None:
    """What is heard enters the transcript once, whether its turn was open or not."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(9.0)
    assert list(stage.session.transcript) == [
        *(Note(pitch, 1.0) for pitch in (60, 62, 64)),
        *(Note(72 + index, 1.0) for index in range(4)),
    ]
