"""A pianist's left hand, kept out of the melody by the control `split`."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.events import Event, NoteOff, NoteOn, SetControl
from tests.stage import Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
BASS = [(0.0, 9.0, 36), (0.0, 9.0, 43), (2.2, 2.3, 41)]
"""A fifth that is held through the answer, and a note that is struck into it."""


def test_the_left_hand_is_no_part_of_the_call_and_keeps_no_turn() -> None:
    """A bass held through the answer and struck into it: the melody alone is answered, and to its end."""
    scores = []
    for score in (CALL, [*CALL, *BASS]):
        stage = Stage(split=48, articulation=1.0)
        stage.play([note for note in score if note[0] < 2.0])
        stage.play([note for note in score if note[0] > 2.0])
        stage.run(9.5)
        scores.append(stage.score)
        assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72, 73, 74, 75]
    assert scores[0] == scores[1]
    assert scores[0][0] == "1.90 on 72"


def test_the_left_hand_alone_is_no_call() -> None:
    """Who only accompanies is answered nothing."""
    stage = Stage(split=48)
    stage.play(BASS[2:])
    stage.run(5.0)
    assert stage.engine.requests == []
    assert stage.session.state == "idle"


def test_without_a_split_a_held_bass_note_keeps_the_turn() -> None:
    """Off by default: then every key that is held counts."""
    stage = Stage()
    stage.play(CALL)
    stage.do(NoteOn(stage.clock(), 36, 80))
    stage.run(4.0)
    assert stage.score == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["on", "off", "split"]), st.integers(58, 62)), max_size=20))
def test_a_split_that_is_moved_over_held_keys_hangs_nothing(moves: list[tuple[str, int]]) -> None:
    """When all keys are up nothing is held in either hand, and the next phrase is answered."""
    stage = Stage(turn="fixed", wait=0.1)
    stage.step_s = 0.02
    for what, pitch in moves:
        now_s = stage.clock()
        events: dict[str, Event] = {
            "on": NoteOn(now_s, pitch, 80),
            "off": NoteOff(now_s, pitch),
            "split": SetControl(now_s, "split", pitch, "osc"),
        }
        stage.do(events[what])
        stage.run(now_s + 0.04)
    for pitch in range(58, 63):
        stage.do(NoteOff(stage.clock(), pitch))
    assert not stage.session._duet.phrase.held
    stage.run(stage.clock() + 3.0)
    before = len(stage.score)
    now_s = stage.clock()
    stage.play([(now_s, now_s + 0.1, 70)])
    stage.run(now_s + 0.5)
    assert len(stage.score) > before
