"""The net that `melody-train critic` trains: a layer over the figures beside attention over the notes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.planning.figures import NAMES
from engine.planning.note_columns import COLUMNS, NoteColumns
from engine.planning.note_net import FARTHEST, HEADS, PREFIX

Floats = npt.NDArray[np.float32]

WIDTH, LAYERS, FIGURES_WIDTH = 64, 2, 48
_DROPPED, _DROPPED_FIGURES, _HIDDEN_COLUMNS = 0.2, 0.05, 0.1
_FIRST = np.cumsum([0, *(size for _, size in COLUMNS)])
_NOTHING = int(_FIRST[-1])


@dataclass(frozen=True)
class Batch:
    """Hold the notes of calls, (B, T, F), aligned to the right, and of candidates, (B, C, A, F), to the left.

    Rows of the embedding stand for what is read; a place without a note holds nothing's.
    """

    call: Tensor
    answers: Tensor

    @classmethod
    def of(cls, many: Sequence[NoteColumns]) -> Batch:
        """Return the columns of calls that have as many candidates each."""
        calls = max(len(one.call) for one in many)
        size, most = len(many[0].answers), max(one.answers.shape[1] for one in many)
        call = np.full((len(many), calls, len(COLUMNS)), _NOTHING)
        answers = np.full((len(many), size, most, len(COLUMNS)), _NOTHING)
        for index, one in enumerate(many):
            call[index, calls - len(one.call) :] = one.call + _FIRST[:-1]
            rows = np.where(one.there[..., None], one.answers + _FIRST[:-1], _NOTHING)
            answers[index, :, : rows.shape[1]] = rows
        return cls(torch.from_numpy(call), torch.from_numpy(answers))


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.widen, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        self.near = nn.Parameter(torch.zeros(HEADS, 2 * FARTHEST + 1))
        self.dropout = nn.Dropout(_DROPPED)

    def forward(self, call: Tensor, answers: Tensor, no_call: Tensor, no_answer: Tensor) -> tuple[Tensor, Tensor]:
        """Return call (B, T, W) and candidates (B, C, A, W) as the layer leaves them; no_*: -1e4 for no note."""
        before = torch.arange(-call.shape[1], 0)
        after = torch.arange(answers.shape[2])
        query, key, value = self._heads(call)
        alone = query @ key.transpose(-1, -2) + self._near(before, before) + no_call[:, None, None]
        heard = alone.softmax(-1) @ value
        theirs, own_key, own_value = self._heads(answers)
        key, value = key[:, None], value[:, None]
        to_call = theirs @ key.transpose(-1, -2) + self._near(after, before) + no_call[:, None, None, None]
        to_own = theirs @ own_key.transpose(-1, -2) + self._near(after, after) + no_answer[:, :, None, None]
        shares = torch.cat((to_call, to_own), -1).softmax(-1)
        split = call.shape[1]
        both = shares[..., :split] @ value + shares[..., split:] @ own_value
        return self._passed(call, heard), self._passed(answers, both)

    def _heads(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values, (..., HEADS, T, width of a head) each; queries are scaled."""
        parts = self.qkv(self.norm_1(x)).unflatten(-1, (3, HEADS, WIDTH // HEADS)).movedim(-3, 0)
        query, key, value = (part.transpose(-2, -3) for part in parts)
        return query / math.sqrt(WIDTH // HEADS), key, value

    def _near(self, places: Tensor, others: Tensor) -> Tensor:
        apart: Tensor = (others[None] - places[:, None]).clamp(-FARTHEST, FARTHEST) + FARTHEST
        return self.near[:, apart]

    def _passed(self, x: Tensor, heard: Tensor) -> Tensor:
        x = x + self.dropout(self.out(heard.transpose(-2, -3).flatten(-2)))
        wide = torch.relu(self.widen(self.norm_2(x)))
        passed: Tensor = x + self.dropout(self.narrow(wide))
        return passed


class CriticNet(nn.Module):
    """Log odds of candidates, of their figures and of their notes."""

    def __init__(self) -> None:
        super().__init__()
        self.figures = nn.Linear(len(NAMES), FIGURES_WIDTH)
        self.figures_out = nn.Linear(FIGURES_WIDTH, 1)
        self.embedding = nn.Embedding(_NOTHING + 1, WIDTH, padding_idx=_NOTHING)
        nn.init.normal_(self.embedding.weight[:_NOTHING], std=0.15)
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.out = nn.Linear(2 * WIDTH, 1, bias=False)
        self.dropout = nn.Dropout(_DROPPED)

    def forward(self, figures: Tensor, batch: Batch) -> Tensor:
        """Return log odds, (B, C), of standardised figures, (B, C, N), and notes."""
        some = F.dropout(figures, _DROPPED_FIGURES, self.training)
        told = self.figures_out(self.dropout(torch.tanh(self.figures(some))))[..., 0]
        no_call, no_answer = ((rows[..., 0] == _NOTHING) * -1e4 for rows in (batch.call, batch.answers))
        call, answers = self._embedded(batch.call), self._embedded(batch.answers)
        for layer in self.layers:
            call, answers = layer(call, answers, no_call, no_answer)
        answers, here = self.norm(answers), (no_answer == 0)[..., None].float()
        mean = (answers * here).sum(-2) / here.sum(-2)
        most = (answers - 1e3 * (1.0 - here)).amax(-2)
        heard: Tensor = self.out(self.dropout(torch.cat((mean, most), -1)))[..., 0]
        odds: Tensor = told + heard
        return odds

    def _embedded(self, rows: Tensor) -> Tensor:
        if self.training:
            rows = torch.where(torch.rand(rows.shape) < _HIDDEN_COLUMNS, _NOTHING, rows)
        flat = rows.flatten(0, -2)
        x = F.embedding_bag(flat, self.embedding.weight, mode="sum", padding_idx=_NOTHING)
        embedded: Tensor = self.dropout(x.view(*rows.shape[:-1], WIDTH))
        return embedded

    def tensors(self) -> dict[str, Floats]:
        """Return the weights by the names that engine/planning/critic.py and note_net.py read."""
        found = {
            "weight_in": self.figures.weight,
            "bias_in": self.figures.bias,
            "weight_out": self.figures_out.weight[0],
            "bias_out": self.figures_out.bias,
            PREFIX + "embedding": self.embedding.weight[:_NOTHING],
            PREFIX + "out": self.out.weight[0],
        }
        inner = [*self.layers.named_parameters("layers"), *self.norm.named_parameters("norm")]
        found |= {PREFIX + name: weight for name, weight in inner}
        return {name: weight.detach().numpy().astype(np.float32) for name, weight in found.items()}
