"""Read many continuations of one context at once: steps as branches of a tree, every layer once for all of them.

The context's keys and values are there once, whatever the number of branches; each step sees the context, the
steps on its own branch, and itself. The arithmetic is the model's, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cache import KVCache
from engine.decoder import EPS, layer_weights
from engine.model import GPT

FIRST_STEPS = 256
"""Room for so many steps at first; it is doubled when it is used up."""

Branch = tuple[int, ...]
"""The steps from the context to one step, that step included, as numbers that `Branches.grow` gives."""


class Branches:
    """Grow branches behind a context. Call it under torch.inference_mode().

    It refers to the model's weights as they are when it is made; move the model before.
    """

    def __init__(self, model: GPT) -> None:
        config = model.config
        carried = (*config.pointers, *config.duration_pointers)
        self._model, self._channels = model, (config.n_embd,)
        self._carried = [config.feature_names.index(name) for name in carried]
        self._heads = (3, config.n_head, config.n_embd // config.n_head)
        self._layers = [layer_weights(block) for block in model.h]
        self._context = self._steps = 0
        self._store, self._hidden = self._room(config.context + FIRST_STEPS)

    def _room(self, places: int) -> tuple[Tensor, Tensor]:
        """Return room for keys and values, (L, 2, n_head, places, head_dim), and hidden states, (places, C)."""
        _, heads, width = self._heads
        weight = self._model.wpe.weight
        store = torch.zeros((len(self._layers), 2, heads, places, width), device=weight.device, dtype=weight.dtype)
        hidden = torch.zeros(
            (places, self._channels[0] + len(self._carried)), device=weight.device, dtype=weight.dtype
        )
        return store, hidden

    def _widen(self, places: int) -> None:
        """Make room for so many places; what stands there stays."""
        kept = self._context + self._steps
        store, hidden = self._room(places)
        store[:, :, :, :kept], hidden[:kept] = self._store[:, :, :, :kept], self._hidden[:kept]
        self._store, self._hidden = store, hidden

    def plant(self, context: KVCache, hidden: Tensor) -> None:
        """Begin anew behind a context of one sequence; hidden: what the heads read of its last step, (1, 1, C)."""
        self._steps, self._context = 0, context.length
        for layer in range(len(self._layers)):
            self._store[layer, :, :, : context.length] = context.layer(layer)[:, 0]
        self._hidden[self._context - 1] = hidden[0, 0]

    def grow(self, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        """Read one more step on each of these branches, () being the context itself; return the longer branches.

        rows: the steps' integer columns. The place of each step in the melody must be within the model's context.
        """
        begin = self._context + self._steps
        count, end = len(rows), begin + len(rows)
        if end > self._store.shape[3]:
            self._widen(max(end, 2 * self._store.shape[3]))
        device = self._store.device
        index = torch.tensor(rows, device=device)
        positions = torch.tensor([self._context + len(branch) for branch in behind], device=device)
        x = F.embedding_bag(index + self._model.offsets, self._model.wte.weight, mode="sum")
        x = x + self._model.wpe.weight[positions]
        mask = self._mask(behind, begin, end).to(device)
        for layer, (n1, m1, wa, ba, wp, bp, n2, m2, wf, bf, wo, bo) in enumerate(self._layers):
            qkv = F.linear(F.layer_norm(x, self._channels, n1, m1, EPS), wa, ba)
            q, k, v = qkv.view(count, *self._heads).permute(1, 2, 0, 3).unbind(0)
            store = self._store[layer]
            store[0, :, begin:end], store[1, :, begin:end] = k, v
            y = F.scaled_dot_product_attention(
                q[None], store[None, 0, :, :end], store[None, 1, :, :end], attn_mask=mask
            )
            x = x + F.linear(y[0].transpose(0, 1).reshape(count, -1), wp, bp)
            h = F.gelu(F.linear(F.layer_norm(x, self._channels, n2, m2, EPS), wf, bf), approximate="tanh")
            x = x + F.linear(h, wo, bo)
        norm = self._model.ln_f
        self._hidden[begin:end, : self._channels[0]] = F.layer_norm(x, self._channels, norm.weight, norm.bias, EPS)
        if self._carried:
            self._hidden[begin:end, self._channels[0] :] = index[:, self._carried].to(self._hidden.dtype)
        self._steps += count
        return [(*branch, begin + place) for place, branch in enumerate(behind)]

    def _mask(self, behind: Sequence[Branch], begin: int, end: int) -> Tensor:
        """Return which places each new step sees, (steps, places)."""
        mask = torch.zeros((len(behind), end), dtype=torch.bool)
        mask[:, : self._context] = True
        seen = mask.numpy()
        for row, branch in enumerate(behind):
            seen[row, list(branch)] = True
            seen[row, begin + row] = True
        return mask

    def hidden(self, branches: Sequence[Branch]) -> Tensor:
        """Return what the heads read at the end of these branches, (B, 1, C)."""
        places = [branch[-1] if branch else self._context - 1 for branch in branches]
        return self._hidden[torch.tensor(places, device=self._hidden.device)][:, None]
