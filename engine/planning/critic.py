"""Tell whole candidate answers apart: how likely each is what a player would really have gone on with. No torch.

A small net reads the figures of call and candidate (engine/planning/figures.py). It was trained to find the real
continuation among drafts to the same call, so that its odds among candidates to one call are also by how much each
is drawn too seldom or too often: what is drawn in proportion to them (engine/planning/choosing.py) is spread as
songs are. Weights come from `melody-train critic`.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from engine.errors import UserError
from engine.notes import Metre, Note
from engine.planning.figures import NAMES, table
from engine.planning.pair import Pair

Floats = npt.NDArray[np.float32]

CLIP = 4.0
"""Figures count no further than so many standard deviations from their mean."""
TENSORS = ("mean", "scale", "weight_in", "bias_in", "weight_out", "bias_out")
FIGURES_KEY = "figures"
"""Under this key the weights' file names the figures that it was trained on."""


class Critic:
    """A layer of hyperbolic tangents over the standardised figures, and the log odds as their weighted sum."""

    def __init__(self, tensors: Mapping[str, Floats], figures: Sequence[str] = NAMES) -> None:
        """Take tensors by the names of TENSORS; raise UserError when they do not fit these figures."""
        again = "train it anew with melody-train critic"
        if tuple(figures) != NAMES:
            odd = sorted(set(figures) ^ set(NAMES)) or ["another order"]
            raise UserError(f"the critic's weights are of other figures ({', '.join(odd)}); {again}")
        missing = [name for name in TENSORS if name not in tensors]
        if missing:
            raise UserError(f"the critic's weights lack {missing[0]}; {again}")
        self._mean, self._scale, self._in, self._in_bias, self._out, self._out_bias = (
            tensors[name].astype(np.float64) for name in TENSORS
        )
        if self._in.shape[1:] != self._mean.shape or self._mean.shape != (len(NAMES),):
            raise UserError(f"the critic's weights are of another form, {self._in.shape}; {again}")

    @classmethod
    def load(cls, file: Path) -> Critic:
        """Read weights from a safetensors file; raise UserError when it is none or of another form."""
        try:
            with safe_open(file, "np") as opened:
                figures = (opened.metadata() or {}).get(FIGURES_KEY, "").split(",")
                return cls({name: opened.get_tensor(name) for name in opened.keys()}, figures)  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise UserError(f"{file}: not readable as safetensors ({error}); copy it again") from error

    @classmethod
    def shipped(cls) -> Critic:
        """Return the critic that comes with the program."""
        return cls.load(Path(str(importlib.resources.files("presets"))) / "critic" / "critic.safetensors")

    def score(
        self,
        call: Sequence[Note],
        candidate: Sequence[Note],
        metre: Metre | None,
        log_probability: float | None = None,
    ) -> float:
        """Return the log odds, beside other candidates to the same call, that this is the real continuation.

        metre: its upbeat is that of the call's first step; None where no bar is known. The candidate's first
        note has the rest between call and answer before it. log_probability: what the model gave the candidate
        under this metre, before temperature and all that pulls at a draw, in nats.
        0 without a call or a candidate: there is nothing to tell.
        """
        if not call or not candidate:
            return 0.0
        return float(self.weigh(table([Pair(call, candidate, metre, log_probability)]))[0])

    def weigh(self, rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
        """Return the log odds of rows of figures, (R, F) to (R,). What is NaN counts as usual."""
        unlike = (np.asarray(rows, np.float64) - self._mean) / self._scale
        seen = np.clip(np.nan_to_num(unlike, nan=0.0, posinf=CLIP, neginf=-CLIP), -CLIP, CLIP)
        return np.asarray(np.tanh(seen @ self._in.T + self._in_bias) @ self._out + self._out_bias)
