"""Repeats that were written out are folded, and sections end phrases."""

from __future__ import annotations

import random

from engine.notes import Metre, Note, Song
from trainer.repeats import folded

BAR = 8
"""Eighths of a bar of 4/4."""


def part(seed: int, bars: int = 8) -> list[Note]:
    draw = random.Random(seed)
    return [Note(draw.randrange(60, 80), 0.5) for _ in range(BAR * bars)]


def dance(*parts: list[Note], upbeat: int = 0) -> Song:
    notes = tuple(note for each in parts for note in each)
    return Song("dance", notes, Metre(4.0, 4.0 - upbeat / 2 if upbeat else 0.0, 1.0))


def ends(song: Song) -> list[int]:
    return [index for index, end in enumerate(song.phrase_ends or ()) if end]


A, B = part(1), part(2)


def test_each_part_stands_once_and_every_fourth_bar_ends_a_phrase() -> None:
    song = folded(dance(A, A, B, B))
    assert song.notes == (*A, *B)
    assert ends(song) == [31, 63, 95, 127]


def test_of_two_endings_the_second_stays() -> None:
    other = [*A[: -BAR - 4], *part(9, bars=2)[: BAR + 4]]
    assert folded(dance(A, other, B, B)).notes == (*other, *B)


def test_an_upbeat_goes_with_its_part() -> None:
    """The pickup stands before the bar line each time; the bars still lie where they lay."""
    first = [Note(59, 0.5), *A[:-1]]
    second = [Note(61, 0.5), *B[:-1]]
    song = folded(dance(first, first, second, second, upbeat=1))
    assert song.notes == (*first, *second)
    assert song.metre == Metre(4.0, 3.5, 1.0)


def test_the_halves_of_a_period_are_no_repeat() -> None:
    """Four bars that begin as the four before and end otherwise answer them."""
    period = [*part(3, bars=4), *part(3, bars=4)[: 2 * BAR], *part(4, bars=2)]
    assert folded(dance(period, B)).notes == (*period, *B)
    assert folded(dance(period, period, B, B)).notes == (*period, *B)


def test_what_is_not_repeated_stays_as_it_is() -> None:
    assert folded(dance(A, B)).notes == (*A, *B)


def test_without_a_metre_nothing_is_folded() -> None:
    song = Song("air", (*A, *A))
    assert folded(song) is song
