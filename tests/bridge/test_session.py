"""The session as a score: what is played, what is answered, and what silences it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.config import Config
from bridge.events import (
    ControlChange,
    EngineDied,
    EngineReply,
    NoteOff,
    NoteOn,
    PortsChanged,
    SetControl,
    SetControls,
)
from bridge.ports.wire import decode
from engine.messages import Continue, Drawn, Failed
from engine.notes import Note
from tests.stage import READY, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""Three quarter notes at 120 bpm; the last key goes up at 1.4 s."""


def test_a_phrase_is_answered_after_the_wait_in_its_tempo() -> None:
    """The answer begins a fixed wait after the last note-off, a beat as long as the player's, legato as asked."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(5.0)
    assert stage.score == [
        *("1.90 on 72", "2.39 off 72", "2.40 on 73", "2.89 off 73"),
        *("2.90 on 74", "3.39 off 74", "3.40 on 75", "3.89 off 75"),
    ]
    assert stage.session.state == "idle"


def test_the_turn_costs_no_inference() -> None:
    """The first notes are drawn before the turn passes, and as it passes nothing at all is asked for."""
    stage = Stage()
    stage.play(CALL)
    stage.run(1.85)
    asked = len(stage.engine.requests)
    assert stage.engine.requests[-1].count > 0
    stage.engine.stuck = True
    stage.run(1.95)
    assert stage.score == ["1.90 on 72"]
    assert stage.witness.latencies_ms == [pytest.approx(0.0, abs=1.1)]
    assert [request.goal.drawn_notes for request in stage.engine.requests[asked:]] == []


@pytest.mark.parametrize(("by_hand", "since_key_ms"), [(False, pytest.approx(500.0, abs=2.0)), (True, None)])
def test_the_time_since_the_last_key_is_told_only_where_that_key_passed_the_turn(
    by_hand: bool, since_key_ms: object
) -> None:
    """A turn that is passed by hand, long after the last key, has no such time."""
    stage = Stage(turn="ask" if by_hand else "fixed")
    stage.play(CALL)
    stage.run(4.0)
    if by_hand:
        stage.act("answer")
        stage.run(4.1)
    assert stage.witness.since_key_ms == [since_key_ms]


def test_a_controller_of_ones_own_moves_its_control_and_the_tables_gives_way() -> None:
    """Any control by any number; the number that the table gives it no longer moves it."""
    stage = Stage(config=Config(seed=1, cc={"temperature": 14}))
    stage.controller(14, 127)
    stage.controller(20, 0)
    stage.run(0.1)
    assert stage.witness.controls == [("temperature", 2.0, "cc")]


def test_a_player_who_goes_on_is_not_interrupted() -> None:
    """A new note within the wait throws the draft away and starts the wait anew."""
    stage = Stage()
    stage.play([*CALL, (1.85, 2.2, 65)])
    stage.run(2.6)
    assert stage.score == []
    stage.run(2.75)
    assert stage.score == ["2.70 on 72"]


def test_coming_back_in_stops_the_answer_at_once_and_it_forgets_what_was_not_heard() -> None:
    """Barge-in: the note-off leaves with the player's note-on; the engine's context holds the heard notes only."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(2.5)
    stage.play([(2.6, 2.9, 50)])
    assert stage.score == ["1.90 on 72", "2.39 off 72", "2.40 on 73", "2.60 off 73"]
    assert stage.session.state == "listening"
    stage.run(3.0)
    played = [note.pitch for note in stage.engine.context]
    assert played[:6] == [60, 62, 64, 72, 73, 50]
    stage.run(8.0)
    assert stage.hanging == set()


def test_finish_lets_the_phrase_end_before_it_yields() -> None:
    """In barge-in mode finish the answer plays to its phrase end although the player is back, and no further."""
    stage = Stage(ScriptedEngine(length=12), barge_in="finish", articulation=1.0)
    stage.engine.phrase_ends = {2: 0.9}
    stage.play([*CALL, (2.45, 2.6, 50)])
    stage.run(12.0)
    answered = [line.split()[2] for line in stage.score if " on " in line]
    assert answered[:4] == ["72", "73", "74", "72"]
    assert stage.hanging == set()


def test_finish_is_not_undone_by_notes_that_were_on_their_way() -> None:
    """Notes drawn before the engine heard of the end are not played behind it, nor asked for by a fader."""
    stage = Stage(ScriptedEngine(length=40), barge_in="finish", articulation=1.0)
    stage.play(CALL)
    stage.run(2.6)
    late = list(stage.engine.requests)[-1]
    stage.do(NoteOn(stage.clock(), 50, 80))
    for index in range(5):
        stage.do(EngineReply(stage.clock(), Drawn(late.request, index, Note(90, 1.0), 0.1, False, 1.0)))
    stage.do(SetControl(stage.clock(), "temperature", 1.3, "osc"))
    stage.run(9.0)
    assert not any(line.endswith("on 90") for line in stage.score)
    before_the_next = [line for line in stage.score if " on " in line and float(line.split()[0]) < 6.0]
    assert len(before_the_next) <= 2 + 4  # those that had begun, and four beats more


