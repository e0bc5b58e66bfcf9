"""A song as the model reads it: its targets, and what of it is charged."""

from __future__ import annotations

import numpy as np
import pytest

from engine.notes import Metre, Note, Song
from tests.trainer.scale import BAR_NAMES, SCALE, TIMED
from trainer.batch import IGNORED
from trainer.examples import charged, encode_song
from trainer.found import Finding
from trainer.vocabulary import make_tokenizer


def test_targets_are_what_comes_next() -> None:
    """Each row is charged with the step after it, the last with the end of text, and rests bear no phrase end."""
    song = Song("", (Note(60, 1.0), Note(62, 0.5, 1.0)), None, (False, True))
    tokenizer = make_tokenizer("note", [song])
    example = encode_song(song, tokenizer, ("token",))
    assert example.rows[:, 0].tolist() == [tokenizer.eos, *example.tokens[:-1].tolist()]
    assert example.tokens.tolist() == [60 - 36, tokenizer.rest, 62 - 36, tokenizer.eos]
    assert example.durations.tolist()[-1] == IGNORED
    assert example.phrase_ends.tolist() == [IGNORED, 0, IGNORED, 1]


def test_a_metre_that_was_found_is_told_from_the_start_and_what_follows_is_charged() -> None:
    """As in play: the whole melody is read under it, and nothing that it was found in is charged."""
    found = Metre(2.0, 1.0, 1.0)
    example = encode_song(SCALE, TIMED, BAR_NAMES, found=[Finding(8, found)])
    [reading] = example.found
    under = encode_song(Song("", SCALE.notes, found), TIMED, BAR_NAMES)
    assert (reading.rows == under.rows).all()
    told = charged(example, reading.heard, rows=reading.rows)
    # Eight notes, a rest among them, and the start: the tenth row is the newest, and says what comes next.
    assert reading.heard == 10
    assert (told.tokens[:9] == IGNORED).all()
    assert (told.tokens[9:] == example.tokens[9:]).all()
    assert (told.durations[:9] == IGNORED).all()
    assert (told.phrase_ends[:10] == IGNORED).all()
    assert told.phrase_ends[10:].tolist() == example.phrase_ends[10:].tolist()


@pytest.mark.parametrize("cut", [1, 2, 9, 17])
def test_stretches_of_a_song_are_charged_once_and_whole(cut: int) -> None:
    """Whatever is not charged before a place is charged behind it, and nothing twice."""
    example = encode_song(SCALE, TIMED, BAR_NAMES)
    before, behind = charged(example, 0, cut), charged(example, cut)
    for name in ("tokens", "durations", "phrase_ends"):
        one, other = getattr(before, name), getattr(behind, name)
        both = np.where(other[:cut] == IGNORED, one, other[:cut])
        assert (both == getattr(example, name)[:cut]).all()
        assert ((one == IGNORED) | (other[:cut] == IGNORED)).all()
        assert (other[cut:] == getattr(example, name)[cut:]).all()
