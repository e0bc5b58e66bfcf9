"""Takes as a player has them: again, vary, undo, keep, more, take, through a session."""

from __future__ import annotations

from bridge.events import SetControl
from engine.notes import Note, figure
from tests.bridge.taking import CALL, Library, choose, later, sent, struck
from tests.stage import Clocked, ScriptedEngine, Stage


def test_every_answer_that_sounded_is_a_take_with_what_it_was_drawn_from() -> None:
    """Number, seed, call, context, settings, how it was asked for, its notes; the next one knows the first."""
    library = Library()
    stage = Stage(observers=[library], temperature=0.7, articulation=1.0)
    stage.play(CALL)
    stage.run(6.0)
    stage.play(later(6.0))
    stage.run(12.0)
    first, second = library.takes
    assert [(take.number, take.call_notes, take.kept) for take in library.takes] == [(1, 3, False), (2, 3, False)]
    assert first.call == tuple(Note(pitch, 1.0) for pitch in (60, 62, 64))
    assert second.context[:7] == (*first.context, *first.melody)
    assert second.heard == (1,)
    asked = [request for request in stage.engine.requests if request.count]
    assert (first.seed, first.drawings[0].sampling.temperature) == (asked[0].seed, 0.7)
    assert first.settings["temperature"] == 0.7
    assert [note for drawing in first.drawings for note in drawing.notes] == list(first.melody)
    assert (first.model.checkpoint, round(first.time.bpm)) == ("scripted", 120)
    assert [round(each.sounding_beats, 3) for each in first.notes] == [0.97] * 4


def test_an_answer_of_which_nothing_sounded_is_no_take() -> None:
    """A turn that is taken back before its answer leaves no number behind."""
    library = Library()
    stage = Clocked(grid="bar", bar=4, observers=[library])
    stage.play([(4.2, 4.6, 60), (4.7, 5.0, 62)])
    stage.run(5.8)
    assert stage.session.state == "answering"
    stage.play([(5.8, 6.2, 65)])
    stage.run(12.0)
    assert [take.number for take in library.takes] == [1]
    assert len(library.takes[0].call) == 3


def test_again_sounds_as_it_sounded() -> None:
    """The same keys, velocities, times and lengths, whatever was moved since; the engine is not asked."""
    stage = Stage(swing=0.3, dynamics=0.5)
    stage.play(CALL)
    stage.run(6.0)
    first = sent(stage, 1.9)
    for name, value in (("swing", 0.0), ("velocity", 12), ("articulation", 0.2)):
        stage.do(SetControl(stage.clock(), name, value, "osc"))
    asked = len([request for request in stage.engine.requests if request.count])
    stage.run(7.0)
    stage.act("again")
    stage.run(11.0)
    again = sent(stage, 7.0)
    assert [message for _, message in again] == [message for _, message in first]
    assert max(abs(mine - theirs) for (mine, _), (theirs, _) in zip(again, first, strict=True)) < 0.0025
    assert len([request for request in stage.engine.requests if request.count]) == asked
    assert stage.session.state == "idle"


def test_again_is_heard_and_so_part_of_what_the_engine_knows() -> None:
    """What sounded twice stands in the transcript twice."""
    stage = Stage()
    stage.play(CALL)
    stage.run(6.0)
    stage.act("again")
    stage.run(10.0)
    answer = tuple(Note(72 + index, 1.0) for index in range(4))
    assert stage.session.transcript[3:] == answer * 2


def test_again_is_whole_although_the_player_cut_it() -> None:
    """An answer that the player ended after two notes sounds to its end when he asks for it."""
    stage = Stage()
    stage.play([*CALL, (2.6, 2.7, 50)])
    assert struck(stage) == [72, 73]
    stage.run(2.75)
    stage.act("again")
    stage.run(6.0)
    assert struck(stage, 2.75) == [72, 73, 74, 75]
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72, 73, 50, 72, 73, 74, 75]


def test_again_within_an_answer_begins_it_anew() -> None:
    """It is the same take, and sounds from its first note."""
    stage = Stage()
    stage.play(CALL)
    stage.run(2.75)
    stage.act("again")
    stage.run(6.0)
    assert struck(stage, 2.75) == [72, 73, 74, 75]
    assert stage.hanging == set()


def test_by_a_clock_again_begins_in_its_place_of_the_bar() -> None:
    """A take that began on a bar line waits for one."""
    stage = Clocked(120.0, bar=4, grid="bar")
    stage.play(later(2.0))
    stage.run(9.0)
    assert stage.score[0] == "4.00 on 72"
    stage.act("again")
    stage.run(12.5)
    assert [line for line in stage.score if " on 72" in line] == ["4.00 on 72", "10.00 on 72"]


def test_vary_is_another_answer_to_the_same_call() -> None:
    """Another seed, the very context that the first one had, and the first one's place in what was heard."""
    library = Library()
    stage = Stage(observers=[library])
    stage.play(CALL)
    stage.run(6.0)
    stage.engine.script = lambda index: Note(40 + index, 1.0)
    stage.act("vary")
    stage.run(10.0)
    first, second = library.takes
    assert struck(stage, 6.0) == [40, 41, 42, 43]
    assert (first.context, first.call_notes) == (second.context, second.call_notes)
    assert first.seed != second.seed
    assert second.heard == (1,)
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 40, 41, 42, 43]
    assert next(r for r in reversed(stage.engine.requests) if r.count).heard == (figure(first.melody),)


