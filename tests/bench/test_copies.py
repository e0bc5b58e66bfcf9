"""What stands in a training song, in any key, is a copy."""

from __future__ import annotations

import math

import pytest

from bench.copies import copied, row_of
from engine.notes import Note
from trainer.likeness import RUN_INTERVALS, runs_of

TUNE = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 70, 67, 64, 62, 60, 59)


def notes_of(pitches: tuple[int, ...], up: int = 0) -> list[Note]:
    return [Note(pitch + up, 1.0) for pitch in pitches]


KNOWN = runs_of([TUNE])


def test_twelve_intervals_of_a_training_song_are_a_copy_in_any_key_and_eleven_are_none() -> None:
    """Wherever they stand in the answer; a passage that is too short tells nothing."""
    whole = RUN_INTERVALS + 1
    assert copied(notes_of(TUNE[:whole], up=5), KNOWN) == (1.0, 1.0)
    has_one, share = copied(notes_of((50, *TUNE[2 : whole + 2], 50), up=-3), KNOWN)
    assert has_one == 1.0
    assert share == pytest.approx(1 / 3)
    assert copied(notes_of((*TUNE[: whole - 1], 40)), KNOWN) == (0.0, 0.0)
    assert all(map(math.isnan, copied(notes_of(TUNE[: whole - 1]), KNOWN)))


def test_the_share_is_of_passages_that_are_long_enough() -> None:
    """Each passage counts once, however much of it is copied."""
    passages = [notes_of(TUNE), notes_of(TUNE[::-1]), notes_of(TUNE[:5]), notes_of(TUNE, up=2)]
    row = row_of(passages, [0, 1, 2, 3], KNOWN)
    assert row["passages"] == 3
    assert row["with a run"][0] == pytest.approx(2 / 3)
    assert row["with a run"][1] <= 2 / 3 <= row["with a run"][2]
