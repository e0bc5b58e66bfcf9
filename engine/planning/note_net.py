"""Hear a candidate answer note by note, behind its call: the part of the critic that reads columns. No torch.

A few layers of attention: the notes of the call see each other, once for all candidates, and those of a
candidate see the call's and their own. What is made of a candidate's notes, on the mean and at most, is summed
up as log odds. Weights come from `melody-train critic`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.errors import UserError
from engine.planning.note_columns import COLUMNS, Ints, NoteColumns

Floats = npt.NDArray[np.float32]

HEADS = 4
EPS = 1e-5
FARTHEST = 64
"""Notes that are farther apart are as far apart as these."""
_LINEAR = ("norm_1", "qkv", "out", "norm_2", "widen", "narrow")
_LAYER = ("near", *(f"{name}.{part}" for name in _LINEAR for part in ("weight", "bias")))
PREFIX = "notes."


class NoteNet:
    """Attention over the notes of call and candidates, in numpy."""

    def __init__(self, tensors: Mapping[str, Floats]) -> None:
        """Take tensors by the names that `melody-train critic` writes.

        Raise UserError when one is missing, or is of another form than the others.
        """
        again = "train it anew with melody-train critic"
        try:
            numbers = {int(name.split(".")[1]) for name in tensors if name.startswith("layers.")}
            self._embedding, self._out = tensors["embedding"], tensors["out"]
            self._norm = tensors["norm.weight"], tensors["norm.bias"]
            self._layers = [
                {name: tensors[f"layers.{number}.{name}"] for name in _LAYER} for number in range(max(numbers) + 1)
            ]
        except (KeyError, ValueError) as error:
            raise UserError(f"the critic's weights lack {error}; {again}") from None
        sizes = [size for _, size in COLUMNS]
        width = self._out.size // 2
        fits = self._embedding.shape == (sum(sizes), width) and self._out.shape == (2 * width,)
        fits &= width > 0 and width % HEADS == 0 and all(each.shape == (width,) for each in self._norm)
        if not fits or not all(_is_layer(layer, width) for layer in self._layers):
            raise UserError(f"the critic's weights are of other columns or of another form; {again}")
        self._first = np.cumsum([0, *sizes[:-1]])

    def weigh(self, columns: NoteColumns) -> npt.NDArray[np.float64]:
        """Return the part of the log odds of each candidate, (C,), that its notes make."""
        call = self._embedding.take(columns.call + self._first, 0).sum(1)
        answers = self._embedding.take(columns.answers + self._first, 0).sum(2)
        nothing = np.where(columns.there, 0.0, -1e4).astype(np.float32)[:, None, None]
        before = np.arange(-len(call), 0)
        after = np.arange(answers.shape[1])
        for layer in self._layers:
            own = _Heads.of(call, layer)
            theirs = _Heads.of(answers, layer)
            alone = own.scores(own, layer["near"], before, before)
            both = (
                theirs.scores(own, layer["near"], after, before),
                theirs.scores(theirs, layer["near"], after, after) + nothing,
            )
            call = _passed(call, _shares(alone) @ own.value, layer)
            shares = _shares(np.concatenate(both, -1))
            heard = shares[..., : len(call)] @ own.value + shares[..., len(call) :] @ theirs.value
            answers = _passed(answers, heard, layer)
        answers = _normed(answers, *self._norm)
        here = columns.there[..., None].astype(np.float32)
        mean = (answers * here).sum(1) / here.sum(1)
        most = (answers - 1e3 * (1.0 - here)).max(1)
        return np.asarray(np.concatenate((mean, most), 1) @ self._out, np.float64)


def _is_layer(layer: Mapping[str, Floats], width: int) -> bool:
    """Say whether every part of a layer has the form that a net of this width needs."""
    wide = len(layer["widen.bias"]) if layer["widen.bias"].ndim else 0
    sizes = {"qkv": (3 * width, width), "out": (width, width), "widen": (wide, width), "narrow": (width, wide)}
    forms: dict[str, tuple[int, ...]] = {"near": (HEADS, 2 * FARTHEST + 1)}
    for name in _LINEAR:
        whole = sizes.get(name, (width,))
        forms |= {f"{name}.weight": whole, f"{name}.bias": whole[:1]}
    return all(layer[name].shape == form for name, form in forms.items())


class _Heads(NamedTuple):
    """Hold queries, keys and values, (..., HEADS, T, width of a head) each; queries are scaled."""

    query: Floats
    key: Floats
    value: Floats

    @classmethod
    def of(cls, x: Floats, layer: Mapping[str, Floats]) -> _Heads:
        """Return what a layer makes of notes, (..., T, W)."""
        width = x.shape[-1] // HEADS
        parts = _linear(_normed(x, layer["norm_1.weight"], layer["norm_1.bias"]), layer, "qkv")
        query, key, value = np.moveaxis(parts.reshape(*x.shape[:-1], 3, HEADS, width), (-3, -2), (0, -3))
        return cls(query / np.float32(math.sqrt(width)), key, value)

    def scores(self, others: _Heads, near: Floats, places: Ints, theirs: Ints) -> Floats:
        """Return how much each note, at its place, looks at each of others at theirs, (..., HEADS, T, O)."""
        apart = np.clip(theirs[None] - places[:, None], -FARTHEST, FARTHEST) + FARTHEST
        return np.asarray(self.query @ np.swapaxes(others.key, -1, -2) + near[:, apart])


def _shares(scores: Floats) -> Floats:
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(weights / weights.sum(-1, keepdims=True))


def _passed(x: Floats, heard: Floats, layer: Mapping[str, Floats]) -> Floats:
    """Return notes, (..., T, W), with what their heads heard, (..., HEADS, T, width of a head)."""
    x = x + _linear(np.moveaxis(heard, -3, -2).reshape(x.shape), layer, "out")
    wide = np.maximum(_linear(_normed(x, layer["norm_2.weight"], layer["norm_2.bias"]), layer, "widen"), 0.0)
    return x + _linear(wide, layer, "narrow")


def _linear(x: Floats, layer: Mapping[str, Floats], name: str) -> Floats:
    # One product of two matrices is quicker than one for each candidate.
    flat = x.reshape(-1, x.shape[-1]) @ layer[f"{name}.weight"].T + layer[f"{name}.bias"]
    return flat.reshape(*x.shape[:-1], -1)


def _normed(x: Floats, weight: Floats, bias: Floats) -> Floats:
    off = x - x.mean(-1, keepdims=True)
    return np.asarray(off / np.sqrt((off * off).mean(-1, keepdims=True) + EPS) * weight + bias)