def test_overlap_plays_on() -> None:
    """In barge-in mode overlap the answer sounds to its end, and the call is answered afterwards."""
    stage = Stage(barge_in="overlap", articulation=1.0)
    stage.play([*CALL, (2.0, 2.1, 50)])
    stage.run(9.0)
    assert [line.split()[2] for line in stage.score if " on " in line][:5] == ["72", "73", "74", "75", "72"]
    assert stage.hanging == set()


def test_a_fader_that_keeps_moving_does_not_keep_an_answer_from_ending() -> None:
    """An answer whose last note sounds is complete, whatever is moved meanwhile."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    for move in range(40):
        stage.run(2.0 + move * 0.1)
        stage.do(SetControl(stage.clock(), "temperature", 1.0 + move / 100, "osc"))
    assert stage.session.state == "idle"
    assert sum(" on " in line for line in stage.score) == 4


def test_everything_that_goes_out_may_come_back_in() -> None:
    """A DAW that loops all messages from the start, controllers too: no storm of panics, and answers sound."""
    stage = Stage(articulation=1.0)
    stage.session.start(0.0)
    looped = 0
    played = [(on + 1.0, off + 1.0, pitch) for on, off, pitch in CALL]
    waiting = [each for on, off, pitch in played for each in (NoteOn(on, pitch, 80), NoteOff(off, pitch))]
    while stage.clock() < 7.0:
        stage.run(stage.clock() + 0.005)
        for _, message in stage.sent[looped:]:
            event = decode(message, stage.clock())
            if event is not None:
                stage.do(event)
        looped = len(stage.sent)
        while waiting and waiting[0].time_s <= stage.clock():
            stage.do(waiting.pop(0))
    assert len(stage.sent) < 300
    assert sum(" on " in line for line in stage.score) == 4
    assert stage.hanging == set()


def test_panic_lets_go_of_a_stuck_pedal() -> None:
    """After a pedal-up was lost, panic frees the next phrase from it."""
    stage = Stage()
    stage.controller(64, 127)
    stage.act("panic")
    stage.play(CALL)
    stage.run(2.0)
    assert stage.score[0] == "1.90 on 72"


def test_panic_is_heard_on_every_channel() -> None:
    """The channel filter is for notes; a panic on another channel still silences."""
    stage = Stage(config=Config(channel=1, seed=1))
    stage.play(CALL)
    stage.run(2.0)
    stage.do(ControlChange(stage.clock(), 123, 0, 9))
    assert stage.hanging == set()


def test_an_engine_that_fails_every_request_is_started_again() -> None:
    """Failure after failure is not asked again for ever."""
    stage = Stage()
    stage.play(CALL)
    for _ in range(10):
        stage.do(EngineReply(stage.clock(), Failed(stage.engine.requests[-1].request, "no", False)))
        if "failed" in " ".join(stage.witness.errors):
            break
    stage.run(stage.clock() + 0.1)
    assert stage.engine.restarts == 1


def test_an_answer_that_comes_far_too_late_is_given_up() -> None:
    """An engine that is ready only half a minute later does not begin to play out of nowhere."""
    stage = Stage()
    stage.do(EngineDied(0.0, "gone"))
    stage.engine.restart = lambda: None  # type: ignore[method-assign]
    stage.play(CALL)
    stage.run(20.0)
    stage.do(EngineReply(stage.clock(), READY))
    stage.run(22.0)
    assert stage.score == []
    assert any("no answer within" in text for text in stage.witness.errors)


def test_a_style_set_before_the_checkpoint_is_known_is_judged_when_it_is() -> None:
    """A style from a preset holds until the checkpoint's styles are known; one that it lacks is reported."""
    stage = Stage(style="Atlantis")
    assert stage.session.controls["style"] == "any"
    assert any("Atlantis" in text for text in stage.witness.errors)


def test_the_footswitch_passes_the_turn_at_once() -> None:
    """A press of the footswitch needs no wait; its release does nothing."""
    stage = Stage(turn="ask")
    stage.play(CALL)
    stage.run(3.0)
    assert stage.score == []
    stage.controller(66, 127)
    stage.controller(66, 0)
    assert stage.score == ["3.00 on 72"]


def test_asking_with_a_key_still_held_answers_what_was_played() -> None:
    """A held last note is part of the call when the player asks."""
    stage = Stage(turn="ask")
    stage.play([(0.0, 0.45, 60)])
    stage.run(0.5)
    stage.do(NoteOn(0.5, 62, 80))
    stage.run(1.0)
    stage.act("answer")
    stage.run(1.2)
    assert [note.pitch for note in stage.session.transcript] == [60, 62]
    assert stage.score[0].endswith("on 72")


