"""How tokens sound: engine/drawing/sounding.py."""

from __future__ import annotations

import numpy as np
import pytest

from engine.drawing.sounding import Sounding
from engine.tokenizer import NoteTokenizer

TOKENIZER = NoteTokenizer(low=36, high=96)


@pytest.mark.parametrize(("octaves", "reach"), [(0, (36, 96)), (1, (24, 84)), (-2, (60, 120))])
def test_what_is_drawn_sounds_as_many_octaves_lower_as_it_was_read_higher(
    octaves: int, reach: tuple[int, int]
) -> None:
    """The vocabulary's ends, as they sound."""
    assert Sounding(TOKENIZER, octaves).reach == reach


def test_at_the_edge_of_midi_a_pitch_stays_in_its_class() -> None:
    """Read four octaves lower, the upper tokens sound as high as there are pitches of their name."""
    pitches = Sounding(TOKENIZER, -4).pitches
    assert pitches.max() <= 127
    assert (pitches % 12 == np.arange(36, 97) % 12).all()


def test_what_is_said_of_pitches_is_said_of_their_tokens() -> None:
    """A row over MIDI pitches becomes one over tokens; end, unknown and rest get the value for specials."""
    row = Sounding(TOKENIZER, 1).by_token(np.arange(128.0), specials=-np.inf)
    assert row[:61].tolist() == list(range(24, 85))
    assert row[61:].tolist() == [-np.inf] * 3
