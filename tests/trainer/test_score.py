"""What songs cost under a checkpoint, in nats."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.checkpoint import Checkpoint
from engine.errors import UserError
from engine.notes import Metre, Note, Song
from engine.tracker import Conditions, song_rows
from tests.corpusfiles import abc_songs
from tests.tiny import load_tiny
from trainer.corpus import read_songs
from trainer.score import encode_songs, score_songs, score_windows, windows


@pytest.fixture
def songs(tmp_path: Path) -> list[Song]:
    path = tmp_path / "tunes.abc"
    path.write_text(abc_songs(12))
    return read_songs(path).songs


def by_hand(checkpoint: Checkpoint, song: Song, metre: Metre | None) -> tuple[float, float]:
    """Return (token nats, duration nats) of a song, one row after the other, without batches."""
    tokenizer, model = checkpoint.tokenizer, checkpoint.model
    steps = tokenizer.encode(song.notes)
    names = model.config.feature_names
    rows = song_rows(tokenizer, steps, Conditions(metre, any_key=False), names)
    with torch.no_grad():
        hidden = model(torch.tensor(rows[None].astype(np.int64)))
        logits = torch.log_softmax(model.token_logits(hidden)[0].double(), -1)
        token_nats = duration_nats = 0.0
        for row, step in enumerate(steps):
            token_nats -= float(logits[row, step.token])
            if tokenizer.n_durations:
                token = torch.tensor([[step.token]])
                lengths = model.duration_logits(hidden[:, row : row + 1], token)[0, 0].double()
                duration_nats -= float(torch.log_softmax(lengths, -1)[step.duration])
    return token_nats - float(logits[len(steps), tokenizer.eos]), duration_nats


@pytest.mark.parametrize("kind", ["note", "pitch", "plain"])
def test_a_song_costs_the_same_in_a_batch_as_step_by_step(kind: str, tmp_path: Path, songs: list[Song]) -> None:
    """Every token, the end and each duration are charged once, whatever stands beside it in a batch."""
    checkpoint = load_tiny(tmp_path / "model", kind)
    songs = [replace(song, notes=song.notes[: 4 + index]) for index, song in enumerate(songs)]
    songs = [replace(song, phrase_ends=(song.phrase_ends or ())[: len(song.notes)]) for song in songs]
    examples = encode_songs(checkpoint, songs)
    for known in (True, False):
        for song, score in zip(songs, score_songs(checkpoint, songs, examples, known), strict=True):
            token_nats, duration_nats = by_hand(checkpoint, song, song.metre if known else None)
            assert score.token_nats == pytest.approx(token_nats, rel=1e-5)
            assert score.duration_nats == pytest.approx(duration_nats, rel=1e-5, abs=1e-9)
            assert score.tokens == len(song.notes) + 1


def test_phrase_ends_are_read_at_the_notes_own_step_past_rests(tmp_path: Path) -> None:
    checkpoint = load_tiny(tmp_path / "model")
    notes = (Note(60, 1.0), Note(62, 1.0, 1.0), Note(64, 1.0))
    song = Song("a", notes, phrase_ends=(False, True, True))
    [score] = score_songs(checkpoint, [song], encode_songs(checkpoint, [song]))
    rows = song_rows(
        checkpoint.tokenizer,
        checkpoint.tokenizer.encode(notes),
        Conditions(any_key=False),
        checkpoint.model.config.feature_names,
    )
    with torch.no_grad():
        hidden = checkpoint.model(torch.tensor(rows[None].astype(np.int64)))
        logits = checkpoint.model.phrase_end_logits(hidden)[0]
    assert score.phrase_ends == [False, True, True]
    assert score.phrase_logits == pytest.approx([float(logits[i]) for i in (1, 3, 4)], rel=1e-4)


def test_a_song_longer_than_the_context_is_charged_whole(tmp_path: Path, songs: list[Song]) -> None:
    checkpoint = load_tiny(tmp_path / "model", context=16)
    [score] = score_songs(checkpoint, songs[:1], encode_songs(checkpoint, songs[:1]))
    assert score.tokens == len(songs[0].notes) + 1 > 16
    assert len(score.phrase_ends) == len(songs[0].notes)
    # An untrained model spreads its guesses: every token costs about the same, so none was left out.
    assert score.token_nats / score.tokens == pytest.approx(math.log(64), rel=0.3)


@pytest.mark.parametrize(("rows", "context"), [(5, 8), (8, 8), (9, 8), (50, 8), (3, 2)])
def test_windows_charge_every_row_once_and_fit_the_context(rows: int, context: int) -> None:
    charged: list[int] = []
    for begin, fresh, end in windows(rows, context):
        assert begin <= fresh < end <= begin + context
        charged += range(fresh, end)
    assert charged == list(range(rows))


def test_windows_of_a_plain_model_are_the_papers(tmp_path: Path, songs: list[Song]) -> None:
    """The stream has an end of text at its start and after every song; all that a window predicts is charged."""
    checkpoint = load_tiny(tmp_path / "model", "plain", context=32)
    tokenizer = checkpoint.tokenizer
    stream = [tokenizer.eos]
    for song in songs[:5]:
        stream += [step.token for step in tokenizer.encode(song.notes)] + [tokenizer.eos]
    nats, tokens = 0.0, 0
    for begin in range(0, len(stream) - 1 - 16, 16):
        part = torch.tensor(stream[begin : begin + 33])
        with torch.no_grad():
            logits = checkpoint.model.token_logits(checkpoint.model(part[None, :-1, None]))[0].double()
        nats -= float(torch.log_softmax(logits, -1).gather(1, part[1:, None]).sum())
        tokens += len(part) - 1
    found_nats, found_tokens = score_windows(checkpoint, songs[:5], 32, 16)
    assert found_nats == pytest.approx(nats, rel=1e-5)
    assert found_tokens == tokens


def test_windows_of_a_song_model_charge_the_same_tokens_as_the_papers(tmp_path: Path, songs: list[Song]) -> None:
    """Only the first token of a window is free, in both ways of reading it."""
    plain = load_tiny(tmp_path / "plain", "plain")
    single = load_tiny(tmp_path / "pitch", "pitch")
    counts = {score_windows(checkpoint, songs, 32, 16)[1] for checkpoint in (plain, single)}
    assert len(counts) == 1


def test_pitches_outside_the_vocabulary_are_counted(tmp_path: Path) -> None:
    checkpoint = load_tiny(tmp_path / "model", "pitch")
    song = Song("a", (Note(60, 1.0), Note(20, 1.0), Note(120, 1.0)))
    [score] = score_songs(checkpoint, [song], encode_songs(checkpoint, [song]))
    assert score.unknown_pitches == 2


def test_a_note_checkpoint_refuses_pitch_texts_and_windows(tmp_path: Path, songs: list[Song]) -> None:
    checkpoint = load_tiny(tmp_path / "model")
    song = Song("a", (Note(60, 1.0), Note(62, 1.0)), has_durations=False)
    with pytest.raises(UserError, match="pitches only"):
        encode_songs(checkpoint, [song])
    with pytest.raises(UserError, match="has durations"):
        score_windows(checkpoint, songs)
