"""One answer on its way out: what is sent of it was heard, what is dropped was not."""

from __future__ import annotations

from bridge.answering.answer import AS_PLAYED, Answer
from bridge.answering.touch import Touch
from bridge.answering.voice import Voice
from bridge.time.tempo_map import TempoMap
from engine.messages import Drawn
from engine.notes import Note
from tests.bridge.answering.calls import at


def speaking(*beats: float) -> Voice:
    """Return a voice with notes of these lengths in 120 bpm from time 0 on, the last of them still to come."""
    voice = Voice()
    voice.answer = Answer(scheduler=voice.scheduler, touch=Touch((), 0), steady=TempoMap(120.0, 0.0, 0.0))
    drawn = [Drawn(1, index, Note(60 + index, each), None, False, 1.0) for index, each in enumerate(beats)]
    for each in drawn[:-1]:
        voice.answer.add(each, 0.0, voice.timing(at(0.0), AS_PLAYED))
    voice.coming.extend(drawn[-1:])
    return voice


def test_what_was_sent_was_heard() -> None:
    """A note that is due is sounded and so heard; one that is too late to sound is silence."""
    voice = speaking(1.0, 1.0, 1.0)
    assert voice.answer is not None
    assert not voice.sounded
    assert [due.message[1] for due in voice.due(0.01) if due.is_on] == [60]
    assert voice.sounded
    assert [due.message[1] for due in voice.due(1.2) if due.is_on] == []
    assert [note.pitch for note in voice.answer.heard] == [60]
    assert [note.pitch for note in voice.answer.notes] == [60]


def test_what_is_ahead_is_what_waits_and_what_comes() -> None:
    """Notes that are scheduled, and behind them those that are only drawn; of a complete answer no others come."""
    voice = speaking(1.0, 1.0, 1.0)
    assert [(note.pitch, note.on_s) for note in voice.ahead(at(0.0), AS_PLAYED)] == [
        (60, 0.0),
        (61, 0.5),
        (62, 1.0),
    ]
    assert voice.answer is not None
    voice.answer.complete = True
    assert [note.pitch for note in voice.ahead(at(0.0), AS_PLAYED)] == [60, 61]


def test_stopped_it_owes_note_offs_and_nothing_else() -> None:
    """What sounds ends now, what waits is forgotten, and nothing is on its way any more."""
    voice = speaking(1.0, 1.0, 1.0)
    voice.due(0.01)
    assert [(due.message[1], due.is_on) for due in voice.stop(0.2)] == [(60, False)]
    assert not voice.busy
    assert voice.ahead(at(0.2), AS_PLAYED) == ()
