"""A training recipe is checked key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from tests.paths import ROOT
from trainer.settings import load_settings


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("learning_rat: 1", "did you mean 'learning_rate'"),
        ("epochs: many", "a whole number"),
        ("dropout: 1.5", "from 0 to 1"),
        ("{hidden_metre: 0.5, found_metre: 0.6}", "at most 1"),
        ("size: gpt3", "gpt2-medium"),
        ("batches: windows", "tokenizer: pitch"),
        ("- 1", "key: value"),
        ("a: [", "not YAML"),
        ("new_words: true", "new_words.*init"),
        ("init: essen-pitch\ntokenizer: pitch\nnew_words: true", "new_words.*note"),
    ],
)
def test_a_wrong_setting_is_named(text: str, named: str, tmp_path: Path) -> None:
    """A misspelt key or a wrong value is refused in a sentence that names the file."""
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=named) as caught:
        load_settings(path)
    assert "x.yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["essen", "essen-pitch", "own", "paper"])
def test_presets_are_valid(name: str) -> None:
    """The shipped training presets hold known keys and allowed values; 5e-5 is a number, not a word."""
    settings = load_settings(ROOT / "presets" / f"train-{name}.yaml")
    assert settings.data in ("essen", "paper", "")
    assert 0.0 < settings.learning_rate < 0.01
