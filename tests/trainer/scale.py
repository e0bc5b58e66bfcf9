"""A scale with bars, phrases and a rest, and a vocabulary that it fits."""

from __future__ import annotations

from engine.notes import Metre, Note, Song
from engine.tokenizer import NoteTokenizer

SCALE = Song(
    "scale",
    tuple(Note(60 + index % 5, 1.0 if index % 3 else 0.5, 0.5 if index == 4 else 0.0) for index in range(24)),
    Metre(3.0, 0.0, 1.5),
    tuple(index % 8 == 7 for index in range(24)),
)
TIMED = NoteTokenizer(duration_table=(0.5, 1.0, 2.0))
BAR_NAMES = ("token", "metre", "bar_position", "pulse", "in_pulse")
