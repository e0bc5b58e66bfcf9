"""Preparing and training as they are called: what stands in the way is one line, before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpusfiles import midi_file
from tests.trainer.commands import fails
from tests.trainer.test_songbook import counted as counted
from tests.trainer.test_songbook import zip_of
from trainer.cli import main
from trainer.repositories import REPOSITORIES
from trainer.store import is_store


def test_an_empty_source_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no" in fails(capsys, "prepare", str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_song_of_one_note_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.txt").write_text("60")
    assert "single note" in fails(capsys, "prepare", str(tmp_path / "one.txt"), "--out", str(tmp_path / "out"))


def test_a_truncated_midi_file_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.mid").write_bytes(midi_file([(60, 0, 480), (62, 480, 960)])[:35])
    assert "cut off" in fails(capsys, "prepare", str(tmp_path / "cut.mid"), "--out", str(tmp_path / "out"))


def test_a_misspelt_yaml_key_names_the_right_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.yaml").write_text("epoch: 3\n")
    assert "did you mean 'epochs'?" in fails(capsys, "fit", str(tmp_path / "c.yaml"))


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of hours does not end at its first checkpoint: the source, which is missing, is not looked for."""
    (tmp_path / "file").write_text("")
    said = fails(
        capsys, "fit", "train-own", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "file" / "run")
    )
    assert "nothing can be written there" in said


def test_an_unknown_init_names_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read, and without a folder left behind."""
    argv = ["fit", "train-essen", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "run")]
    said = fails(capsys, *argv, "--init", "nosuch")
    assert "'nosuch'" in said
    assert "shipped are essen, essen-pitch, songbook" in said
    assert not (tmp_path / "run").exists()


def test_prepare_takes_copies_that_are_here(counted: None, tmp_path: Path) -> None:
    copies = [
        argument for name in REPOSITORIES for argument in ("--from", str(zip_of(tmp_path / f"{name}.zip", name)))
    ]
    assert main(["prepare", "--fetch", "songbook", *copies, "--out", str(tmp_path / "out")]) == 0
    assert is_store(tmp_path / "out")


def test_an_empty_folder_is_a_sentence_with_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for fetched in ([], ["--fetch", "irish", "--from"]):
        line = fails(capsys, "prepare", *fetched, str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
        assert "name a" in line
    assert not (tmp_path / "out").exists()


def test_fit_takes_a_checkpoint_in_place_of_a_recipe(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whoever has songs and a model needs no third thing; with neither, both ways are named."""
    said = fails(capsys, "fit", "--data", str(tmp_path))
    assert "it takes a recipe, as train-essen, or --init with a checkpoint" in said
    missing, out = str(tmp_path / "none"), str(tmp_path / "run")
    said = fails(capsys, "fit", "--init", "essen", "--data", missing, "--out", out)
    assert "there is no such file or folder" in said
