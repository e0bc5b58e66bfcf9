"""How loud styles are told in weights that are kept.

A style that is hidden of half of the songs is learned more quietly than songs of it are: its embedding lies on the
right side of that of any, but near it. Further out answers are more of their style, and songs cost no more
(`python -m bench.style_heard --strength S`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from engine.model import GPT


def strengthen(model: GPT, styles: int, strength: float) -> None:
    """Move the embeddings of so many styles to `strength` times their distance from that of any.

    To be called before anything is decoded: decoders keep weights of their own.
    """
    rows = _rows(model, styles)
    rows[1:] = rows[:1] + strength * (rows[1:] - rows[:1])


@contextmanager
def strengthened(model: GPT, styles: int, strength: float) -> Iterator[GPT]:
    """Have the embeddings so for a while."""
    learned = _rows(model, styles).clone()
    strengthen(model, styles, strength)
    yield model
    _rows(model, styles).copy_(learned)


def _rows(model: GPT, styles: int) -> Tensor:
    """Return the embeddings of any and of the styles behind it, none without a column for them."""
    names, sizes = model.config.feature_names, [size for _, size in model.config.features]
    if "style" not in names:
        return model.wte.weight.data[:0]
    begin = sum(sizes[: names.index("style")])
    return model.wte.weight.data[begin : begin + styles + 1]
