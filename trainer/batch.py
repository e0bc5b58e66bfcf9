"""A batch: what the model is given at a time, what is asked of it, and how songs are put together for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

IGNORED = -100
"""Target of places that are not scored (cross_entropy's own default)."""


@dataclass(frozen=True)
class Batch:
    """Hold a batch: B sequences of at most T steps, padded at the end.

    rows: (B, T, F); tokens, durations: (B, T), what comes next, IGNORED where nothing is scored;
    phrase_ends: (B, T), 1 where the step's own note ends a phrase, 0 where not, IGNORED where unknown;
    first: (B,), the position at which each sequence begins.
    """

    rows: Tensor
    tokens: Tensor
    durations: Tensor
    phrase_ends: Tensor
    first: Tensor

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on a device."""
        return Batch(*(getattr(self, name).to(device, non_blocking=True) for name in self.__dataclass_fields__))

    def part(self, index: int, count: int) -> Batch:
        """Return the index-th of `count` parts; together they are the batch, and none is without a sequence."""
        if index < len(self.rows):
            return Batch(*(getattr(self, name)[index::count] for name in self.__dataclass_fields__))
        nothing = torch.full_like(self.tokens[:1], IGNORED)
        return Batch(self.rows[:1], nothing, nothing, nothing, self.first[:1])


def length_batches(lengths: Sequence[int], batch_tokens: int, order: npt.NDArray[np.int64]) -> list[list[int]]:
    """Cut songs, taken in `order`, into batches of like length with at most `batch_tokens` padded steps each."""
    batches: list[list[int]] = []
    pool = 32 * max(1, batch_tokens // 64)
    for start in range(0, len(order), pool):
        songs = sorted(order[start : start + pool].tolist(), key=lambda song: lengths[song])
        batch: list[int] = []
        for song in songs:
            if batch and (len(batch) + 1) * lengths[song] > batch_tokens:
                batches.append(batch)
                batch = []
            batch.append(song)
        batches.append(batch)
    return batches
