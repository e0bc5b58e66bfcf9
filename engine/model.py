"""The GPT, from scratch: GPT-2's form, and the same form with several columns a step for melodies.

Shapes in the field's letters: B sequences, T steps, F feature columns, C channels, V tokens, D durations.
The form is GPT-2's (Radford et al. 2019): learned positions, pre-norm LayerNorm, tanh-GELU, biases. The
compact melody form sums the embeddings of F integer columns a step and has more heads. The model knows
nothing of what tokens mean, but for one thing: the first `n_shift` of them lie on a scale (pitches), so that
a token can be predicted by its distance from another one.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import UserError
from engine.model_config import GPTConfig


class Memory(Protocol):
    """Hold the keys and values of steps read before: what `GPT.forward` wants of a cache."""

    def places(self, steps: int) -> slice | Tensor:
        """Return the positions of so many new steps in their melody."""
        ...

    def mask(self, steps: int) -> Tensor | None:
        """Return what so many new steps see of what stands then, as `attend` wants it; None: all before them."""
        ...

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Write T new steps of one layer and attend from them to all that they see; each (B, n_head, T, head_dim).

        mask: what `mask` returned for these steps.
        """
        ...

    def advance(self, count: int) -> None:
        """Count `count` steps, appended in every layer, as read."""
        ...


class Attention(nn.Module):
    """Causal self-attention, with one matrix for queries, keys and values as in GPT-2."""

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.n_head = layer, config.n_head
        self.dropout = config.attention_dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, cache: Memory | None = None, mask: Tensor | None = None) -> Tensor:
        """Attend, (B, T, C) to (B, T, C); with a cache also to what stands in it. mask: of `Memory.mask`."""
        batch, steps, channels = x.shape
        qkv = self.c_attn(x).view(batch, steps, 3, self.n_head, channels // self.n_head)
        q, k, v = qkv.transpose(1, 3).unbind(2)
        if cache is not None:
            y = cache.attend(self.layer, q, k, v, mask)
        else:
            dropout = self.dropout if self.training else 0.0
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=steps > 1)
        out: Tensor = self.drop(self.c_proj(y.transpose(1, 2).reshape(batch, steps, channels)))
        return out


class MLP(nn.Module):
    """Widen four times, bend, narrow."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map each step by itself, (B, T, C) to (B, T, C)."""
        out: Tensor = self.drop(self.c_proj(F.gelu(self.c_fc(x), approximate="tanh")))
        return out


