"""The trained net that hears the metre, run one note at a time in numpy; weights from `melody-train metre`."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from engine.bars import BARS, KIND, LENGTH, N_STATES
from engine.errors import UserError
from engine.metre_rows import FEATURES

Floats = npt.NDArray[np.float32]

_SIZES = [size for _, size in FEATURES]
_ROWS = sum(_SIZES)
_FIRST_ROWS = np.array([sum(_SIZES[:index]) for index in range(len(_SIZES))])
CHANGE_LOG_ODDS = -4.0
"""Log odds of a change of metre at a note to which the net has nothing to add."""


class Net:
    """The trained net: one layer of embeddings, gated recurrent layers, scores of states."""

    def __init__(self, tensors: dict[str, Floats]) -> None:
        """Take tensors by the names that `melody-train metre` writes; raise UserError for others."""
        try:
            self._embedding = tensors["embedding"]
            self._layers: list[tuple[Floats, ...]] = []
            while f"gru.{len(self._layers)}.weight_in" in tensors:
                name = f"gru.{len(self._layers)}"
                parts = ("weight_in", "weight_hidden", "bias_in", "bias_hidden")
                self._layers.append(tuple(tensors[f"{name}.{part}"] for part in parts))
            self._out, self._out_bias = tensors["out.weight"], tensors["out.bias"]
            self.start = log_softmax(tensors["start"].astype(np.float64))
            fits = self._embedding.shape[0] == _ROWS and self._out.shape[0] == 2 * N_STATES + 1
        except KeyError as error:
            raise UserError(f"the metre's weights lack {error}; train them anew with melody-train metre") from None
        if not fits or self.start.shape != (N_STATES,) or not self._layers:
            raise UserError("the metre's weights are of another form; train them anew with melody-train metre")
        by_kind = np.array([np.exp(self.start[kind == KIND]).sum() for kind in range(len(BARS))])
        # After a change the kind is as likely as at a start, every place in it alike.
        self.changed = np.log(by_kind[KIND] / LENGTH)

    @classmethod
    def load(cls, file: Path) -> Net:
        """Read weights from a safetensors file; raise UserError when it is none or of another form."""
        try:
            tensors = load_file(file)
        except (OSError, SafetensorError) as error:
            raise UserError(f"{file}: not readable as safetensors ({error}); copy it again") from error
        return cls({name: tensor.astype(np.float32) for name, tensor in tensors.items()})

    @classmethod
    def shipped(cls) -> Net:
        """Return the net that comes with the program."""
        return cls.load(Path(str(importlib.resources.files("presets"))) / "metre" / "metre.safetensors")

    def silent(self) -> list[Floats]:
        """Return the hidden state before the first note."""
        return [np.zeros(hidden.shape[1], np.float32) for _, hidden, _, _ in self._layers]

    def hear(self, row: Sequence[int], hidden: Sequence[Floats]) -> tuple[list[Floats], Floats]:
        """Take a note's row; return the new hidden state, and the raw scores (2 * N_STATES + 1)."""
        x = self._embedding[_FIRST_ROWS + np.asarray(row)].sum(0)
        after = []
        for (weight_in, weight_hidden, bias_in, bias_hidden), h in zip(self._layers, hidden, strict=True):
            size = len(h)
            given, kept = weight_in @ x + bias_in, weight_hidden @ h + bias_hidden
            gates = _sigmoid(given[: 2 * size] + kept[: 2 * size])
            fresh = np.tanh(given[2 * size :] + gates[:size] * kept[2 * size :])
            x = fresh + gates[size:] * (h - fresh)
            after.append(x)
        scores: Floats = self._out @ x + self._out_bias
        return after, scores


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), np.float32)


def log_softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return log probabilities that sum to 1."""
    above = values - values.max()
    return np.asarray(above - np.log(np.exp(above).sum()))
