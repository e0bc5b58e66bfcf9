"""The manner of an answer reaches the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engine.checkpoint import Checkpoint
from engine.drawing.row import Row
from engine.improviser import Improviser
from engine.notes import Note
from engine.tokenizer import NoteTokenizer
from tests.tiny import tiny_model

CALL = [Note(60, 0.5), Note(62, 0.5), Note(64, 1.0)]


def logits(style: str) -> Row:
    """Return the model's logits behind the call, heard in this style."""
    tokenizer = NoteTokenizer(styles=("China", "Irland"))
    improviser = Improviser(Checkpoint(tiny_model(tokenizer), tokenizer, {}, Path("tiny"), torch.device("cpu")), 0)
    improviser.sync(0, CALL, style=style)
    return improviser.context.reading.token_logits(improviser.context.reading.length)


def test_each_style_is_heard_differently() -> None:
    """The same call in two styles, and in any, gives three different expectations."""
    china, ireland, anything = logits("China"), logits("Irland"), logits("any")
    assert not np.allclose(china, ireland)
    assert not np.allclose(china, anything)


def test_a_style_that_the_checkpoint_lacks_is_any() -> None:
    """An unknown style changes nothing and is no error: the fader may come from another checkpoint."""
    assert np.array_equal(logits("Atlantis"), logits("any"))
