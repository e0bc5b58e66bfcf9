"""Scoring songs under a checkpoint, and the report made of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from engine.checkpoint import Checkpoint
from engine.errors import UserError
from engine.notes import Metre, Note, Song
from engine.tracker import Conditions, song_rows
from tests.corpusfiles import abc_songs, write_pitch_texts
from tests.tiny import load_tiny, write_tiny
from trainer.corpus import parts_of, read_songs
from trainer.evaluate import Request, evaluate, figures, phrase_figures, standard_error
from trainer.report import show_evaluation, write_json
from trainer.score import SongScore, encode_songs, score_songs, score_windows, windows


@pytest.fixture
def songs(tmp_path: Path) -> list[Song]:
    path = tmp_path / "tunes.abc"
    path.write_text(abc_songs(12))
    return read_songs(path).songs


QUIET = Console(quiet=True, stderr=True)


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


def test_perplexity_is_exp_of_the_mean_over_all_tokens_and_errors_are_over_songs() -> None:
    scores = [SongScore(4, 5, 0, 8.0, 2.0), SongScore(10, 11, 1, 20.0, 2.0)]
    report = figures(scores)
    assert report["perplexity"] == pytest.approx(math.exp(32 / 16))
    assert report["nats_per_note"] == pytest.approx(32 / 14)
    assert report["nats_per_note"] == report["pitch_nats_per_note"] + report["duration_nats_per_note"]
    assert report["song_mean_nats_per_note"] == pytest.approx((2.5 + 2.2) / 2)
    assert report["song_standard_error_nats_per_note"] == pytest.approx(0.15)
    assert standard_error(np.array([1.0])) is None


def test_calibration_bins_say_what_was_said_and_what_happened() -> None:
    logit = math.log(0.75 / 0.25)
    report = phrase_figures([SongScore(4, 5, 0, 0, 0, [logit] * 4 + [-5.0], [True, True, True, False, False])])
    [low, high] = report["calibration"]
    assert (low["notes"], low["happened"]) == (1, 0.0)
    assert (high["notes"], high["happened"]) == (4, 0.75)
    assert high["said"] == pytest.approx(0.75)
    assert report["base_rate"] == pytest.approx(0.6)
    assert phrase_figures([SongScore(1, 2, 0)]) == {}


def test_the_report_has_all_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(120))
    model = write_tiny(tmp_path / "model")
    request = Request(str(model), str(tmp_path / "tunes.abc"), train_songs=5, device="cpu")
    report = evaluate(request, QUIET)
    keys = {"nats_per_token", "nats_per_note", "pitch_nats_per_note", "duration_nats_per_note", "perplexity"}
    assert keys | {"songs", "notes", "tokens", "by_region", "phrase_end", "train", "metre_unknown"} <= set(report)
    assert report["train"]["songs"] == 5
    assert report["by_region"]["Deutschland"]["songs"] == report["songs"]
    assert report["metre_unknown"]["nats_per_note"] != report["nats_per_note"]
    write_json(report, str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text()) == report
    show_evaluation(report, Console(quiet=True))


def test_the_whole_part_is_scored_and_windows_on_demand(tmp_path: Path) -> None:
    source = write_pitch_texts(tmp_path / "songs", 40)
    model = write_tiny(tmp_path / "model", "pitch")
    request = Request(str(model), str(source), "validation", "paper", windows=True, train_songs=0, device="cpu")
    report = evaluate(request, QUIET)
    assert (report["songs"], report["tokens"]) == (4, 4 * 13)
    assert report["windows"]["perplexity"] == pytest.approx(math.exp(report["windows"]["nats_per_token"]))
    show_evaluation(report, Console(quiet=True))


def test_held_out_songs_of_another_split_than_the_training_ones_are_remarked(tmp_path: Path) -> None:
    source = write_pitch_texts(tmp_path / "songs", 40)
    model = write_tiny(tmp_path / "model", "pitch")
    config = json.loads((model / "config.json").read_text())
    config["training"]["split"] = "interval"
    (model / "config.json").write_text(json.dumps(config))
    request = Request(str(model), str(source), "validation", "paper", train_songs=0, device="cpu")
    assert "flatter" in evaluate(request, QUIET)["note"]
    assert "note" not in evaluate(replace(request, part="train"), QUIET)


def test_a_note_checkpoint_refuses_pitch_texts_and_windows(tmp_path: Path, songs: list[Song]) -> None:
    checkpoint = load_tiny(tmp_path / "model")
    song = Song("a", (Note(60, 1.0), Note(62, 1.0)), has_durations=False)
    with pytest.raises(UserError, match="pitches only"):
        encode_songs(checkpoint, [song])
    with pytest.raises(UserError, match="has durations"):
        score_windows(checkpoint, songs)


@pytest.mark.parametrize(("field", "value"), [("part", "tests"), ("split", "tune"), ("metre", "yes")])
def test_a_misspelt_choice_names_the_allowed(field: str, value: str) -> None:
    with pytest.raises(UserError, match="none of"):
        replace(Request("m", "d"), **{field: value})  # type: ignore[arg-type]


def test_an_empty_part_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("60 62")
    model = write_tiny(tmp_path / "model", "pitch")
    [part] = parts_of(read_songs(tmp_path / "a.txt").songs)
    empty = "test" if part == "train" else "train"
    with pytest.raises(UserError, match="try --part all"):
        evaluate(Request(str(model), str(tmp_path / "a.txt"), empty, device="cpu"), QUIET)