class Block(nn.Module):
    """One layer: attention and MLP, each behind a norm and beside a bypass."""

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=1e-5)
        self.attn = Attention(config, layer)
        self.ln_2 = nn.LayerNorm(config.n_embd, eps=1e-5)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, cache: Memory | None = None, mask: Tensor | None = None) -> Tensor:
        """Return (B, T, C)."""
        x = x + self.attn(self.ln_1(x), cache, mask)
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class GPT(nn.Module):
    """A GPT over rows of integer columns; see `GPTConfig` for its two forms."""

    offsets: Tensor
    table: Tensor | None

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.n_embd
        sizes = [size for _, size in config.features]
        # One table for all columns: a column's rows begin at its offset. With one column this is GPT-2's wte.
        self.wte = nn.Embedding(sum(sizes), channels)
        starts = [sum(sizes[:column]) for column in range(len(sizes))]
        # No file holds the offsets, so they are real even where the weights are not yet (device "meta").
        self.register_buffer("offsets", torch.tensor(starts, device="cpu"), persistent=False)
        # For play: the same rows, and behind them those of values that are not learned but made of others.
        self.register_buffer("table", None, persistent=False)
        self.wpe = nn.Embedding(config.context, channels)
        self.drop = nn.Dropout(config.dropout)
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config.n_layer))
        self.ln_f = nn.LayerNorm(channels, eps=1e-5)
        self._carried = [config.feature_names.index(name) for name in config.carried]
        pointers = len(config.pointers)
        if not config.tied:
            self.lm_head = nn.Linear(channels, config.vocab_size, bias=False)
        if pointers:
            # Scores by distance from the first pointer, and a bonus for what each pointer points at.
            self.distance_head = nn.Linear(channels, 2 * config.n_shift - 1, bias=False)
            self.pointer_head = nn.Linear(channels, pointers)
        if config.n_durations:
            self.duration_in = nn.Linear(channels, channels)
            self.duration_token = nn.Embedding(config.vocab_size, channels)
            if pointers:
                self.duration_distance = nn.Embedding(2 * config.n_shift, channels)
                self.duration_match = nn.Linear(pointers, channels, bias=False)
            if config.duration_pointers:
                self.duration_pointer_head = nn.Linear(channels, len(config.duration_pointers))
            self.duration_head = nn.Linear(channels, config.n_durations)
        if config.phrase_end:
            self.phrase_head = nn.Linear(channels, 1)
        self.apply(self._init)
        for name, weight in self.named_parameters():
            if name.endswith("c_proj.weight"):
                nn.init.normal_(weight, std=0.02 / (2 * config.n_layer) ** 0.5)

    @staticmethod
    def _init(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, x: Tensor, cache: Memory | None = None, first: Tensor | int = 0) -> Tensor:
        """Return what the heads read, (B, T, C + pointers), for integer rows x of shape (B, T, F).

        After the final norm's C channels stand the pointer columns as they were. With a cache the rows
        continue what stands in it, and the cache grows by T. first: without a cache, the position of the
        first step, for all or (B,) for each sequence.

        Raises UserError when the rows do not fit the context.
        """
        h: Tensor
        steps = x.shape[1]
        if cache is not None:
            places, mask = cache.places(steps), cache.mask(steps)
        elif isinstance(first, int):
            places, mask = slice(first, first + steps), None
        else:
            # Padding behind a late beginner may stick out of the context.
            ahead = first[:, None] + torch.arange(steps, device=x.device)
            places, mask = ahead.clamp(max=self.config.context - 1), None
        if isinstance(places, slice) and places.stop > self.config.context:
            raise UserError(
                f"model: {places.stop} steps do not fit the context of {self.config.context}; keep fewer notes"
            )
        if x.shape[2] == 1:
            h = self.wte(x[..., 0])
        else:
            rows = (x + self.offsets).view(-1, x.shape[2])
            table = self.wte.weight if self.table is None else self.table
            h = F.embedding_bag(rows, table, mode="sum").view(*x.shape[:2], -1)
        h = self.drop(h + (self.wpe.weight[places] if isinstance(places, slice) else self.wpe(places)))
        for block in self.h:
            h = block(h, cache, mask)
        if cache is not None:
            cache.advance(steps)
        h = self.ln_f(h)
        if not self._carried:
            return h
        return torch.cat((h, x[..., self._carried].to(h.dtype)), dim=-1)

    def extend(self, rows: Tensor) -> None:
        """Put rows, (R, C), behind the table of embeddings of a model that is not trained any more."""
        weight = self.wte.weight.detach()
        self.table = torch.cat((weight, rows.to(weight)))

    def token_logits(self, hidden: Tensor) -> Tensor:
        """Return the logits of the next token, (B, T, V)."""
        config = self.config
        h = hidden[..., : config.n_embd]
        if config.tied:
            return F.linear(h, self.wte.weight[: config.vocab_size])
        logits: Tensor = self.lm_head(h)
        if not config.pointers:
            return logits
        pointers = self._pointers(hidden)
        span = config.n_shift
        by_distance = self.distance_head(h)
        anchor = pointers[..., :1] - 1
        places = torch.arange(span, device=h.device) - anchor + span - 1
        on_scale = (anchor >= 0) & (anchor < span)
        near = by_distance.gather(-1, places.clamp(0, 2 * span - 2)) * on_scale
        logits = logits + F.pad(near, (0, config.vocab_size - span))
        return logits + _spread(self.pointer_head(h), pointers, config.vocab_size)

    def _pointers(self, hidden: Tensor) -> Tensor:
        """Return the token pointers that hidden carries, (B, T, P)."""
        channels = self.config.n_embd
        return hidden[..., channels : channels + len(self.config.pointers)].long()

    def duration_logits(self, hidden: Tensor, token: Tensor) -> Tensor:
        """Return the logits of the duration that goes with the next `token` (B, T): (B, T, D)."""
        config = self.config
        h = self.duration_in(hidden[..., : config.n_embd]) + self.duration_token(token)
        if config.pointers:
            pointers = self._pointers(hidden)
            h = h + self.duration_match((pointers == token[..., None] + 1).to(h.dtype))
            anchor = pointers[..., 0] - 1
            distance = (token - anchor + config.n_shift).clamp(0, 2 * config.n_shift - 1)
            near = (anchor >= 0) & (token < config.n_shift)
            h = h + self.duration_distance(torch.where(near, distance, 0))
        h = F.gelu(h, approximate="tanh")
        logits: Tensor = self.duration_head(h)
        if not config.duration_pointers:
            return logits
        pointed = hidden[..., -len(config.duration_pointers) :].long()
        return logits + _spread(self.duration_pointer_head(h), pointed, config.n_durations)

    def phrase_end_logits(self, hidden: Tensor) -> Tensor:
        """Return the logit that the step's own note ends a phrase, (B, T)."""
        out: Tensor = self.phrase_head(hidden[..., : self.config.n_embd]).squeeze(-1)
        return out

    def parameter_count(self) -> int:
        """Return the number of weights."""
        return sum(weight.numel() for weight in self.parameters())


def _spread(bonus: Tensor, pointers: Tensor, size: int) -> Tensor:
    """Return (..., size) with each bonus at the place that its pointer names: place + 1, or 0 for nowhere."""
    places = torch.zeros(*bonus.shape[:-1], size + 1, dtype=bonus.dtype, device=bonus.device)
    return places.scatter_add(-1, pointers, bonus)[..., 1:]
