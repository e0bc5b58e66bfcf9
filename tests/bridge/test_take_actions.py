"""Takes as a player has them: again, vary, undo, keep, more, loop, through a session."""

from __future__ import annotations

from itertools import pairwise

from bridge.events import Action, ControlChange, EngineDied, NoteOff, NoteOn, SetControl, Transport
from bridge.observers import Observer
from bridge.take import Take
from engine.notes import Note, figure
from tests.stage import Clocked, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""With a wait of 0.5 s the turn passes at 1.9 s; four beats of answer at 120 bpm end at 3.9 s."""


class Library(Observer):
    """Write down the takes that are told."""

    def __init__(self) -> None:
        self.takes: list[Take] = []
        self.again: list[tuple[int, bool]] = []
        self.in_hand: list[int] = []

    def on_take(self, take: Take) -> None:
        self.takes.append(take)

    def on_again(self, number: int, looping: bool) -> None:
        self.again.append((number, looping))

    def on_in_hand(self, number: int) -> None:
        self.in_hand.append(number)


def later(by_s: float) -> list[tuple[float, float, int]]:
    """Return the call, played so much later."""
    return [(on + by_s, off + by_s, pitch) for on, off, pitch in CALL]


def sent(stage: Stage, since_s: float) -> list[tuple[float, tuple[int, ...]]]:
    """Return the note messages sent since, their times from the first."""
    notes = [(at_s, message) for at_s, message in stage.sent if message[0] & 0xF0 in (0x80, 0x90)]
    since = [(at_s, tuple(message)) for at_s, message in notes if at_s >= since_s - 1e-9]
    return [(round(at_s - since[0][0], 3), message) for at_s, message in since]


def choose(stage: Stage, number: object) -> None:
    """Take a take in hand."""
    stage.do(Action(stage.clock(), "take", "osc", (number,)))


def struck(stage: Stage, since_s: float = 0.0) -> list[int]:
    """Return the pitches struck since."""
    return [message[1] for _, message in sent(stage, since_s) if message[0] & 0xF0 == 0x90]


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


def onsets(stage: Stage, pitch: int, since_s: float = 0.0) -> list[float]:
    """Return when a pitch was struck."""
    return [
        at_s
        for at_s, message in stage.sent
        if message[0] & 0xF0 == 0x90 and message[1] == pitch and at_s >= since_s
    ]


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
