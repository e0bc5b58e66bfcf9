"""What the model is charged for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.checkpoint import load
from tests.trainer.songs import SONGS, TINY
from trainer.examples import collate, encode_song
from trainer.loss import losses
from trainer.train import fit


def test_padding_changes_no_loss(tmp_path: Path) -> None:
    """A song costs the same alone and beside a longer one."""
    fit(replace(TINY, out=str(tmp_path), epochs=1), SONGS)
    checkpoint = load(tmp_path, "cpu")
    names = checkpoint.model.config.feature_names
    examples = sorted((encode_song(song, checkpoint.tokenizer, names) for song in SONGS[:6]), key=len)
    together = losses(checkpoint.model, collate(examples))
    for row, example in enumerate(examples):
        alone = losses(checkpoint.model, collate([example]))
        assert together.token[row].sum().item() == pytest.approx(alone.token.sum().item(), abs=1e-3)
        assert together.duration[row].sum().item() == pytest.approx(alone.duration.sum().item(), abs=1e-3)
