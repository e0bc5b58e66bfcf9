"""First phrases through real ports: bench/played.py, what is sent when and how what comes back is judged."""

from __future__ import annotations

import math

import pytest

from bench.played import (
    GIVE_UP_S,
    Answered,
    Performed,
    answered,
    early_share,
    median_wait_s,
    one_key_at_a_time,
    performed,
    script,
)
from bridge.hearing.transcribe import PlayedNote
from engine.notes import Metre, Note, Song

QUARTERS = Performed((PlayedNote(60, 1.0, 1.4, 80), PlayedNote(62, 1.5, 1.9, 80)), 120.0)
ON, OFF = (0x90, 72, 80), (0x80, 72, 0)


def test_without_a_clock_a_script_is_notes_and_looks_behind_them() -> None:
    """The first note is the first message, and the last look is when nobody waits any more."""
    sent = script(QUARTERS, clock=False)
    assert [entry for entry in sent if entry[1]] == [
        *((1.0, (0x90, 60, 80)), (1.4, (0x80, 60, 0))),
        *((1.5, (0x90, 62, 80)), (1.9, (0x80, 62, 0))),
    ]
    assert sent[0][0] == 1.0
    assert sent[-1][0] == pytest.approx(1.9 + GIVE_UP_S, abs=0.03)


def test_by_a_clock_a_script_starts_it_a_bar_before_the_phrase_and_never_pauses() -> None:
    """Start, then 24 pulses a beat, from beat 0 to behind the last note."""
    sent = script(QUARTERS, clock=True)
    assert sent[0] == (0.0, (0xFA,))
    pulses_s = [at_s for at_s, message in sent if message == (0xF8,)]
    assert pulses_s == pytest.approx([index / 48 for index in range(len(pulses_s))])
    assert pulses_s[-1] > 1.9 + GIVE_UP_S - 0.03


def test_a_key_is_let_go_before_it_is_struck_again() -> None:
    """Its note-off is sent first, so that no note of the script cuts another."""
    line = one_key_at_a_time([PlayedNote(60, 0.0, 0.6, 80), PlayedNote(60, 0.5, 0.9, 80)])
    assert [note.end_s for note in line] == [0.5, 0.9]
    sent = [message for _, message in script(Performed(line, 120.0), clock=False) if message]
    assert sent == [(0x90, 60, 80), (0x80, 60, 0), (0x90, 60, 80), (0x80, 60, 0)]


def test_a_phrase_stands_in_the_bar_where_it_was_written() -> None:
    """An upbeat of a beat in 3/4 stands two beats behind a bar line, and a whole bar behind the clock's start."""
    notes = tuple(Note(60 + index, 1.0) for index in range(8))
    song = Song("", notes, Metre(3.0, 2.0), (False,) * 7 + (True,))
    phrase = performed(song, 7)
    assert phrase is not None
    assert len(phrase.line) == 8
    assert phrase.line[0].onset_s * phrase.bpm / 60 == pytest.approx(5.0, abs=0.3)
    assert performed(Song("", notes[:4], Metre(3.0, 2.0), (False,) * 3 + (True,)), 7) is None


@pytest.mark.parametrize(
    ("heard", "judged"),
    [
        ([(10.25, ON), (10.5, OFF)], Answered(False, 0.25, 0)),
        ([(9.0, ON), (9.1, OFF), (10.5, ON), (10.75, OFF)], Answered(True, 0.5, 0)),
        ([(9.0, ON), (9.1, OFF)], Answered(True, None, 0)),
        ([(10.25, ON)], Answered(False, 0.25, 1)),
        ([], Answered(False, None, 0)),
    ],
    ids=["in time", "early and again", "early and never again", "hanging", "missing"],
)
def test_what_is_heard_is_judged_by_when_the_last_key_went_up(
    heard: list[tuple[float, tuple[int, ...]]], judged: Answered
) -> None:
    """Before it an entry is false, behind it it is the answer; what no note-off ended hangs."""
    assert answered(10.0, heard) == judged


def test_the_median_wait_is_of_those_that_were_answered() -> None:
    """A missing answer has no wait, and counts among the phrases."""
    some = [Answered(True, 0.2, 0), Answered(False, 0.6, 0), Answered(False, None, 0), Answered(False, 0.4, 0)]
    assert early_share(some) == 0.25
    assert median_wait_s(some) == 0.4
    assert math.isnan(median_wait_s(some[2:3]))
