"""Let a checkpoint's vocabulary grow by the durations and styles of new songs; what it knew it says as before.

A new style begins as that of any. A new duration is read like the nearest one that is known, and begins so
unlikely that known songs hardly cost more; songs that have it raise it soon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from engine.columns import DURATION_POINTERS, columns
from engine.tokenizer import NoteTokenizer

UNLIKELY_NATS = 5.0
"""How much less likely than the nearest duration a new one begins."""


def with_words_of(known: NoteTokenizer, new: NoteTokenizer) -> NoteTokenizer:
    """Return the first vocabulary with the durations of both, rising, and the second one's other styles behind."""
    return replace(
        known,
        styles=(*known.styles, *(style for style in new.styles if style not in known.styles)),
        duration_table=tuple(sorted({*known.duration_table, *new.duration_table})),
    )


def words_beside(grown: NoteTokenizer, known: NoteTokenizer) -> str:
    """Return in words how many durations and styles the one has beside the other's."""
    durations = len(grown.duration_table) - len(known.duration_table)
    return f"{durations} durations and {len(grown.styles) - len(known.styles)} styles"


def grow(
    tensors: Mapping[str, Tensor], names: Sequence[str], known: NoteTokenizer, grown: NoteTokenizer
) -> dict[str, Tensor]:
    """Return the weights of a model of the columns `names` for the vocabulary that `with_words_of` returned."""
    nearest = [known.duration(beats) for beats in grown.duration_table]
    is_new = torch.tensor([beats not in known.duration_table for beats in grown.duration_table])
    taken: list[int] = []
    begin = 0
    for name, size in columns(known, names):
        values = list(range(size))
        if name in DURATION_POINTERS:
            values = [0, *(place + 1 for place in nearest)]
        elif name == "style":
            values += [0] * (len(grown.styles) - len(known.styles))
        taken += [begin + value for value in values]
        begin += size
    return {
        **tensors,
        "wte.weight": tensors["wte.weight"][taken],
        "duration_head.weight": tensors["duration_head.weight"][nearest],
        "duration_head.bias": tensors["duration_head.bias"][nearest] - UNLIKELY_NATS * is_new,
    }
