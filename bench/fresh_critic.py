"""A critic that ranks nothing: it is trained afresh on answers as they were chosen, to say how far they are told.

It is of another form than the one that ranks: a recurrent net over the notes of call and answer, in the written
bars, beside a layer over the figures. Half of what it scores it never saw while training: other tunes, other
drafts.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import UserError
from engine.metre_rows import FEATURES, Listener
from engine.notes import Metre, Note
from engine.planning.figures import NAMES, table
from engine.planning.pair import Pair
from trainer.critic.lessons import usual

_CHANNELS, _HIDDEN, _WIDTH, _DROPOUT = 32, 48, 48, 0.3
_BATCH, _RATE, _WEIGHT_DECAY, _STEPS = 64, 3e-3, 0.03, 300
_PLACES = 33
_SIZES = (*(size for _, size in FEATURES), 2, _PLACES, 12)
_FIRST = np.cumsum([0, *_SIZES[:-1]])


@dataclass(frozen=True)
class Seen:
    """Hold a call with an answer as the net reads it: rows (T, F) of integers, and the figures (N,)."""

    rows: npt.NDArray[np.int64]
    figures: npt.NDArray[np.float32]


def seen(call: Sequence[Note], answer: Sequence[Note], metre: Metre, log_probability: float | None = None) -> Seen:
    """Return what there is to see of an answer in the written bars."""
    listener, rows = Listener(), []
    pair = Pair(call, answer, metre, log_probability)
    onsets = [*pair.call.line.onsets, *pair.line.onsets]
    bar = max(pair.line.bar, 1)
    for index, (note, onset) in enumerate(zip((*call, *answer), onsets, strict=True)):
        place = min(onset % bar * 8 // 48, _PLACES - 1)
        rows.append([*listener.append(note), int(index >= len(call)), place, (note.pitch - pair.call.tonic) % 12])
    return Seen(np.array(rows, np.int64) + _FIRST, np.array(table([pair])[0], np.float32))


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(sum(_SIZES) + 1, _CHANNELS, padding_idx=sum(_SIZES))
        nn.init.normal_(self.embedding.weight, std=0.15)
        self.gru = nn.GRU(_CHANNELS, _HIDDEN, batch_first=True, bidirectional=True)
        self.figures = nn.Linear(len(NAMES), _WIDTH)
        self.out = nn.Linear(4 * _HIDDEN + _WIDTH, 1)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, rows: Tensor, figures: Tensor) -> Tensor:
        """Return log odds, (B,), of padded rows (B, T, F) and standardised figures (B, N)."""
        here = (rows[..., :1] < sum(_SIZES)).float()
        flat, nothing = rows.flatten(0, 1), self.embedding.padding_idx
        x = F.embedding_bag(flat, self.embedding.weight, mode="sum", padding_idx=nothing).view(*rows.shape[:2], -1)
        hidden, _ = self.gru(self.dropout(x))
        mean = (hidden * here).sum(1) / here.sum(1)
        highest = (hidden - 9.0 * (1.0 - here)).max(1).values
        told = torch.tanh(self.figures(self.dropout(figures)))
        out: Tensor = self.out(self.dropout(torch.cat((mean, highest, told), 1)))[:, 0]
        return out


class FreshCritic:
    """Learn to tell reals from drafts, and tell others."""

    def __init__(self, reals: Sequence[Seen], drafts: Sequence[Seen], seed: int, steps: int = _STEPS) -> None:
        """Train at once; the two classes weigh alike, however many there are of each.

        Raise UserError where there is nothing to learn from.
        """
        if not reals or not drafts:
            raise UserError("no calls for a fresh critic to learn from; take a corpus with more songs")
        everything = np.stack([one.figures for one in (*reals, *drafts)])
        self._mean, self._scale = usual(everything)
        torch.manual_seed(seed)
        rng = random.Random(seed)
        self._net = _Net()
        optimizer = torch.optim.AdamW(self._net.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY)
        sides = [_shuffled(side, steps * _BATCH, rng) for side in (reals, drafts)]
        truth = torch.cat((torch.ones(_BATCH), torch.zeros(_BATCH)))
        self._net.train()
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = _RATE * 0.5 * (1.0 + math.cos(math.pi * step / steps))
            batch = [one for side in sides for one in side[step * _BATCH : (step + 1) * _BATCH]]
            optimizer.zero_grad()
            torch.autograd.backward(F.binary_cross_entropy_with_logits(self._net(*self._tensors(batch)), truth))
            optimizer.step()
        self._net.eval()

    def _tensors(self, many: Sequence[Seen]) -> tuple[Tensor, Tensor]:
        longest = max(len(one.rows) for one in many)
        rows = torch.full((len(many), longest, len(_SIZES)), sum(_SIZES))
        for index, one in enumerate(many):
            rows[index, : len(one.rows)] = torch.from_numpy(one.rows)
        figures = (np.stack([one.figures for one in many]) - self._mean) / self._scale
        return rows, torch.from_numpy(np.clip(np.nan_to_num(figures), -4.0, 4.0).astype(np.float32))

    @torch.inference_mode()
    def log_odds(self, many: Sequence[Seen]) -> npt.NDArray[np.float64]:
        """Return the log odds that each is real."""
        parts = [self._net(*self._tensors(many[begin : begin + 256])) for begin in range(0, len(many), 256)]
        return np.asarray(torch.cat(parts).double().numpy())


def _shuffled(side: Sequence[Seen], size: int, rng: random.Random) -> list[Seen]:
    """Return `size` of a side in random order, all of it as often as it takes."""
    found: list[Seen] = []
    while len(found) < size:
        found += rng.sample(list(side), len(side))
    return found[:size]


def told(reals: npt.NDArray[np.float64], drafts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each pair 1 where the real is told, 0 where the draft is taken for it, a half for a tie."""
    return np.asarray((reals > drafts) + 0.5 * (reals == drafts), np.float64)
