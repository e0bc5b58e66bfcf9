"""Songs longer than the context are learned to their ends."""

from __future__ import annotations

from itertools import pairwise

from engine.notes import Metre, Note, Song
from engine.tokenizer import NoteTokenizer
from engine.tracker import Conditions, song_rows
from tests.trainer.songs import SONGS, TINY
from trainer.build import make_data, model_config
from trainer.long_songs import with_rests
from trainer.vocabulary import make_tokenizer

TOKENIZER = NoteTokenizer(duration_table=(0.5, 1.0, 2.0))
LONG = Song(
    "long",
    tuple(
        Note(60 + index % 7, 1.0 if index % 3 else 0.5, 0.5 if index % 10 == 9 else 0.0) for index in range(100)
    ),
    Metre(3.0, 2.0, 1.0),
    tuple(index % 8 == 7 for index in range(100)),
)


def test_every_note_of_a_long_song_fits_into_one_of_its_parts() -> None:
    """Each rest begins with a phrase, where the part before has no more room for the whole of it."""
    parts = with_rests([LONG], TOKENIZER, 40)
    begins = [len(LONG.notes) - len(part.notes) for part in parts]
    assert begins[0] == 0
    assert all(begin % 8 == 0 for begin in begins)
    for begin, following in pairwise([*begins, len(LONG.notes)]):
        assert len(TOKENIZER.encode(LONG.notes[begin:following])) < 40
    assert parts[-1].phrase_ends == LONG.phrase_ends[begins[-1] :]  # type: ignore[index]


def test_its_bars_stay_where_they_were() -> None:
    """A rest is read with the same places in the bar as it has in the song."""
    names = ("bar_position", "to_barline", "in_pulse")
    whole = song_rows(TOKENIZER, TOKENIZER.encode(LONG.notes), Conditions(LONG.metre), names)
    rest = with_rests([LONG], TOKENIZER, 40)[1]
    steps = TOKENIZER.encode(rest.notes)
    rows = song_rows(TOKENIZER, steps, Conditions(rest.metre), names)
    assert (rows[1:] == whole[len(whole) - len(steps) :]).all()


def test_without_phrases_a_rest_begins_where_the_room_ends() -> None:
    """And of songs that fit nothing is added."""
    bare = Song("", LONG.notes)
    rest = with_rests([bare], TOKENIZER, 40)[1]
    assert len(TOKENIZER.encode(bare.notes[: len(bare.notes) - len(rest.notes)])) in (38, 39)
    assert with_rests([LONG], TOKENIZER, 400) == [LONG]


def test_training_learns_the_rests_and_validation_stays_as_it_was() -> None:
    """What a checkpoint is chosen by must not depend on how songs are cut."""
    songs = [*SONGS, LONG]
    tokenizer = make_tokenizer("note", songs)
    config = model_config(TINY, tokenizer)
    training = make_data(TINY, songs, tokenizer, config)
    validation = make_data(TINY, songs, tokenizer, config, training=False)
    assert len(validation.examples) == len(songs)  # type: ignore[union-attr]
    medleys = round(TINY.medleys * len(songs))
    assert len(training.examples) == len(with_rests(songs, tokenizer, 48)) + medleys  # type: ignore[union-attr]
    assert len(training.examples) > len(songs) + medleys  # type: ignore[union-attr]
