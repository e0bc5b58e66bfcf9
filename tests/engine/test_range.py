"""A range set by the controls holds, also where the checkpoint cannot draw."""

from __future__ import annotations

import pytest

from engine.improviser import Improviser
from engine.messages import Sampling
from engine.notes import Note
from tests.tiny import tiny_checkpoint

CALL = [Note(60, 0.5), Note(62, 0.5), Note(64, 1.0)]


@pytest.mark.parametrize(("low", "high"), [(60, 72), (20, 31), (100, 111), (116, 127), (0, 11), (64, 66)])
@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_every_note_lies_in_the_range(kind: str, low: int, high: int) -> None:
    """Within the vocabulary the range is a mask; beyond it, notes are drawn an octave or more away and moved."""
    improviser = Improviser(tiny_checkpoint(kind), 0)
    improviser.sync(0, CALL)
    improviser.begin(Sampling(temperature=2.0, top_k=0, range_low=low, range_high=high), None, seed=1)
    assert all(low <= improviser.draw().note.pitch <= high for _ in range(40))


def test_in_the_range_and_in_the_key() -> None:
    """A hard key and a range beyond the vocabulary hold together."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL)
    sampling = Sampling(
        temperature=2.0, key=(0, (0, 2, 4, 5, 7, 9, 11)), key_lock=1.0, range_low=20, range_high=32
    )
    improviser.begin(sampling, None, seed=1)
    drawn = [improviser.draw().note.pitch for _ in range(40)]
    assert all(20 <= pitch <= 32 and pitch % 12 in {0, 2, 4, 5, 7, 9, 11} for pitch in drawn)
