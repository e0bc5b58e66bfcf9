"""What the model is trained on: batches drawn from the seed, targets, windows."""

from __future__ import annotations

import torch

from engine.notes import Note, Song
from tests.trainer.songs import SONGS
from trainer.data import IGNORED, SongData, StreamData, encode_song, length_batches, make_tokenizer


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


def test_windows_cover_the_stream() -> None:
    """Every token of the stream but the first is predicted in some window, also the last."""
    tokenizer = make_tokenizer("pitch", SONGS)
    data = StreamData(SONGS, tokenizer, context=32, stride=16)
    seen: set[int] = set()
    for items in data.plain_batches():
        batch = data.collate(items)
        for item, tokens in zip(items, batch.tokens, strict=True):
            count = int((tokens != IGNORED).sum())
            seen.update(range(data.starts[item] + 1, data.starts[item] + 1 + count))
    assert seen == set(range(1, len(data.stream)))
