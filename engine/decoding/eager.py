"""The reference: the model itself, run by eager PyTorch, on whatever device it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.cache import KVCache, attended
from engine.decoding.seam import Branch
from engine.decoding.style_rows import style_rows
from engine.drawing.row import Row, Rows
from engine.model import GPT


class EagerDecoder:
    """Read one sequence. The cache is made where the model is, so move the model before."""

    def __init__(self, model: GPT) -> None:
        weight = model.wpe.weight
        extend(model)
        self.model, self.cache = model, KVCache(model.config, 1, weight.device, weight.dtype)
        self._hidden = self._hidden_room(model.config.context)

    @property
    def length(self) -> int:
        """Return how many steps were read."""
        return self.cache.length

    @torch.inference_mode()
    def append(self, rows: Sequence[Sequence[int]]) -> None:
        """Read one step or many; raise ValueError when they do not fit the context."""
        begin, end = self.length, self.cache.end_after(len(rows))
        self._hidden[begin:end] = self.model(self.steps(rows), self.cache)[0]

    def rewind(self, length: int) -> None:
        """Go back to the first `length` steps; raise ValueError when there are fewer."""
        self.cache.rewind(length)

    @torch.inference_mode()
    def token_logits(self, length: int) -> Row:
        """Return the logits of the step after the first `length`, (V,)."""
        row: Row = as_rows(self.model.token_logits(self.hidden([length - 1])))[0]
        return row

    @torch.inference_mode()
    def duration_logits(self, length: int, token: int) -> Row:
        """Return the logits of the duration of `token` after the first `length` steps, (D,)."""
        tokens = torch.tensor([[token]], device=self._hidden.device)
        row: Row = as_rows(self.model.duration_logits(self.hidden([length - 1]), tokens))[0]
        return row

    @torch.inference_mode()
    def phrase_end(self, length: int) -> float:
        """Return P(step `length` ends a phrase)."""
        return float(torch.sigmoid(self.model.phrase_end_logits(self.hidden([length - 1])).float()))

    def branches(self) -> EagerBranches:
        """Return branches behind what was read; those given before end."""
        return EagerBranches(self)

    def hidden(self, places: Sequence[int]) -> Tensor:
        """Return what the heads read of the steps at these places, (B, 1, C + pointers)."""
        if len(places) == 1:
            return self._hidden[None, places[0] : places[0] + 1]
        return self._hidden[torch.tensor(places, device=self._hidden.device)][:, None]

    def keep(self, begin: int, hidden: Tensor) -> None:
        """Keep what the heads read of steps behind the context, (T, C + pointers)."""
        end = begin + len(hidden)
        if end > len(self._hidden):
            wider = self._hidden_room(max(end, 2 * len(self._hidden)))
            wider[:begin] = self._hidden[:begin]
            self._hidden = wider
        self._hidden[begin:end] = hidden

    def steps(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Return rows as the model reads them, (1, T, F)."""
        return torch.tensor([rows], device=self._hidden.device)

    def _hidden_room(self, places: int) -> Tensor:
        config, weight = self.model.config, self.model.wpe.weight
        # Never an inference tensor, whatever mode the caller is in: those refuse writes outside that mode.
        with torch.inference_mode(False):
            width = config.n_embd + len(config.carried)
            return torch.zeros((places, width), device=weight.device, dtype=weight.dtype)


class EagerBranches:
    """Branches whose steps stand in the decoder's own cache, behind what it has read: nothing is copied."""

    def __init__(self, decoder: EagerDecoder) -> None:
        self._decoder, self._model, self._cache = decoder, decoder.model, decoder.cache
        self._context, self._steps = decoder.length, 0

    @torch.inference_mode()
    def grow(self, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        """Read one more step on each of these branches; return the longer branches."""
        begin = self._context + self._steps
        end = begin + len(rows)
        self._cache.make_room(end)
        new = _NewSteps(self._cache, begin, self._positions(behind), self._mask(behind, begin, end))
        self._decoder.keep(begin, self._model(self._decoder.steps(rows), new)[0])
        self._steps += len(rows)
        return [(*branch, begin + place) for place, branch in enumerate(behind)]

    def _positions(self, behind: Sequence[Branch]) -> Tensor:
        positions = [self._context + len(branch) for branch in behind]
        return torch.tensor(positions, device=self._model.wpe.weight.device)

    def _mask(self, behind: Sequence[Branch], begin: int, end: int) -> Tensor:
        """Return which places each new step sees, (steps, places)."""
        seen = np.zeros((len(behind), end), np.bool_)
        seen[:, : self._context] = True
        for row, branch in enumerate(behind):
            seen[row, [*branch, begin + row]] = True
        return torch.from_numpy(seen).to(self._model.wpe.weight.device)

    @torch.inference_mode()
    def token_logits(self, branches: Sequence[Branch]) -> Rows:
        """Return the logits of the step behind each of these branches, (B, V)."""
        return as_rows(self._model.token_logits(self._hidden(branches)))

    @torch.inference_mode()
    def duration_logits(self, branches: Sequence[Branch], tokens: Sequence[int]) -> Rows:
        """Return the logits of the duration of a token behind each of these branches, (B, D)."""
        hidden = self._hidden(branches)
        return as_rows(self._model.duration_logits(hidden, torch.tensor(tokens, device=hidden.device)[:, None]))

    @torch.inference_mode()
    def phrase_ends(self, branches: Sequence[Branch]) -> Row:
        """Return P(the last step of each of these branches ends a phrase), (B,)."""
        return as_rows(torch.sigmoid(self._model.phrase_end_logits(self._hidden(branches)).float())[..., None])[
            :, 0
        ]

    def _hidden(self, branches: Sequence[Branch]) -> Tensor:
        return self._decoder.hidden([branch[-1] if branch else self._context - 1 for branch in branches])


class _NewSteps:
    """Stand in for the cache while new steps of branches are read: each sees its own branch."""

    def __init__(self, cache: KVCache, begin: int, positions: Tensor, seen: Tensor) -> None:
        self._cache, self._begin, self._positions, self._seen = cache, begin, positions, seen

    def places(self, steps: int) -> Tensor:
        return self._positions

    def mask(self, steps: int) -> Tensor:
        return self._seen

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        return attended(q, *self._cache.put(layer, self._begin, k[0], v[0]), mask)

    def advance(self, count: int) -> None:
        """Count nothing: branches are no part of what was read."""


def extend(model: GPT) -> None:
    """Give a model that is to be played the embeddings of what lies between two styles, if it has not got them."""
    if model.table is None:
        table = model.wte.weight.detach().cpu().double().numpy()
        model.extend(torch.from_numpy(style_rows(model.config, table)))


def as_rows(logits: Tensor) -> Rows:
    """Return logits (B, 1, V) as float64 on the CPU, (B, V); on another device this waits for it."""
    rows: Rows = logits[:, 0].cpu().double().numpy()  # MPS has no float64
    return rows
