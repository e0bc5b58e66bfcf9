"""Styles are told as loudly in weights that are kept as the settings say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from engine.checkpoint import Checkpoint, load
from engine.notes import Metre, Note, Song
from engine.styles import ANY, Style
from engine.tokenizer import NoteTokenizer
from engine.tracker import Conditions, song_rows
from tests.tiny import tiny_model
from tests.trainer.songs import SONGS, TINY
from trainer.style_strength import strengthen, strengthened
from trainer.train import fit

STYLES = ("hymn", "irish")
NOTES = tuple(Note(60 + place * 2 % 7, 1.0) for place in range(12))


def test_styles_that_are_strengthened_lie_further_from_any_in_the_same_direction() -> None:
    """What is not told a style is read as before; at strength 1 so is what is."""
    tokenizer = NoteTokenizer(styles=STYLES)
    song = Song("", NOTES, Metre(4.0))
    rows = {
        style: torch.from_numpy(
            song_rows(tokenizer, tokenizer.encode(song.notes), Conditions(None, True, style))[None]
        )
        for style in (ANY, Style("irish"))
    }

    def logits(strength: float | None, style: Style) -> torch.Tensor:
        checkpoint = Checkpoint(tiny_model(tokenizer), tokenizer, {}, Path("tiny"), torch.device("cpu"))
        if strength is not None:
            strengthen(checkpoint.model, len(STYLES), strength)
        with torch.inference_mode():
            told: torch.Tensor = checkpoint.model.token_logits(checkpoint.model(rows[style].long()))
        return told

    irish = Style("irish")
    assert torch.allclose(logits(1.0, irish), logits(None, irish), atol=1e-5)
    assert torch.equal(logits(3.0, ANY), logits(None, ANY))
    assert torch.allclose(logits(0.0, irish), logits(None, ANY), atol=1e-5)
    assert not torch.allclose(logits(3.0, irish), logits(None, irish), atol=1e-2)


def test_for_a_while_is_for_a_while() -> None:
    """Behind it the weights are bit for bit what they were, and without styles nothing is touched."""
    model = tiny_model(NoteTokenizer(styles=STYLES))
    before = model.wte.weight.detach().clone()
    with strengthened(model, len(STYLES), 3.0) as louder:
        assert int((louder.wte.weight != before).any(1).sum()) == len(STYLES)
    assert torch.equal(model.wte.weight, before)


def test_a_run_keeps_its_styles_as_loud_as_it_is_set(tmp_path: Path) -> None:
    """It learns the same; what is kept has its styles' embeddings three times as far out."""
    quiet, loud = (
        load(fit(replace(TINY, out=str(tmp_path / name), style_strength=strength), SONGS), "cpu").model
        for name, strength in (("quiet", 1.0), ("loud", 3.0))
    )
    with strengthened(quiet, 2, 3.0):
        expected = quiet.wte.weight.detach().clone()
    assert torch.allclose(loud.wte.weight, expected, atol=5e-3)
    assert not torch.allclose(loud.wte.weight, quiet.wte.weight, atol=5e-3)
