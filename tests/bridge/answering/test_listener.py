"""What is played is read once, told once, and however long it is: by itself, and through a session."""

from __future__ import annotations

import pytest

from bridge.answering.listener import Listener
from bridge.answering.partner import Partner
from bridge.engine.talk import Talk
from bridge.events import NoteOff, NoteOn
from bridge.hearing.call import Phrase
from bridge.moment import Moment
from tests.bridge.answering.calls import at
from tests.stage import Clocked, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""Three quarter notes at 120 bpm; the last key goes up at 1.4 s."""


class Attentive(Partner):
    """Count what it is to hear."""

    def __init__(self) -> None:
        super().__init__(Talk(ScriptedEngine()), seed=1)
        self.told: list[Phrase] = []

    def hear(self, moment: Moment, phrase: Phrase, expected_s: float | None) -> None:
        self.told.append(phrase)


def moved(score: list[tuple[float, float, int]], seconds: float) -> list[tuple[float, float, int]]:
    """Return a score that begins later."""
    return [(on_s + seconds, off_s + seconds, pitch) for on_s, off_s, pitch in score]


def test_notes_that_come_together_are_read_once() -> None:
    """However many events came since the last look, the engine hears the call as it stands now, and once."""
    partner = Attentive()
    listener = Listener(partner)
    for on_s, off_s, pitch in CALL:
        listener.struck(NoteOn(on_s, pitch, 80))
        listener.feed(NoteOff(off_s, pitch))
    listener.read_news(at(1.5))
    listener.read_news(at(1.6))
    assert [[note.pitch for note in phrase.notes] for phrase in partner.told] == [[60, 62, 64]]


def test_a_note_still_held_is_heard_when_its_turn_passes() -> None:
    """Till then it has no length, and so is no note of the call."""
    partner = Attentive()
    listener = Listener(partner)
    listener.struck(NoteOn(0.0, 60, 80))
    listener.read_news(at(0.5))
    listener.complete(at(1.0))
    assert [len(phrase.notes) for phrase in partner.told] == [0, 1]


def test_a_key_of_the_left_hand_is_no_news() -> None:
    """It is taken, goes up unseen, and nothing is read for it."""
    partner = Attentive()
    listener = Listener(partner)
    assert listener.struck_left(NoteOn(0.0, 40, 80), 48)
    assert not listener.struck_left(NoteOn(0.1, 60, 80), 48)
    listener.feed(NoteOff(0.5, 40))
    listener.read_news(at(1.0))
    assert partner.told == []


def test_a_call_that_passes_without_an_answer_was_heard() -> None:
    """It is read to its end and becomes part of the transcript."""
    partner = Attentive()
    listener = Listener(partner)
    listener.struck(NoteOn(0.0, 60, 80))
    listener.let_pass(at(0.5))
    assert [note.pitch for note in partner.mind.transcript.notes] == [60]
    assert not listener.phrase.started


def test_a_call_without_end_costs_no_more_with_every_note() -> None:
    """However long somebody plays without asking, requests and goals are bounded; the latest notes are known."""
    stage = Stage(turn="ask")
    pitches = [48 + index % 13 for index in range(700)]
    stage.play([(0.1 * index, 0.1 * index + 0.08, pitch) for index, pitch in enumerate(pitches)])
    stage.run(71.0)
    assert max(request.goal.call_notes for request in stage.engine.requests) <= 128
    assert max(request.goal.length_beats or 0.0 for request in stage.engine.requests) <= 64
    assert max(len(request.append) for request in stage.engine.requests) <= 384
    assert [note.pitch for note in stage.engine.context if note.pitch < 72][-187:] == pitches[-187:]
    stage.act("answer")
    stage.run(75.0)
    assert stage.score != []


@pytest.mark.parametrize("phrase_end", [1.0, 0.4, 0.05])
def test_with_a_clock_and_bars_the_turn_costs_no_inference(phrase_end: float) -> None:
    """The draft stands behind the very rest that the answer gets, wherever the turn falls in the bar."""
    engine = ScriptedEngine(length=3)
    engine.phrase_end = phrase_end
    stage = Clocked(120.0, engine, turn="adaptive", grid="beat", bar=4)
    for start_s in (2.0, 8.1, 14.3, 20.7, 27.45, 33.6, 40.9, 47.2):
        stage.play(moved(CALL, start_s))
        while stage.session.state != "answering":
            asked = len(stage.engine.requests)
            stage.run(stage.clock() + 0.001)
            assert stage.clock() < start_s + 5
        fresh = [request for request in stage.engine.requests[asked:] if request.goal.drawn_notes == 0]
        assert fresh == []
        stage.run(start_s + 5.5)


def test_a_turn_asked_for_by_hand_finds_its_draft_on_whatever_beat() -> None:
    """In ask mode the draft follows the beat on which an answer would begin now."""
    stage = Clocked(120.0, ScriptedEngine(length=3), turn="ask", grid="beat", bar=4)
    stage.play(moved(CALL, 2.0))
    for asked_s in (4.3, 9.85, 15.1):
        stage.run(asked_s)
        asked = len(stage.engine.requests)
        stage.act("answer")
        assert [request for request in stage.engine.requests[asked:] if request.goal.drawn_notes == 0] == []
        stage.run(asked_s + 3)
        stage.play(moved(CALL, asked_s + 3))
