"""Several tunes in one sequence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.columns import columns
from engine.notes import Metre, Note, Song
from engine.tokenizer import NoteTokenizer
from tests.trainer.songs import SONGS
from trainer.batch import IGNORED
from trainer.data import SongData
from trainer.medley import medleys
from trainer.vocabulary import make_tokenizer


def test_medleys_join_tunes_in_time_and_charge_no_leap_between_them() -> None:
    """Later tunes begin where in the bar they should; their first steps are not charged, nor is an end between."""
    flags = (False, False, False, True)
    half = [Song(f"{pitch}", (Note(pitch, 1.0),) * 4, Metre(4.0, 3.0), flags) for pitch in (60, 65)]
    tokenizer = NoteTokenizer(duration_table=(1.0, 2.0, 3.0, 4.0, 7.0))
    names = [name for name, _ in columns(tokenizer)]
    for example in medleys(half, 20, tokenizer, names, 60, seed=1):
        free = (example.tokens == IGNORED).nonzero()[0].tolist()
        assert (example.durations[free] == IGNORED).all()
        token, position = example.rows[:, 0], example.rows[:, names.index("bar_position")]
        # The row before a tune's first note says where in the bar it begins: three beats are 12 sixteenths.
        assert {position[row] for row in free if row + 1 not in free} == {12 + 1}
        assert (token[1:] != tokenizer.eos).all()
        assert (example.phrase_ends == 1).sum() * 4 == (token < tokenizer.n_pitches).sum()


@pytest.mark.parametrize("one", [SONGS, [replace(song, phrase_ends=None) for song in SONGS]])
def test_medleys_and_songs_stay_in_the_vocabulary_when_varied(one: list[Song]) -> None:
    """Whatever is drawn for an epoch, every value has its place in the embedding."""
    tokenizer = make_tokenizer("note", one)
    features = columns(tokenizer)
    names = [name for name, _ in features]
    data = SongData(one[:5], tokenizer, names, 90, transposed=1.0)
    data.add(medleys(one, 10, tokenizer, names, 90, seed=3))
    for epoch in range(5):
        batch = data.collate(range(15), epoch)
        assert (batch.rows < torch.tensor([size for _, size in features])).all()
        assert (batch.rows >= 0).all()
        assert ((batch.tokens == IGNORED) | (batch.tokens >= 0) & (batch.tokens < tokenizer.vocab_size)).all()
