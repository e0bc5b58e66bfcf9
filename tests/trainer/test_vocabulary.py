"""The vocabulary is made from the songs that are learned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import UserError
from engine.notes import Note, Song
from tests.trainer.scale import SCALE
from trainer.vocabulary import make_tokenizer


def test_the_styles_of_a_songbook_are_those_of_its_songs() -> None:
    """What a checkpoint lists is what it was trained on, and nothing else."""
    songs = [replace(SCALE, region=name) for name in ("lied", "standard", "irish", "hymn") for _ in range(3)]
    assert make_tokenizer("note", songs, styles=3).styles == ("hymn", "irish", "lied", "standard")
    assert make_tokenizer("note", songs, styles=4).styles == ()


def test_without_durations_there_is_no_vocabulary_of_notes() -> None:
    """The pitch vocabulary is the way out, and named; another kind is refused with those that there are."""
    with pytest.raises(UserError, match="take the tokenizer pitch"):
        make_tokenizer("note", [Song("", (Note(60, 1.0),), has_durations=False)])
    with pytest.raises(UserError, match="pitch, note"):
        make_tokenizer("notes", [SCALE])
