"""The embeddings of what lies between two styles."""

from __future__ import annotations

import numpy as np

from engine.decoding.style_rows import style_rows
from engine.styles import STEPS, between
from engine.tokenizer import NoteTokenizer, PitchTokenizer
from tests.tiny import tiny_model


def test_each_is_as_much_of_both_as_it_is_near_to_them() -> None:
    """The first lies a step behind "any" on the way to the first style, and all have their place in order."""
    config = tiny_model(NoteTokenizer(styles=("China", "Irland"))).config
    sizes = dict(config.features)
    table = np.random.default_rng(1).normal(size=(sum(sizes.values()), 4))
    begin = sum(size for name, size in config.features[: config.feature_names.index("style")])
    rows = style_rows(config, table)
    assert len(rows) == 3 * (STEPS - 1)
    assert np.allclose(rows[0], table[begin] * (1 - 1 / STEPS) + table[begin + 1] / STEPS)
    for row, (first, second, share) in zip(rows, between(3), strict=True):
        assert np.allclose(row, (1 - share) * table[begin + first] + share * table[begin + second])


def test_without_styles_there_is_nothing_between_them() -> None:
    """Neither where the vocabulary names none, nor where the model has no such column."""
    for tokenizer in (NoteTokenizer(), PitchTokenizer()):
        config = tiny_model(tokenizer).config
        assert not len(style_rows(config, np.ones((sum(size for _, size in config.features), 4))))
