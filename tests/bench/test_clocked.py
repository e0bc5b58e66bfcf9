"""Notes on the bar lines of an answer by a clock: bench/clocked.py."""

from __future__ import annotations

import pytest

from bench.clocked import Heard, agrees, by_chance, on_lines, placed, worth
from bench.machine import interval
from engine.notes import Metre, Note


def test_the_bar_lines_inside_a_melody_are_counted_and_no_others() -> None:
    """Neither the line on which it begins nor that on which it ends says anything."""
    assert on_lines([4.0, 6.0, 8.0, 11.0], 12.0, 4.0) == 1.0
    assert on_lines([3.0, 5.0, 8.0, 13.0], 16.0, 4.0) == pytest.approx(1 / 3)
    assert on_lines([4.0, 6.0], 8.0, 4.0) is None


def test_chance_moves_the_melody_by_every_eighth_but_none() -> None:
    """Even quarters are on the line in every second place; a note a bar in one of eight, which is not counted."""
    assert by_chance([float(beat) for beat in range(16)], 16.0, 4.0) == pytest.approx(3 / 7)
    assert by_chance([0.0, 4.0, 8.0, 12.0], 16.0, 4.0) == 0.0


def test_notes_are_placed_behind_their_rests() -> None:
    """The first one begins where it is said to."""
    notes = [Note(60, 1.0, 0.5), Note(62, 1.5), Note(64, 1.0, 1.0)]
    assert placed(notes, 8.0) == ([8.0, 9.0, 11.5], 12.5)


@pytest.mark.parametrize(
    ("name", "upbeat", "right"),
    [("4/4", 3.0, True), ("2/4", 1.0, True), ("4/4", 2.0, False), ("3/4", 0.0, False), ("2/2", 3.0, True)],
)
def test_bars_are_right_up_to_halving_and_doubling(name: str, upbeat: float, right: bool) -> None:
    """Against 4/4 with an upbeat of a quarter."""
    assert agrees(name, upbeat, Metre(4.0, 3.0)) == right


def test_the_worth_of_a_bar_is_none_at_chance_and_all_at_the_songs() -> None:
    """And its interval holds it."""
    at_chance = [Heard(0.5, 1.0, 0.5, True, 0, 0.0, 0.0)]
    like_songs = [Heard(0.9, 0.9, 0.4, True, 0, 0.0, 0.0)]
    assert worth(at_chance) == 0.0
    assert worth(like_songs) == 1.0
    low, high = interval(at_chance * 5 + like_songs * 5, worth)
    assert low <= worth(at_chance * 5 + like_songs * 5) <= high
