"""Intervals by their number, and the same step of a scale from elsewhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.scale_steps import moved_along, scale_steps

C_MAJOR = [1 if place in (0, 2, 4, 5, 7, 9, 11) else 0 for place in range(12)]


def test_small_and_large_intervals_are_one_number() -> None:
    """Seconds are one step, thirds two, an octave seven; downwards they are negative."""
    steps = [scale_steps(semitones) for semitones in range(13)]
    assert steps == [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7]
    assert [scale_steps(-semitones) for semitones in range(13)] == [-step for step in steps]
    assert scale_steps(16) == 9


def test_a_sequence_stays_in_the_scale_that_was_heard() -> None:
    """C D E, moved along C major, has the semitones that the scale has at each place."""
    thirds = [moved_along(4, place, C_MAJOR) for place in (0, 2, 4, 5, 7, 9, 11)]
    assert thirds == [4, 3, 3, 4, 4, 3, 3]
    down = [moved_along(-2, place, C_MAJOR) for place in (12, 14, 16, 17, 19, 21, 23)]
    assert down == [-1, -2, -2, -1, -2, -2, -2]


def test_an_interval_stays_where_nothing_was_heard_of_either() -> None:
    """No scale is known yet, so the nearest to what was sung is the same again."""
    assert [moved_along(semitones, 0, [0] * 12) for semitones in (1, 2, 3, 4, -8, 14)] == [1, 2, 3, 4, -8, 14]


@given(st.integers(-40, 40), st.integers(0, 60), st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_what_is_moved_goes_as_many_steps(semitones: int, place: int, heard: list[int]) -> None:
    """The number of an interval is kept, but for tritones, which are a fourth or a fifth."""
    moved = moved_along(semitones, place, heard)
    assert scale_steps(moved) == scale_steps(semitones) or abs(moved) % 12 == 6
    assert abs(moved - semitones) <= 1
