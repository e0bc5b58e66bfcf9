"""An answer that comes in too soon: the player goes on within 150 ms of it, and his phrase is still one."""

from __future__ import annotations

from bisect import bisect

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.events import ControlChange, EngineDied, NoteOff, NoteOn, SetControl
from engine.notes import Note
from tests.stage import Clocked, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""Three quarter notes at 120 bpm; the last key goes up at 1.4 s, and the answer enters at 1.9."""


def first_asked(stage: Stage) -> list[tuple[int, int | None]]:
    """Return of all requests that began an answer how long their call was, in notes, and their seed."""
    return [(each.goal.call_notes, each.seed) for each in stage.engine.requests if each.goal.drawn_notes == 0]


@pytest.mark.parametrize("barge_in", ["yield", "finish"])
def test_a_return_within_150_ms_stops_the_answer_and_the_phrase_goes_on(barge_in: str) -> None:
    """The note-off leaves with the player's note-on; the answer is then one to the whole phrase."""
    stage = Stage(barge_in=barge_in, articulation=1.0)
    stage.play([*CALL, (2.0, 2.4, 65), (2.5, 2.9, 67)])
    assert stage.score == ["1.90 on 72", "2.00 off 72"]
    assert stage.session.state == "listening"
    assert list(stage.session.transcript) == []
    stage.run(3.5)
    assert stage.score[2:] == ["3.40 on 72"]
    stage.run(6.0)
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72, 65, 67, 72, 73, 74, 75]
    assert {seed for _, seed in first_asked(stage)} == {stage.engine.requests[0].seed}
    assert stage.hanging == set()


def test_a_later_return_is_a_barge_in() -> None:
    """After 150 ms the answer was meant to be heard: what is played then begins a phrase of its own."""
    stage = Stage(articulation=1.0)
    stage.play([*CALL, (2.06, 2.4, 65)])
    assert stage.score == ["1.90 on 72", "2.06 off 72"]
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72]
    stage.run(2.8)
    assert first_asked(stage)[-1][0] == 1


def test_a_false_entry_moves_nothing_of_the_call() -> None:
    """Its note takes its time from the gap that it fell into: the call is as long as without it."""
    lengths, contexts = [], []
    for wait_s in (0.5, 1.0):
        stage = Stage(articulation=1.0, wait=wait_s)
        stage.play([*CALL, (2.0, 2.45, 65), (2.5, 2.9, 67)])
        stage.run(2.95)
        lengths.append(stage.engine.requests[-1].goal.length_beats)
        contexts.append(stage.engine.context[: stage.engine.requests[-1].goal.call_notes])
    assert lengths[0] == lengths[1]
    with_false, without = contexts
    assert with_false[3].pitch == 72
    assert sum(n.duration_beats + n.rest_beats for n in with_false) == lengths[0]
    assert [n for n in with_false if n.pitch < 72][-1] == without[-1]


def test_a_false_entry_is_not_remembered_as_the_end_of_a_call() -> None:
    """The next phrase is awaited as if the one before had never been cut in two."""
    entries_s = []
    for wait_s in (0.5, 1.2):
        stage = Stage(wait=wait_s)
        stage.play([*CALL, (2.0, 2.45, 65), (2.5, 2.95, 67), (3.0, 3.4, 64)])
        stage.run(8.0)
        stage.do(SetControl(stage.clock(), "turn", "adaptive", "osc"))
        stage.play([(on_s + 8.0, off_s + 8.0, pitch) for on_s, off_s, pitch in CALL])
        stage.run(11.5)
        entries_s.append(next(time_s for time_s, message in stage.sent if time_s > 8 and message[0] == 0x90))
    assert entries_s[0] == pytest.approx(entries_s[1], abs=0.003)


def test_playing_along_takes_nothing_back() -> None:
    """In barge-in mode overlap who plays within 150 ms of the entry plays along with the answer."""
    stage = Stage(barge_in="overlap", articulation=1.0)
    stage.play([*CALL, (1.95, 2.1, 50)])
    stage.run(9.0)
    assert [line.split()[2] for line in stage.score if " on " in line][:4] == ["72", "73", "74", "75"]
    assert [note.pitch for note in stage.session.transcript][:8] == [60, 62, 64, 72, 73, 74, 75, 50]


