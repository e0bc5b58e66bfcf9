"""How the tokens of a vocabulary sound, at the octave in which the model reads. No torch."""

from __future__ import annotations

import numpy as np

from engine.drawing.row import Row
from engine.octaves import moved_back
from engine.tokenizer import Tokenizer


class Sounding:
    """Turn what is said of MIDI pitches into what is said of tokens.

    octaves: by how many the model reads higher than what sounds.
    """

    def __init__(self, tokenizer: Tokenizer, octaves: int) -> None:
        self.tokenizer = tokenizer
        self.pitches = np.array(
            [moved_back(tokenizer.low + token, octaves) for token in range(tokenizer.n_pitches)]
        )

    @property
    def reach(self) -> tuple[int, int]:
        """Return the lowest and the highest MIDI pitch that can be drawn."""
        return int(self.pitches.min()), int(self.pitches.max())

    def by_token(self, by_pitch: Row, specials: float = 0.0) -> Row:
        """Return a row over MIDI pitches, (128,), as one over tokens, (V,), with this value for the specials."""
        row = np.full(self.tokenizer.vocab_size, specials)
        row[: self.tokenizer.n_pitches] = by_pitch[self.pitches]
        return row
