"""Octaves: engine/octaves.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.octaves import into_range, moved_back, octaves_into

_PITCHES = st.lists(st.integers(0, 127), min_size=1, max_size=40)
_ENDS = st.tuples(st.integers(0, 127), st.integers(0, 127)).map(sorted)
_WIDE = _ENDS.filter(lambda ends: ends[1] - ends[0] >= 11)


def folded(pitches: list[int], low: int, high: int) -> tuple[list[int], int]:
    """Return a melody as a model of this vocabulary reads it, and by how many octaves it was moved."""
    octaves = octaves_into(pitches, low, high)
    return [into_range(pitch + 12 * octaves, low, high) for pitch in pitches], octaves


@given(_PITCHES, _WIDE)
def test_folding_brings_every_note_inside_in_its_pitch_class(pitches: list[int], ends: list[int]) -> None:
    """In any range of an octave or more all notes fit and none changes its name."""
    inside, _ = folded(pitches, *ends)
    assert all(ends[0] <= pitch <= ends[1] for pitch in inside)
    assert [pitch % 12 for pitch in inside] == [pitch % 12 for pitch in pitches]


@given(st.lists(st.integers(48, 72), min_size=1), st.integers(-3, 3))
def test_a_melody_that_fits_somewhere_keeps_its_intervals_and_comes_back(pitches: list[int], octave: int) -> None:
    """A melody no wider than the vocabulary is moved as a whole, and unfolding is the way back."""
    played = [pitch + 12 * octave for pitch in pitches]
    inside, octaves = folded(played, 36, 96)
    assert [moved_back(pitch, octaves) for pitch in inside] == played


def test_what_fits_is_not_moved() -> None:
    """A call within the vocabulary stays where it is."""
    assert folded([45, 60, 96], 45, 96) == ([45, 60, 96], 0)


def test_a_bass_line_is_moved_up_as_little_as_needed() -> None:
    """E1 to E2 is lifted by one octave into a vocabulary from C2, and answers come back down."""
    inside, octaves = folded([28, 33, 40], 36, 96)
    assert (inside, octaves) == ([40, 45, 52], 1)
    assert moved_back(43, octaves) == 31


def test_no_pitches_no_move() -> None:
    """An empty melody needs no octave."""
    assert octaves_into([], 36, 96) == 0


@given(st.integers(-40, 170), _WIDE)
def test_into_range_is_the_nearest_octave(pitch: int, ends: list[int]) -> None:
    """A pitch outside goes to the nearest of its octaves inside, one inside stays."""
    low, high = ends
    inside = [pitch + 12 * octave for octave in range(-20, 21) if low <= pitch + 12 * octave <= high]
    assert into_range(pitch, low, high) == min(inside, key=lambda there: abs(there - pitch))
