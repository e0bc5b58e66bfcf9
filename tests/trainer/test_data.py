"""What the model is trained on: batches drawn from the seed, and what of metre and style is told in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.tokenizer import NoteTokenizer
from tests.trainer.scale import BAR_NAMES, SCALE, TIMED
from tests.trainer.songs import SONGS
from trainer.batch import IGNORED
from trainer.data import SongData
from trainer.vocabulary import make_tokenizer


def test_epochs_are_drawn_from_the_seed_alone() -> None:
    """The same epoch gives the same batches and variations; another epoch gives others."""
    tokenizer = make_tokenizer("note", SONGS)
    names = ("token", "last", "any_key")
    data = [SongData(SONGS, tokenizer, names, 48, 200, seed=7) for _ in range(2)]
    assert data[0].batches(3) == data[1].batches(3)
    assert data[0].batches(3) != data[0].batches(4)
    assert sorted(song for batch in data[0].batches(3) for song in batch) == list(range(len(SONGS)))
    one, two = (each.collate([1, 2, 3], 3) for each in data)
    assert torch.equal(one.rows, two.rows)


def told_in(epochs: int, hidden: float, found: float) -> list[tuple[bool, bool]]:
    """Return of each epoch whether the song's bars were told, and whether its beginning was charged."""
    data = SongData([SCALE], TIMED, BAR_NAMES, 48, hidden_metre=hidden, found_metre=found, late_start=0.0)
    batches = [data.collate([0], epoch) for epoch in range(epochs)]
    return [(bool(batch.rows[0, 0, 1] > 0), bool(batch.tokens[0, 0] != IGNORED)) for batch in batches]


def test_shares_of_the_songs_are_told_no_metre_or_one_that_was_found() -> None:
    """The shares are those of the settings; where a metre was found, the call itself is not charged."""
    assert told_in(20, hidden=1.0, found=0.0) == [(False, True)] * 20
    assert not any(charged for _, charged in told_in(20, hidden=0.0, found=1.0))
    mixed = told_in(400, hidden=0.25, found=0.5)
    assert sum(not charged for _, charged in mixed) / 400 == pytest.approx(0.5, abs=0.1)
    assert sum(not told for told, charged in mixed if charged) / 400 == pytest.approx(0.25, abs=0.1)


def test_the_pulse_is_hidden_now_and_then() -> None:
    """Bars may be told by a control, which does not say how they are divided."""
    data = SongData([SCALE], TIMED, BAR_NAMES, 48, hidden_metre=0.0)
    rows = [data.collate([0], epoch).rows[0] for epoch in range(100)]
    assert all(bool((row[:, 1] > 0).all()) for row in rows)
    hidden = [bool((row[:, 3:] == 0).all()) for row in rows]
    assert 3 <= sum(hidden) <= 35


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 35, 65), (1.0, 100, 100)])
def test_a_share_of_the_songs_is_learned_without_their_style(share: float, least: int, most: int) -> None:
    """What is learned under no style is what "any" draws from: it must go by the notes alone."""
    song = replace(SCALE, region="lied")
    tokenizer = NoteTokenizer(duration_table=(0.5, 1.0, 2.0), styles=("irish", "lied"))
    data = SongData([song], tokenizer, ("token", "style"), 48, hidden_style=share)
    told = [sorted(set(data.collate([0], epoch).rows[0, :, 1].tolist())) for epoch in range(100)]
    assert all(each in ([0], [2]) for each in told)
    assert least <= told.count([0]) <= most
