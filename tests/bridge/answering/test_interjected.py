"""Answer notes within a call, woven into it: bridge/answering/interjected.py."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from bridge.answering.interjected import woven
from bridge.hearing.call import Phrase
from bridge.hearing.rhythm import Reading
from bridge.hearing.transcribe import PlayedNote
from engine.notes import Note

BEAT_S = 0.5


def phrase(values: list[tuple[float, float]], interjected: list[float]) -> Phrase:
    """Return a call of notes and rests of these lengths, in beats, and notes of an answer at these beats."""
    beats, notes, rest = [0.0], [], 0.0
    for index, (length, gap) in enumerate(values):
        notes.append(Note(60 + index, length, rest))
        beats.append(beats[-1] + length + gap)
        rest = gap
    line = [
        PlayedNote(note.pitch, at * BEAT_S, at * BEAT_S + 0.1, 80) for note, at in zip(notes, beats, strict=False)
    ]
    others = [PlayedNote(20 + index, at * BEAT_S, None, 80) for index, at in enumerate(sorted(interjected))]
    return Phrase(tuple(line), Reading(tuple(notes), 120.0, 1.0, tuple(beats[:-1])), interjected=tuple(others))


def onsets(notes: tuple[Note, ...]) -> list[float]:
    """Return where each note begins, in beats from the first."""
    ends = list(accumulate(note.rest_beats + note.duration_beats for note in notes))
    return [end - note.duration_beats for end, note in zip(ends, notes, strict=True)]


LENGTHS = st.sampled_from((0.25, 0.5, 1.0, 1.5, 2.0))
VALUES = st.lists(st.tuples(LENGTHS, st.sampled_from((0.0, 0.0, 0.5, 1.0))), min_size=1, max_size=8)


@given(VALUES, st.lists(st.floats(0.0, 20.0), max_size=4, unique=True))
def test_the_calls_own_notes_stand_where_they_stood(values: list[tuple[float, float]], at: list[float]) -> None:
    """Whatever is woven in, each of them begins where it began, none is empty, and all are in order of time."""
    call = phrase(values, at)
    told = woven(call)
    begins = dict(zip((note.pitch for note in told), onsets(told), strict=True))
    plain = dict(zip((note.pitch for note in call.notes), onsets(call.notes), strict=True))
    assert {pitch: begin for pitch, begin in begins.items() if pitch >= 60} == plain
    assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in told)
    within = [note for note in call.interjected if 0 < note.onset_s <= call.line[-1].onset_s]
    struck = sorted([*call.line, *within], key=lambda note: (note.onset_s, note.pitch))
    assert [note.pitch for note in told] == [note.pitch for note in struck]


def test_a_note_that_sounds_on_ends_where_the_answers_begins() -> None:
    """A half note cut after three quarters of a beat, which then lasts until the call goes on."""
    told = woven(phrase([(2.0, 1.0), (1.0, 0.0)], [0.75]))
    assert told == (Note(60, 0.75), Note(20, 2.25), Note(61, 1.0))


def test_what_falls_into_a_rest_leaves_the_note_before_it() -> None:
    """The rest goes on until it begins."""
    told = woven(phrase([(1.0, 1.0), (1.0, 0.0)], [1.5]))
    assert told == (Note(60, 1.0), Note(20, 0.5, 0.5), Note(61, 1.0))


def test_what_sounds_behind_the_last_note_read_waits_for_the_next() -> None:
    """The clock's word on the latest note is about the call's own."""
    call = phrase([(1.0, 0.0)], [1.5])
    assert woven(call) == call.notes
    assert woven(replace(call, reading=None)) == ()