def test_a_varied_answer_that_is_played_into_before_it_sounds_leaves_its_call_heard() -> None:
    """The call was answered once; it does not go away with the turn."""
    stage = Clocked(grid="bar", bar=4)
    stage.play(later(2.0))
    stage.run(8.3)
    stage.act("vary")
    stage.play([(8.6, 8.8, 50)])
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64]
    stage.run(14.0)
    assert struck(stage, 8.7) != []


def test_an_older_take_is_varied_where_it_stood() -> None:
    """Whoever goes back to a take goes back to what had been heard then."""
    stage = Stage()
    stage.play(CALL)
    stage.run(6.0)
    stage.play(later(6.0))
    stage.run(12.0)
    choose(stage, 1)
    stage.act("vary")
    stage.run(16.0)
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72, 73, 74, 75]


def test_undo_takes_the_last_answer_out_of_transcript_and_engine_and_again_the_one_before() -> None:
    """The call stays heard; the engine's context is cut back at once."""
    stage = Stage()
    stage.play(CALL)
    stage.run(6.0)
    stage.play(later(6.0))
    stage.run(12.0)
    calls = [60, 62, 64]
    stage.act("undo")
    assert [note.pitch for note in stage.session.transcript] == [*calls, 72, 73, 74, 75, *calls]
    assert stage.engine.context == list(stage.session.transcript)
    stage.act("undo")
    assert [note.pitch for note in stage.session.transcript] == calls
    assert [note.pitch for note in stage.engine.context] == calls
    stage.act("undo")
    assert "no answer is left" in stage.witness.logs[-1]
    assert stage.witness.errors == []


def test_undo_within_an_answer_silences_it_and_it_was_never_heard() -> None:
    """What sounded of it is out of the context too."""
    stage = Stage()
    stage.play(CALL)
    stage.run(2.75)
    stage.act("undo")
    assert stage.hanging == set()
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64]


def test_undo_before_the_answer_sounds_calls_it_off_and_takes_no_other() -> None:
    """Waiting for its bar it is not heard yet, so nothing that was heard is taken back."""
    stage = Clocked(grid="bar", bar=4)
    stage.play(later(2.0))
    stage.run(9.0)
    stage.play([(10.1, 10.4, 60), (10.5, 10.9, 62)])
    stage.run(11.6)
    stage.act("undo")
    assert [note.pitch for note in stage.session.transcript] == [60, 62, 64, 72, 73, 74, 75, 60, 62]
    stage.run(14.0)
    assert struck(stage, 11.6) == []


def test_undo_keeps_the_phrase_that_is_being_played() -> None:
    """Who plays on while he takes the answer back is answered as if it had never come between."""
    stage = Stage()
    stage.play([*CALL, (2.6, 2.7, 50)])
    stage.act("undo")
    stage.run(6.0)
    assert [note.pitch for note in stage.session.transcript][:4] == [60, 62, 64, 50]


def test_keep_marks_the_answer_that_sounds_or_the_last_one() -> None:
    """It is told as kept, once."""
    library = Library()
    stage = Stage(observers=[library])
    stage.play(CALL)
    stage.run(2.75)
    stage.act("keep")
    stage.run(6.0)
    assert [(take.number, take.kept) for take in library.takes] == [(1, True)]
    stage.play(later(6.0))
    stage.run(12.0)
    for _ in range(2):
        stage.act("keep")
    assert [(take.number, take.kept) for take in library.takes] == [(1, True), (2, False), (2, True)]


def test_what_is_not_there_is_said_and_changes_nothing() -> None:
    """Without a take, and for numbers that are none, there is a sentence with what there is."""
    stage = Stage()
    for name in ("again", "vary", "keep", "more", "loop"):
        stage.act(name)
        assert "no take yet" in stage.witness.errors[-1]
    stage.play(CALL)
    stage.run(6.0)
    for number in (0, -1, 2, 99):
        choose(stage, number)
        assert f"take {number}: there is none" in stage.witness.errors[-1]
    for rubbish in ("../../etc/passwd", None, True, float("nan"), b"1"):
        choose(stage, rubbish)
        assert "refused" in stage.witness.errors[-1]
    assert stage.session.state == "idle"


def test_a_take_that_was_chosen_is_in_hand_until_the_next_answer() -> None:
    """Then the newest is; the choice is told, so that every surface shows it."""
    library = Library()
    stage = Stage(observers=[library])
    stage.play(CALL)
    stage.run(6.0)
    stage.engine.script = lambda index: Note(40 + index, 1.0)
    stage.play(later(6.0))
    stage.run(12.0)
    for number, pitch in ((1, 72), (2, 40)):
        choose(stage, float(number))
        start_s = stage.clock()
        stage.act("again")
        stage.run(start_s + 4.0)
        assert struck(stage, start_s)[0] == pitch
    choose(stage, 1)
    stage.engine.script = lambda index: Note(50 + index, 1.0)
    stage.play(later(20.0))
    stage.run(26.0)
    stage.act("again")
    stage.run(27.0)
    assert struck(stage, 26.0)[0] == 50
    assert library.in_hand == [1, 2, 1]


def test_more_like_this_moves_closeness_towards_the_takes() -> None:
    """Up for an answer that echoes its call, down for one that has nothing of it; told as any other move."""
    moved = []
    for script in (lambda index: Note(72 + 2 * (index % 3), 1.0), lambda index: Note(72 - 5 * (index % 2), 0.25)):
        stage = Stage(ScriptedEngine(script, length=6), closeness=0.5)
        stage.play(CALL)
        stage.run(8.0)
        stage.act("more")
        moved.append(float(stage.session.controls["closeness"]))
        assert stage.witness.controls[-1][::2] == ("closeness", "take")
    assert moved[0] > 0.5 > moved[1]


# The looper
