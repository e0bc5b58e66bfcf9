"""Training data in the paper's way: windows over one long stream of songs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from engine.errors import UserError
from engine.notes import Song
from engine.tokenizer import Tokenizer
from trainer.batch import IGNORED, Batch


class StreamData:
    """The paper's way: all songs in one stream, an end of text after each, read through windows."""

    def __init__(
        self,
        songs: Sequence[Song],
        tokenizer: Tokenizer,
        context: int,
        stride: int = 512,
        batch_windows: int = 8,
        seed: int = 0,
    ) -> None:
        if tokenizer.n_durations:
            raise UserError("data: windows over a stream are for the pitch vocabulary; use data: songs")
        stream: list[int] = [tokenizer.eos]
        for song in songs:
            stream.extend(step.token for step in tokenizer.encode(song.notes))
            stream.append(tokenizer.eos)
        self.stream = torch.tensor(stream)
        self._context, self._seed, self._batch = context, seed, batch_windows
        self.starts = list(range(0, max(1, len(stream) - 1 - context + stride), stride))

    def batches(self, epoch: int) -> list[list[int]]:
        """Return the windows of each batch of an epoch."""
        order = np.random.default_rng((self._seed, epoch, 0)).permutation(len(self.starts))
        return [order[start : start + self._batch].tolist() for start in range(0, len(order), self._batch)]

    def plain_batches(self) -> list[list[int]]:
        """Return all windows in order, in batches for evaluation."""
        order = np.arange(len(self.starts))
        return [order[start : start + self._batch].tolist() for start in range(0, len(order), self._batch)]

    def collate(self, items: Sequence[int], epoch: int | None = None) -> Batch:
        """Return these windows; the last may be shorter and is padded."""
        tokens = torch.full((len(items), self._context + 1), IGNORED)
        for index, item in enumerate(items):
            window = self.stream[self.starts[item] : self.starts[item] + self._context + 1]
            tokens[index, : len(window)] = window
        nothing = torch.full((len(items), self._context), IGNORED)
        rows = tokens[:, :-1].clamp(min=0)[..., None]
        return Batch(rows, tokens[:, 1:], nothing, nothing, torch.zeros(len(items), dtype=torch.long))