def test_asking_before_anything_was_played_says_so() -> None:
    """There is nothing to answer; nothing sounds and a line says why."""
    stage = Stage()
    stage.act("answer")
    assert stage.score == []
    assert "play something first" in stage.witness.logs[-1]


@pytest.mark.parametrize("number", [120, 123])
def test_panic_silences_at_once(number: int) -> None:
    """CC 120 and 123 release what sounds, send all-notes-off on every channel, and wait for the player."""
    stage = Stage()
    stage.play(CALL)
    stage.run(2.2)
    del stage.sent[:-1]
    stage.controller(number, 0)
    assert stage.hanging == set()
    assert sum(message[1] == 123 for _, message in stage.sent if message[0] & 0xF0 == 0xB0) == 16
    before = list(stage.score)
    stage.run(9.0)
    assert stage.score == before
    assert stage.session.state == "idle"


def test_a_key_held_for_ever_does_not_make_it_mute() -> None:
    """A lost note-off delays the answer by hold_max, not for ever."""
    stage = Stage(hold_max=2.0)
    stage.do(NoteOn(0.0, 60, 80))
    stage.run(2.4)
    assert stage.score == []
    stage.run(2.7)
    assert stage.score == ["2.50 on 72"]


def test_temperature_acts_from_the_very_next_note() -> None:
    """Moving a fader in mid answer draws anew everything that has not begun, and nothing that has."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(2.5)
    stage.engine.script = lambda index: Note(40 + index, 1.0)
    stage.do(SetControl(stage.clock(), "temperature", 1.7, "osc"))
    stage.run(5.0)
    drawing = [request for request in stage.engine.requests if request.sampling.temperature == 1.7]
    assert drawing[0].goal.drawn_notes == 2
    assert [line for line in stage.score if " on " in line] == [
        "1.90 on 72",
        "2.40 on 73",
        "2.90 on 42",
        "3.40 on 43",
    ]
    assert ("temperature", 1.7, "osc") in stage.witness.controls


def test_a_fader_moved_during_the_wait_redraws_the_draft() -> None:
    """A control changed before the turn passes is honoured by the first note."""
    stage = Stage()
    stage.play(CALL)
    stage.run(1.6)
    stage.engine.script = lambda index: Note(40 + index, 1.0)
    stage.do(SetControl(stage.clock(), "top_k", 3, "osc"))
    stage.run(1.95)
    assert stage.score == ["1.90 on 40"]


def test_a_morph_between_two_styles_is_heard_within_the_answer() -> None:
    """What has not begun is drawn again, on the way to the other style; what has sounded stays."""
    stage = Stage()
    stage.do(EngineReply(0.0, replace(READY, styles=("hymn", "irish"))))
    for name, value in (("style", "hymn"), ("style_b", "irish")):
        stage.do(SetControl(0.0, name, value, "osc"))
    stage.play(CALL)
    stage.run(2.2)
    stage.do(SetControl(stage.clock(), "style_mix", 0.5, "osc"))
    stage.run(5.0)
    asked = [request for request in stage.engine.requests if request.sampling.style_mix == 0.5]
    assert asked[0].goal.drawn_notes >= 1
    assert {(each.sampling.style, each.sampling.style_b) for each in asked} == {("hymn", "irish")}


def test_controls_that_move_as_one_throw_one_draft_away() -> None:
    """A bundle of three is one new order, under all three."""
    stage = Stage()
    stage.play(CALL)
    stage.run(1.6)
    before = len(stage.engine.requests)
    moves = {"top_k": 3, "temperature": 1.5, "key_lock": 0.9}
    now_s = stage.clock()
    stage.do(SetControls(now_s, tuple(SetControl(now_s, name, value, "osc") for name, value in moves.items())))
    stage.run(1.7)
    (request,) = stage.engine.requests[before:]
    drawn_with = request.sampling
    assert {name: getattr(drawn_with, name) for name in moves} == moves


@pytest.mark.parametrize("value", [float("nan"), "hot", -1, 9, True])
def test_a_refused_value_changes_nothing_and_is_reported(value: object) -> None:
    """Rubbish leaves the old value and one line says what is allowed."""
    stage = Stage()
    stage.do(SetControl(0.0, "temperature", value, "osc"))
    assert stage.session.controls["temperature"] == 1.0
    assert "temperature" in stage.witness.errors[-1]


def test_the_answer_coming_back_in_is_not_taken_for_playing() -> None:
    """A DAW that loops the output into the input neither stops the answer nor becomes a call."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    looped = 0
    while stage.clock() < 6.0:
        stage.run(stage.clock() + 0.01)
        for _, message in stage.sent[looped:]:
            if message[0] == 0x90:
                stage.do(NoteOn(stage.clock(), message[1], message[2]))
            elif message[0] == 0x80:
                stage.do(NoteOff(stage.clock(), message[1]))
        looped = len(stage.sent)
    assert sum(" on " in line for line in stage.score) == 4
    assert sum("comes back" in text for text in stage.witness.logs) == 1
    assert stage.session.state == "idle"


