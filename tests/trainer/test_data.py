"""What the model is trained on: batches drawn from the seed, targets, and what is told of the metre."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.notes import Metre, Note, Song
from engine.tokenizer import NoteTokenizer
from tests.trainer.songs import SONGS
from trainer.data import IGNORED, SongData, charged, encode_song, length_batches, make_tokenizer
from trainer.found import Finding


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


def test_batches_keep_to_their_budget() -> None:
    """No batch of several songs takes more padded steps than allowed."""
    lengths = [3, 50, 20, 7, 7, 90, 14, 20]
    batches = length_batches(lengths, 60, torch.arange(8).numpy())
    assert sorted(song for batch in batches for song in batch) == list(range(8))
    assert all(len(batch) == 1 or len(batch) * max(lengths[s] for s in batch) <= 60 for batch in batches)


def test_targets_are_what_comes_next() -> None:
    """Each row is charged with the step after it, the last with the end of text, and rests bear no phrase end."""
    song = Song("", (Note(60, 1.0), Note(62, 0.5, 1.0)), None, (False, True))
    tokenizer = make_tokenizer("note", [song])
    example = encode_song(song, tokenizer, ("token",))
    assert example.rows[:, 0].tolist() == [tokenizer.eos, *example.tokens[:-1].tolist()]
    assert example.tokens.tolist() == [60 - 36, tokenizer.rest, 62 - 36, tokenizer.eos]
    assert example.durations.tolist()[-1] == IGNORED
    assert example.phrase_ends.tolist() == [IGNORED, 0, IGNORED, 1]


SCALE = Song(
    "scale",
    tuple(Note(60 + index % 5, 1.0 if index % 3 else 0.5, 0.5 if index == 4 else 0.0) for index in range(24)),
    Metre(3.0, 0.0, 1.5),
    tuple(index % 8 == 7 for index in range(24)),
)
TIMED = NoteTokenizer(duration_table=(0.5, 1.0, 2.0))
BAR_NAMES = ("token", "metre", "bar_position", "pulse", "in_pulse")


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


def test_the_styles_of_a_songbook_are_those_of_its_songs() -> None:
    """What a checkpoint lists is what it was trained on, and nothing else."""
    songs = [replace(SCALE, region=name) for name in ("lied", "standard", "irish", "hymn") for _ in range(3)]
    assert make_tokenizer("note", songs, styles=3).styles == ("hymn", "irish", "lied", "standard")
    assert make_tokenizer("note", songs, styles=4).styles == ()
