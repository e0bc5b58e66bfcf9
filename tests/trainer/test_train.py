"""Training from settings and songs to a checkpoint: what it leaves, goes on from, and refuses."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from engine.checkpoint import load
from engine.errors import UserError
from engine.model_config import SIZES
from engine.notes import Note, Song
from tests.paths import ROOT
from tests.trainer.runs import same
from tests.trainer.songs import SONGS, TINY, made_songs
from trainer.run import Run
from trainer.settings import TrainSettings, load_settings
from trainer.split import part_of
from trainer.train import fit

PLAIN = replace(TINY, tokenizer="pitch", batches="windows", context=32, stride=16, batch_windows=3)


@pytest.mark.parametrize("settings", [TINY, PLAIN], ids=["songs", "windows"])
def test_a_run_writes_a_checkpoint_that_loads_and_a_log(settings: TrainSettings, tmp_path: Path) -> None:
    """After the run its folder is a checkpoint, and the log holds train and validation losses."""
    fit(replace(settings, out=str(tmp_path)), SONGS)
    checkpoint = load(tmp_path, "cpu")
    assert checkpoint.meta["epochs"] == settings.epochs
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert rows[0].startswith("step,epoch,tokens")
    last = dict(zip(rows[0].split(","), rows[-1].split(","), strict=True))
    assert 0.0 < float(last["validation_loss"]) < 20.0
    assert float(last["perplexity"]) == pytest.approx(math.exp(float(last["validation_loss"])))


def test_out_of_memory_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of memory names the settings that help."""

    def hungry(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Run, "step", hungry)
    with pytest.raises(UserError, match=r"out of memory.*accumulate"):
        fit(replace(TINY, out=str(tmp_path)), SONGS)


def test_a_folder_with_another_run_is_not_overwritten(tmp_path: Path) -> None:
    """Going on with other settings is refused with both values."""
    fit(replace(TINY, out=str(tmp_path), epochs=1), SONGS)
    with pytest.raises(UserError, match=r"learning_rate: 0\.003, now it is 0\.1"):
        fit(replace(TINY, out=str(tmp_path), epochs=1, learning_rate=0.1), SONGS)


def test_fine_tuning_goes_on_from_a_checkpoint_of_ours(tmp_path: Path) -> None:
    """--init with our checkpoint takes its vocabulary and weights; the wrong vocabulary is refused."""
    first = fit(replace(TINY, out=str(tmp_path / "first"), epochs=2), SONGS)
    more = replace(TINY, out=str(tmp_path / "more"), init=str(first), epochs=1, learning_rate=1e-12)
    second = fit(more, made_songs(30, seed=5))
    before, after = load(first, "cpu"), load(second, "cpu")
    assert before.tokenizer == after.tokenizer
    assert same(before.model.state_dict(), after.model.state_dict(), 1e-3)
    with pytest.raises(UserError, match="tokenizer: note"):
        fit(replace(more, tokenizer="pitch", out=str(tmp_path / "third")), SONGS)


def test_fine_tuning_keeps_nothing_worse_than_it_began_with_and_ends_when_it_does_not_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first validation comes before the first step; after two (patience) that are worse the run ends."""
    first = fit(replace(TINY, out=str(tmp_path / "first")), SONGS)
    spoilt = replace(TINY, out=str(tmp_path / "spoilt"), init=str(first), learning_rate=3.0, ema=0.0)
    fit(replace(spoilt, epochs=20, patience=2), SONGS, Console(width=300))
    said = capsys.readouterr().out
    assert "ended after epoch 2: the last 2 validations were no better" in said
    assert "learning made nothing better" in said
    with open(tmp_path / "spoilt" / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["step"], rows[0]["train_loss"]) == ("0", "")
    assert rows[-1]["epoch"] == "2"
    kept = load(tmp_path / "spoilt", "cpu")
    assert kept.meta["validation_loss"] == pytest.approx(float(rows[0]["validation_loss"]))
    assert same(load(first, "cpu").model.state_dict(), kept.model.state_dict())


def test_a_run_of_a_few_songs_goes_through_them_until_it_has_made_its_steps(tmp_path: Path) -> None:
    """Eight songs are one batch an epoch or two: two epochs of them would teach nothing."""
    fit(replace(TINY, out=str(tmp_path), epochs=2, least_steps=30, batch_tokens=2000), SONGS[:8])
    assert (tmp_path / "log.csv").read_text().splitlines()[-1].startswith("30,30")


def test_the_papers_way_runs_from_gpt2_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A GPT-2 size by name, weights from a file, windows of one stream; the report says what is new."""
    transformers = pytest.importorskip("transformers")
    monkeypatch.setitem(SIZES, "gpt2", (2, 2, 16))
    form = transformers.GPT2Config(vocab_size=99, n_positions=64, n_embd=16, n_layer=2, n_head=2)
    transformers.GPT2LMHeadModel(form).save_pretrained(tmp_path / "gpt2")
    settings = replace(
        load_settings(ROOT / "presets" / "train-paper.yaml"),
        size="gpt2", init=str(tmp_path / "gpt2"), context=32, stride=16, epochs=1, out=str(tmp_path / "run"),
        device="cpu",
    )  # fmt: skip
    fit(settings, SONGS, Console())
    assert "new: wte.weight, lm_head.weight" in " ".join(capsys.readouterr().out.split())
    checkpoint = load(tmp_path / "run", "cpu")
    assert checkpoint.model.config.vocab_size == 54
    assert checkpoint.meta["perplexity"] == pytest.approx(math.exp(checkpoint.meta["validation_loss"]))


def test_learning_lowers_the_loss(tmp_path: Path) -> None:
    """A melody that repeats itself is learned: the loss falls far below that of guessing."""
    notes = tuple(Note(60 + index % 4, 1.0) for index in range(20))
    songs = [Song(f"{number}", notes[: 10 + number]) for number in range(10)]
    songs = [song for song in songs if part_of(song) == "train"]
    fit(replace(TINY, out=str(tmp_path), tokenizer="pitch", epochs=60, transposed=0.0, dropout=0.0), songs)
    assert load(tmp_path, "cpu").meta["validation_loss"] < 1.0