def test_the_engine_dying_in_mid_answer_hangs_nothing_and_the_next_phrase_is_answered() -> None:
    """Sounding notes are released, the engine is started again, the player is heard meanwhile."""
    stage = Stage()
    stage.play(CALL)
    stage.run(2.0)
    stage.do(EngineDied(stage.clock(), "killed by signal 9"))
    assert stage.hanging == set()
    assert "killed by signal 9" in stage.witness.errors[-1]
    stage.run(2.1)
    assert stage.engine.restarts == 1
    stage.play([(on + 3.0, off + 3.0, pitch) for on, off, pitch in CALL])
    stage.run(8.0)
    assert sum(" on " in line for line in stage.score) >= 5
    assert stage.hanging == set()


def test_a_phrase_played_while_the_engine_loads_is_answered_when_it_is_ready() -> None:
    """The turn may pass before the engine is up; the answer comes as soon as it can."""
    stage = Stage()
    stage.do(EngineDied(0.0, "gone"))
    stage.engine.restart = lambda: None  # type: ignore[method-assign]
    stage.play(CALL)
    stage.run(2.5)
    assert stage.score == []
    stage.do(EngineReply(stage.clock(), READY))
    stage.run(2.6)
    assert stage.score[0] == "2.50 on 72"


def test_a_stuck_engine_is_started_again() -> None:
    """An engine that is alive and owes a note for too long is restarted, and its turn still answered."""
    stage = Stage()
    stage.engine.stuck = True
    stage.play(CALL)
    stage.run(15.0)
    assert stage.engine.restarts == 1
    assert stage.hanging == set()


def test_an_engine_that_lost_its_context_gets_it_again() -> None:
    """A failed request is followed by one that sends everything."""
    stage = Stage()
    stage.play(CALL)
    stage.run(1.5)
    stage.do(EngineReply(stage.clock(), Failed(stage.engine.requests[-1].request, "context lost", False)))
    last = stage.engine.requests[-1]
    assert (last.keep, [note.pitch for note in last.append]) == (0, [60, 62, 64])


def test_a_stall_drops_late_notes_and_never_a_note_off() -> None:
    """After a long stall of the bridge nothing hangs and the answer is not played in a burst."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(2.0)
    stage.stall(4.0)
    stage.run(4.01)
    assert sum(line.startswith("4.0") and " on " in line for line in stage.score) <= 1
    stage.run(12.0)
    assert stage.hanging == set()


def test_only_the_chosen_channel_is_heard() -> None:
    """Notes on other channels are neither answered nor stop an answer."""
    stage = Stage(config=Config(channel=2, seed=1))
    stage.play(CALL)
    stage.run(3.0)
    assert stage.score == []


def test_the_same_seed_asks_the_same() -> None:
    """Two sessions with one seed send the engine the same requests."""
    requests: list[list[Continue]] = []
    for _ in range(2):
        stage = Stage()
        stage.play(CALL)
        stage.run(5.0)
        requests.append(stage.engine.requests)
    assert requests[0] == requests[1]
    assert requests[0][-1].seed is not None


def test_silence_goes_out_at_the_start_when_first_ready_and_when_ports_are_back() -> None:
    """What an earlier run left is ended as soon as somebody can hear it; a restarted engine is no reason."""
    stage = Stage()
    first_ready = len(stage.sent)
    stage.session.start(0.0)
    stage.do(EngineReply(0.1, READY))
    stage.do(PortsChanged(0.2, True, "back"))
    assert (first_ready, len(stage.sent)) == (48, 144)


@pytest.mark.parametrize("forgets", [True, False])
def test_after_forget_the_wait_knows_no_earlier_call(forgets: bool) -> None:
    """Earlier calls, shorter ones, bring the answer in at another time, unless they were forgotten."""
    waits_s = []
    for earlier in (True, False):
        stage = Stage(turn="adaptive")
        if earlier:
            stage.play(CALL)
            stage.run(8.0)
        if forgets:
            stage.act("forget")
        stage.engine.phrase_end = 0.3
        before = len(stage.score)
        stage.play([(10.0 + 0.5 * index, 10.4 + 0.5 * index, 60 + index) for index in range(6)])
        stage.run(20.0)
        waits_s.append(float(stage.score[before].split()[0]) - 12.9)
    assert (waits_s[0] == waits_s[1]) is forgets
