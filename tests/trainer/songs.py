"""Songs made up for the tests of training, and a run that takes no time."""

from __future__ import annotations

import random

from engine.notes import Metre, Note, Song
from trainer.settings import TrainSettings

TINY = TrainSettings(
    n_layer=1,
    n_head=2,
    n_embd=16,
    context=48,
    batch_tokens=200,
    epochs=2,
    warmup_steps=3,
    learning_rate=3e-3,
    dropout=0.1,
    styles=5,
    device="cpu",
)


def made_songs(count: int = 40, seed: int = 0) -> list[Song]:
    """Return songs of a few notes, different ones, with metre, phrases and two regions."""
    draw = random.Random(seed)
    songs = []
    for number in range(count):
        length = draw.randint(5, 25)
        notes = tuple(
            Note(draw.randint(55, 75), draw.choice((0.5, 1.0, 2.0)), draw.choice((0.0, 0.0, 0.0, 1.0)))
            for _ in range(length)
        )
        ends = tuple(index % 5 == 4 for index in range(length))
        metre = Metre(draw.choice((2.0, 3.0))) if number % 3 else None
        songs.append(Song(f"song {number}", notes, metre, ends, ("here", "there")[number % 2]))
    return songs


SONGS = made_songs()


TWO_SONGS = [
    Song(
        "One",
        (Note(60, 1 / 3), Note(62, 2.0, 0.5)),
        Metre(3.0, 2.0, 1.5),
        (False, True),
        "Land",
        True,
        1.0,
        "a.abc: X:1",
    ),
    Song("Zwei ü", (Note(60, 1.0), Note(62, 1.0), Note(127, 1.0)), None, None, "", False, 0.0, "b.txt"),
]
"""Songs that differ in all that a source may tell or leave out."""
