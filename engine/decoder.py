"""One step through the model in as few operations as it takes: what live play does for every note.

The arithmetic is `GPT.forward`'s for one step of one sequence in evaluation mode, and a test holds the two
together. On a compact model the time goes into calls, not into numbers, so there are no modules, no dropout
and no masks here, and keys and values are stored with one copy. A faster way for a device takes the place of
this class.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cache import KVCache
from engine.model import GPT

EPS = 1e-5


class Decoder:
    """Read single steps. It refers to the model's weights as they are when it is made; move the model before."""

    def __init__(self, model: GPT) -> None:
        self._offsets = model.offsets.tolist()
        carried = (*model.config.pointers, *model.config.duration_pointers)
        self._pointers = [model.config.feature_names.index(name) for name in carried]
        self._embedding, self._positions = model.wte.weight, model.wpe.weight
        self._heads = (3, model.config.n_head, 1, model.config.n_embd // model.config.n_head)
        self._layers = [layer_weights(block) for block in model.h]
        self._norm = (model.ln_f.weight, model.ln_f.bias)
        self._channels = (model.config.n_embd,)

    def step(self, row: Sequence[int], cache: KVCache) -> Tensor:
        """Return what the heads read after one more step, (1, C + pointers); the cache grows by it.

        row: the step's integer columns, as in the model's rows of shape (B, T, F).
        Raises ValueError when the cache is full.
        """
        cache.end_after(1)
        channels, heads = self._channels, self._heads
        device, position = self._embedding.device, cache.length
        index = torch.tensor(
            [[value + offset for value, offset in zip(row, self._offsets, strict=True)]], device=device
        )
        x = F.embedding_bag(index, self._embedding, mode="sum") + self._positions[position]
        for layer, (n1, m1, wa, ba, wp, bp, n2, m2, wf, bf, wo, bo) in enumerate(self._layers):
            qkv = F.linear(F.layer_norm(x, channels, n1, m1, EPS), wa, ba).view(heads)
            k, v = cache.append_pair(layer, qkv[1:])
            y = F.scaled_dot_product_attention(qkv[:1], k, v)
            x = x + F.linear(y.view(1, -1), wp, bp)
            h = F.gelu(F.linear(F.layer_norm(x, channels, n2, m2, EPS), wf, bf), approximate="tanh")
            x = x + F.linear(h, wo, bo)
        cache.advance(1)
        h = F.layer_norm(x, channels, *self._norm, EPS)
        if not self._pointers:
            return h
        pointers = torch.tensor([[row[column] for column in self._pointers]], device=device, dtype=h.dtype)
        return torch.cat((h, pointers), dim=-1)


def layer_weights(block: torch.nn.Module) -> tuple[Tensor, ...]:
    """Return a layer's weights in the order in which they are used."""
    names = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    return tuple(block.get_parameter(f"{name}.{kind}") for name in names for kind in ("weight", "bias"))