def test_an_answer_of_one_short_note_can_be_a_false_entry_too() -> None:
    """That the answer is over before the player goes on, 100 ms after its entry, makes it no better."""
    stage = Stage(ScriptedEngine(lambda index: Note(72, 0.125), length=1), articulation=0.5)
    stage.play([*CALL, (2.0, 2.4, 65)])
    stage.run(2.8)
    assert first_asked(stage)[-1][0] >= 4


def test_nothing_is_put_on_the_players_own_downbeat() -> None:
    """An answer on the bar line and the player's note on it: the answer falls silent, the phrase goes on."""
    stage = Clocked(grid="bar", bar=4, wait=0.3)
    stage.play([(2.5, 2.9, 60), (3.0, 3.4, 62), (4.02, 4.4, 64), (4.5, 4.9, 65)])
    assert stage.score == ["4.00 on 72", "4.02 off 72"]
    stage.run(7.0)
    assert stage.score[2] == "6.00 on 72"
    assert [note.pitch for note in stage.session.transcript][:5] == [60, 62, 72, 64, 65]


def test_a_loop_point_just_behind_the_entry_does_not_end_the_answer() -> None:
    """CC 123 sent at the bar line on which the answer enters: 10 ms before or after it, the answer is heard."""
    for at_s in (3.99, 4.01):
        stage = Clocked(grid="bar", bar=4)
        stage.play([(2.5, 2.95, 60), (3.0, 3.45, 62)])
        stage.run(at_s)
        stage.do(ControlChange(at_s, 123, 0))
        if at_s > 4:
            assert stage.hanging == set()
        stage.run(7.0)
        assert [line.split()[2] for line in stage.score if " on " in line] == ["72", "73", "74", "75"]


def test_a_switch_that_bounces_just_behind_the_entry_asks_for_nothing_new() -> None:
    """Two presses within 150 ms of the entry are one."""
    stage = Stage(turn="ask", articulation=1.0)
    stage.play(CALL)
    stage.run(2.0)
    stage.act("answer")
    stage.run(2.05)
    stage.act("answer")
    stage.run(6.0)
    assert [line.split()[2] for line in stage.score if " on " in line] == ["72", "73", "74", "75"]


def test_an_engine_lost_just_behind_the_entry_leaves_the_call_heard() -> None:
    """What sounded stays: the call and the note are in the transcript once, and the next phrase is a new one."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(1.95)
    stage.do(EngineDied(stage.clock(), "gone"))
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72]
    stage.play([(2.0, 2.4, 65)])
    stage.run(2.8)
    assert first_asked(stage)[-1][0] == 1


GAPS = st.floats(0.05, 0.6)
NOTES = st.lists(st.tuples(GAPS, st.floats(0.3, 0.95), st.integers(40, 59)), min_size=3, max_size=6)


@settings(max_examples=25, deadline=None)
@example([(0.5, 0.5, 40), (0.3, 0.5, 41)], 0.25, 1.0, False)  # the player strikes just as the answer does
@given(NOTES, st.sampled_from([0.1, 0.2, 0.35]), st.sampled_from([0.125, 0.25, 0.5, 1.0]), st.booleans())
def test_the_context_is_what_sounded_in_the_order_of_time(
    strokes: list[tuple[float, float, int]], wait_s: float, beats: float, clocked: bool
) -> None:
    """Whenever the player comes back, transcript and engine hold his notes and the sounded ones, as they came."""
    engine = ScriptedEngine(lambda index: Note(72 + index % 12, beats), length=6)
    stage = Clocked(engine=engine, wait=wait_s, grid="off") if clocked else Stage(engine, wait=wait_s)
    stage.step_s = 0.01
    score, now_s = [], 0.5
    for gap_s, share, pitch in strokes:
        score.append((now_s, now_s + gap_s * share, pitch))
        now_s += gap_s
    stage.play(score)
    stage.run(stage.clock() + 4.0)
    struck = [(on_s, pitch) for on_s, _, pitch in score]
    for time_s, message in stage.sent:
        if message[0] & 0xF0 == 0x90:
            struck.insert(bisect(struck, (time_s, 0)), (time_s, message[1]))
    heard = [note.pitch for note in stage.session.transcript]
    assert heard == [pitch for _, pitch in struck]
    assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in stage.session.transcript)
    now_s = stage.clock()
    stage.do(NoteOn(now_s, 50, 80))
    stage.run(now_s + 0.1)
    stage.do(NoteOff(stage.clock(), 50))
    stage.run(stage.clock() + 0.005)
    assert tuple(engine.context[: len(heard)]) == stage.session.transcript
    assert stage.hanging == set()
