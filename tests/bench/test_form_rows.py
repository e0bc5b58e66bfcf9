"""The rows of the table of forms say what they are called."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bench.form_rows import ROWS, Answer
from bridge.hearing.key import KeyEstimate
from engine.notes import Metre, Note
from engine.planning.pair import Pair

COMMON = Metre(4.0, 0.0, 1.0)
CALL = tuple(Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 65, 64, 62))
C_MAJOR = KeyEstimate(0, "major", 1.0)


def row(name: str, notes: tuple[Note, ...]) -> float:
    """Return a row of the table for one answer to the call."""
    return ROWS[name](Answer(CALL, notes, Pair(CALL, notes, COMMON), C_MAJOR))


def test_rows_say_what_they_are_called() -> None:
    """The call sung again repeats it and keeps its bars; a third higher at the end it does neither."""
    assert row("repeats the call exactly", CALL) == 1.0
    assert row("bar lines with an onset", CALL) == 1.0
    assert row("the same, shifted by eighths", CALL) == pytest.approx(3 / 7)
    assert row("notes that begin on a downbeat", CALL) == 0.25
    assert row("final in the triad", CALL) == 0.0
    other = (*CALL[:-1], Note(64, 1.5))
    assert row("repeats the call exactly", other) == 0.0
    assert row("final in the triad", other) == 1.0
    assert row("final on the tonic", other) == 0.0
    assert row("fills whole bars", other) == 0.0


def test_what_closes_is_asked_of_each_kind_of_call() -> None:
    """The call ends on D: of a call that closes nothing is told, of one that does not whether the answer does."""
    closed = (*CALL[:-1], Note(60, 1.0))
    assert row("final on the tonic, the call's not", closed) == 1.0
    assert row("final on the tonic, the call's not", CALL) == 0.0
    assert math.isnan(row("final on the tonic, the call's too", closed))


def test_near_copies_are_told_from_far_ones() -> None:
    """The first bar alone, and a run of twelve intervals on another degree."""
    assert row("first bar as the call's", (*CALL[:4], *reversed(CALL[:4]))) == 1.0
    assert row("first bar as the call's", (*CALL[1:], CALL[0])) == 0.0
    assert math.isnan(row("twelve intervals of the call in a row", CALL))
    long = (*CALL, *CALL)
    for moved, told in (([replace(note, pitch=note.pitch + 5) for note in long], 1.0), ([*long[:11], *long], 1.0)):
        pair = Pair(long, moved, COMMON)
        assert ROWS["twelve intervals of the call in a row"](Answer(long, moved, pair, C_MAJOR)) == told
    other = [replace(note, pitch=60 + index % 3) for index, note in enumerate(long)]
    answer = Answer(long, other, Pair(long, other, COMMON), C_MAJOR)
    assert ROWS["twelve intervals of the call in a row"](answer) == 0.0
