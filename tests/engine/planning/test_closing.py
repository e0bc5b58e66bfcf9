"""Where a call ends open, drafts that come home weigh more: engine/planning/closing.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Note
from engine.planning.closing import CLOSING, closing_leans

C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
OPEN = tuple(Note(pitch, 1.0) for pitch in (60, 64, 67, 72, 71, 67, 65, 62))
CLOSED = (*OPEN[:-1], Note(60, 1.0))
HOME, AWAY, EMPTY = (Note(64, 1.0), Note(60, 1.0)), (Note(64, 1.0), Note(67, 1.0)), ()


def test_an_open_call_wants_a_closed_answer() -> None:
    """Behind D the draft that ends on C weighs more than the one on G, by most of what a sure key would give."""
    home, away = closing_leans(C_MAJOR, OPEN, [HOME, AWAY])
    assert away < 0.1
    assert 0.8 * CLOSING < home - away <= CLOSING


def test_a_closed_call_may_be_answered_either_way() -> None:
    """Behind C ending on C weighs nothing."""
    assert closing_leans(C_MAJOR, CLOSED, [HOME])[0] == 0.0


def test_a_key_that_is_set_is_without_doubt() -> None:
    """In G, whatever is heard, G is home, and C is not."""
    home, away = closing_leans((7, (7, 9, 11, 0, 2, 4, 6)), OPEN, [AWAY, HOME])
    assert home == pytest.approx(CLOSING)
    assert away == 0.0


def test_without_a_key_or_a_call_nothing_is_weighed() -> None:
    """Nor is a draft without a note."""
    assert closing_leans(None, OPEN, [HOME, AWAY]) == [0.0, 0.0]
    assert closing_leans(C_MAJOR, (), [HOME]) == [0.0]
    assert closing_leans(C_MAJOR, OPEN, [EMPTY]) == [0.0]


@given(st.lists(st.integers(40, 80), min_size=1, max_size=12), st.integers(-12, 12))
def test_in_another_key_leans_are_the_same(pitches: list[int], semitones: int) -> None:
    """Call and drafts moved together weigh as before."""

    def moved(notes: tuple[Note, ...], by: int) -> tuple[Note, ...]:
        return tuple(Note(note.pitch + by, note.duration_beats) for note in notes)

    call, drafts = tuple(Note(pitch, 1.0) for pitch in pitches), [HOME, AWAY]
    there = (semitones % 12, tuple((step + semitones) % 12 for step in C_MAJOR[1]))
    leans = closing_leans(there, moved(call, semitones), [moved(draft, semitones) for draft in drafts])
    assert leans == pytest.approx(closing_leans(C_MAJOR, call, drafts))
