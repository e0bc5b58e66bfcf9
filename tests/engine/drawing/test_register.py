"""Octaves and registers: engine/drawing/register.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.register import fold, free_range, into_range, octaves_into, register_bias, unfold

_PITCHES = st.lists(st.integers(0, 127), min_size=1, max_size=40)
_ENDS = st.tuples(st.integers(0, 127), st.integers(0, 127)).map(sorted)
_WIDE = _ENDS.filter(lambda ends: ends[1] - ends[0] >= 11)


@given(_PITCHES, _WIDE)
def test_folding_brings_every_note_inside_in_its_pitch_class(pitches: list[int], ends: list[int]) -> None:
    """In any range of an octave or more all notes fit and none changes its name."""
    folded, _ = fold(pitches, *ends)
    assert all(ends[0] <= pitch <= ends[1] for pitch in folded)
    assert [pitch % 12 for pitch in folded] == [pitch % 12 for pitch in pitches]


@given(st.lists(st.integers(48, 72), min_size=1), st.integers(-3, 3))
def test_a_melody_that_fits_somewhere_keeps_its_intervals_and_comes_back(pitches: list[int], octave: int) -> None:
    """A melody no wider than the vocabulary is moved as a whole, and unfolding is the way back."""
    played = [pitch + 12 * octave for pitch in pitches]
    folded, octaves = fold(played, 36, 96)
    assert [unfold(pitch, octaves) for pitch in folded] == played


def test_what_fits_is_not_moved() -> None:
    """A call within the vocabulary stays where it is."""
    assert fold([45, 60, 96], 45, 96) == ([45, 60, 96], 0)


def test_a_bass_line_is_moved_up_as_little_as_needed() -> None:
    """E1 to E2 is lifted by one octave into a vocabulary from C2, and answers come back down."""
    folded, octaves = fold([28, 33, 40], 36, 96)
    assert (folded, octaves) == ([40, 45, 52], 1)
    assert unfold(43, octaves) == 31


def test_a_range_less_than_an_octave_is_refused_for_folding() -> None:
    """Where not every note has a place, fold says so."""
    with pytest.raises(ValueError, match="twelve"):
        fold([60], 60, 65)


def test_no_pitches_no_move() -> None:
    """An empty melody needs no octave."""
    assert octaves_into([], 36, 96) == 0


@given(st.integers(-40, 170), _WIDE)
def test_into_range_is_the_nearest_octave(pitch: int, ends: list[int]) -> None:
    """A pitch outside goes to the nearest of its octaves inside, one inside stays."""
    low, high = ends
    inside = [pitch + 12 * octave for octave in range(-20, 21) if low <= pitch + 12 * octave <= high]
    assert into_range(pitch, low, high) == min(inside, key=lambda there: abs(there - pitch))


@given(_PITCHES)
def test_the_call_s_own_register_is_free(pitches: list[int]) -> None:
    """No pitch of the call, and none within a fourth of it, loses anything."""
    bias = register_bias(pitches)
    assert not bias[max(0, min(pitches) - 5) : max(pitches) + 6].any()


@given(st.lists(st.integers(40, 80), min_size=1), st.integers(-12, 12))
def test_the_register_moves_with_the_call(pitches: list[int], semitones: int) -> None:
    """Transposing a call transposes its register."""
    here, there = register_bias(pitches), register_bias([pitch + semitones for pitch in pitches])
    for pitch in range(12, 116):
        assert here[pitch] == pytest.approx(there[pitch + semitones])


def test_far_octaves_lose_more() -> None:
    """The slope falls away on both sides of the call."""
    bias = register_bias([60, 64, 67])
    assert np.all(np.diff(bias[67:]) <= 0.0)
    assert np.all(np.diff(bias[:60]) >= 0.0)
    assert bias[96] < bias[84] < 0.0


def test_a_call_of_one_note_leaves_an_octave_free() -> None:
    """However narrow the call, more than an octave is free around it."""
    assert free_range([60]) == (53, 67)


def test_without_a_call_there_is_no_register() -> None:
    """No call, no lean."""
    assert not register_bias([]).any()
