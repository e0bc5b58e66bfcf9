"""The reference: the model read by eager PyTorch, one step, many, or branches, on whatever device it is.

The arithmetic is `GPT.forward`'s in evaluation mode, and a test holds the two together. On a compact model the
time goes into calls, not into numbers, so there are no modules, no dropout and no masks where they can be spared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cache import KVCache
from engine.decoding.seam import Branch
from engine.drawing.row import Row, Rows
from engine.model import GPT

EPS = 1e-5

Attend = Callable[[int, Tensor], Tensor]
"""Of a layer and its queries, keys and values, (T, 3, n_head, head_dim): what is attended to, (T, C)."""


class EagerDecoder:
    """Read one sequence. It refers to the model's weights as they are when it is made; move the model before."""

    def __init__(self, model: GPT) -> None:
        config, weight = model.config, model.wpe.weight
        self.model, self.cache = model, KVCache(model.config, 1, weight.device, weight.dtype)
        self._carried = [config.feature_names.index(name) for name in config.carried]
        self._channels = (config.n_embd,)
        self._heads = (3, config.n_head, config.n_embd // config.n_head)
        self._layers = [layer_weights(block) for block in model.h]
        self._norm = (model.ln_f.weight, model.ln_f.bias)
        self._hidden = self._hidden_room(config.context)

    @property
    def length(self) -> int:
        """Return how many steps were read."""
        return self.cache.length

    @torch.inference_mode()
    def append(self, rows: Sequence[Sequence[int]]) -> None:
        """Read one step or many; raise ValueError when they do not fit the context."""
        begin, end = self.length, self.cache.end_after(len(rows))
        if len(rows) == 1:
            self._hidden[begin:end] = self.hidden_of(rows, begin, self._attend_to_all)
            self.cache.advance(1)
        else:
            device = self._hidden.device
            self._hidden[begin:end] = self.model(torch.tensor([rows], device=device), self.cache)[0]

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

    def hidden_of(self, rows: Sequence[Sequence[int]], positions: int | Tensor, attend: Attend) -> Tensor:
        """Return what the heads read of these steps, (T, C + pointers); positions: one for all, or (T,)."""
        model, channels = self.model, self._channels
        index = torch.tensor(rows, device=self._hidden.device)
        x = F.embedding_bag(index + model.offsets, model.wte.weight, mode="sum") + model.wpe.weight[positions]
        for layer, (n1, m1, wa, ba, wp, bp, n2, m2, wf, bf, wo, bo) in enumerate(self._layers):
            qkv = F.linear(F.layer_norm(x, channels, n1, m1, EPS), wa, ba)
            x = x + F.linear(attend(layer, qkv.view(-1, *self._heads)), wp, bp)
            h = F.gelu(F.linear(F.layer_norm(x, channels, n2, m2, EPS), wf, bf), approximate="tanh")
            x = x + F.linear(h, wo, bo)
        h = F.layer_norm(x, channels, *self._norm, EPS)
        return torch.cat((h, index[:, self._carried].to(h.dtype)), dim=-1) if self._carried else h

    def _attend_to_all(self, layer: int, qkv: Tensor) -> Tensor:
        q, new = qkv[0, 0], qkv[0, 1:]
        k, v = self.cache.append_pair(layer, new[:, :, None])
        return F.scaled_dot_product_attention(q[None, :, None], k, v).view(1, -1)

    def _hidden_room(self, places: int) -> Tensor:
        weight = self.model.wpe.weight
        # Never an inference tensor, whatever mode the caller is in: those refuse writes outside that mode.
        with torch.inference_mode(False):
            width = self._channels[0] + len(self._carried)
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
        device = self._model.wpe.weight.device
        mask = self._mask(behind, begin, end).to(device)

        def attend(layer: int, qkv: Tensor) -> Tensor:
            q, k, v = qkv.permute(1, 2, 0, 3).unbind(0)
            keys, values = self._cache.put(layer, begin, k, v)
            y = F.scaled_dot_product_attention(q[None], keys, values, attn_mask=mask)
            return y[0].transpose(0, 1).reshape(len(rows), -1)

        self._cache.make_room(end)
        positions = torch.tensor([self._context + len(branch) for branch in behind], device=device)
        self._decoder.keep(begin, self._decoder.hidden_of(rows, positions, attend))
        self._steps += len(rows)
        return [(*branch, begin + place) for place, branch in enumerate(behind)]

    def _mask(self, behind: Sequence[Branch], begin: int, end: int) -> Tensor:
        """Return which places each new step sees, (steps, places)."""
        seen = np.zeros((len(behind), end), np.bool_)
        seen[:, : self._context] = True
        for row, branch in enumerate(behind):
            seen[row, [*branch, begin + row]] = True
        return torch.from_numpy(seen)

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


def as_rows(logits: Tensor) -> Rows:
    """Return logits (B, 1, V) as float64 on the CPU, (B, V); on another device this waits for it."""
    rows: Rows = logits[:, 0].cpu().double().numpy()  # MPS has no float64
    return rows


def layer_weights(block: torch.nn.Module) -> tuple[Tensor, ...]:
    """Return a layer's weights in the order in which they are used."""
    names = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    return tuple(block.get_parameter(f"{name}.{kind}") for name in names for kind in ("weight", "bias"))
