"""A checkpoint's folder: found by name, and refused with a sentence where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import engine.checkpoint as checkpoint
import engine.checkpoint_folder as checkpoint_folder
from engine.errors import UserError
from tests.tiny import write_tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a saved checkpoint of the pitch-and-duration kind."""
    return write_tiny(tmp_path / "mine")


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "config.json"
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


def test_an_unknown_name_lists_the_known_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A name that is neither shipped nor a folder is refused with the shipped names."""
    monkeypatch.setattr(checkpoint_folder, "known", lambda: {"essen": tmp_path, "other": tmp_path})
    with pytest.raises(UserError, match=r"'esen'.*essen, other"):
        checkpoint_folder.resolve("esen")
    assert checkpoint_folder.resolve("essen") == tmp_path


def test_a_folder_without_the_files_is_no_checkpoint(tmp_path: Path) -> None:
    """The message names what is missing."""
    with pytest.raises(UserError, match=r"config\.json and model\.safetensors missing"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.pop("format"), "no 'format'"),
        (lambda data: data.update(format=99), "format 99, this program reads format 1"),
        (lambda data: data.pop("tokenizer"), "no table 'tokenizer'"),
        (lambda data: data["model"].update(nonsense=1), "nonsense"),
        (lambda data: data["model"].update(features=[["token"]]), "not understood"),
        (lambda data: data["model"].update(n_layer="four"), r"config\.json"),
        (lambda data: data["model"].pop("vocab_size"), "vocab_size"),
        (lambda data: data["model"].update(n_head=5), "32 must be a multiple of n_head 5"),
        (lambda data: data["tokenizer"].update(high=95), "knows 64 tokens, its vocabulary 63"),
        (lambda data: data["tokenizer"]["durations"].pop(), "knows 16 durations, its vocabulary 15"),
        (lambda data: data["tokenizer"].update(styles=["a"]), "1 values of 'style', its vocabulary 2"),
        (lambda data: data["model"].update(context=65), r"'wpe.weight' has shape \(64, 32\).*\(65, 32\)"),
        (lambda data: data["model"].update(n_layer=3), r"lacks 'h\.2\.ln_1\.weight' and 11 more"),
        (lambda data: data["model"].update(n_layer=1), r"has unexpected 'h\.1"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    """Every mismatch is named with both numbers."""
    edit(folder, change)
    with pytest.raises(UserError, match=message):
        checkpoint.load(folder, "cpu")


def test_a_config_that_is_no_json_is_refused(folder: Path) -> None:
    """It ends in a sentence, not in a traceback."""
    (folder / "config.json").write_text("{")
    with pytest.raises(UserError, match="not readable as JSON"):
        checkpoint.load(folder, "cpu")


def test_the_shipped_models_are_compact_and_gpt2_is_not(folder: Path) -> None:
    """What is compact is decoded on the CPU, by numpy."""
    for path in (*checkpoint_folder.known().values(), folder):
        assert checkpoint_folder.is_compact(checkpoint_folder.read_config(path)[0])
    edit(folder, lambda data: data["model"].update(n_layer=12, n_embd=768, n_head=12))
    assert not checkpoint_folder.is_compact(checkpoint_folder.read_config(folder)[0])
