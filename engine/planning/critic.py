"""Tell whole candidate answers apart: how likely each is what a player would really have gone on with. No torch.

A small net reads the figures of call and candidate (engine/planning/figures.py), another one their notes
(engine/planning/note_net.py); what they say is added. They were trained together to find the real continuation
among drafts to the same call, so that their odds among candidates to one call are also by how much each is drawn
too seldom or too often: what is drawn in proportion to them (engine/planning/choosing.py) is spread as songs
are. Weights come from `melody-train critic`; older ones have no net that reads notes, and do without.
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
from engine.planning.note_columns import COLUMNS, NoteColumns, note_columns
from engine.planning.note_net import PREFIX, NoteNet
from engine.planning.pair import Pair

Floats = npt.NDArray[np.float32]

CLIP = 4.0
"""Figures count no further than so many standard deviations from their mean."""
TENSORS = ("mean", "scale", "weight_in", "bias_in", "weight_out", "bias_out")
FIGURES_KEY, COLUMNS_KEY = "figures", "columns"
"""Under these keys the weights' file names the figures and the columns that it was trained on."""
_COLUMN_NAMES = tuple(name for name, _ in COLUMNS)


def standardised(
    rows: Sequence[Sequence[float]] | Floats, mean: npt.NDArray[np.floating], scale: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Return figures, (..., F), in standard deviations from their means, clipped; what is NaN counts as usual."""
    unlike = (np.asarray(rows, np.float64) - mean) / scale
    seen = np.nan_to_num(unlike, nan=0.0, posinf=CLIP, neginf=-CLIP)
    return np.asarray(np.clip(seen, -CLIP, CLIP), np.float64)


class Critic:
    """A layer of hyperbolic tangents over the standardised figures, their weighted sum, and what the notes add."""

    def __init__(
        self,
        tensors: Mapping[str, Floats],
        figures: Sequence[str] = NAMES,
        columns: Sequence[str] = _COLUMN_NAMES,
    ) -> None:
        """Take tensors by the names of TENSORS, and those of a NoteNet behind PREFIX where there is one.

        Raise UserError when they do not fit these figures and columns.
        """
        again = "train it anew with melody-train critic"
        heard = {name.removeprefix(PREFIX): each for name, each in tensors.items() if name.startswith(PREFIX)}
        told = [("figures", figures, NAMES), *([("columns", columns, _COLUMN_NAMES)] if heard else [])]
        for what, theirs, ours in told:
            if tuple(theirs) != ours:
                odd = sorted(set(theirs) ^ set(ours)) or ["another order"]
                raise UserError(f"the critic's weights are of other {what} ({', '.join(odd)}); {again}")
        missing = [name for name in TENSORS if name not in tensors]
        if missing:
            raise UserError(f"the critic's weights lack {missing[0]}; {again}")
        odd = [name for name, each in tensors.items() if not np.isfinite(each).all()]
        if odd:
            raise UserError(f"the critic's weights in {odd[0]} are no numbers; {again}")
        self._mean, self._scale, self._in, self._in_bias, self._out, self._out_bias = (
            tensors[name].astype(np.float64) for name in TENSORS
        )
        units, figures_read = self._in_bias.shape, self._mean.shape
        if (
            figures_read != (len(NAMES),)
            or self._scale.shape != figures_read
            or self._in.shape != (*units, *figures_read)
            or self._out.shape != units
            or self._out_bias.size != 1
        ):
            raise UserError(f"the critic's weights are of another form, {self._in.shape}; {again}")
        self._notes = NoteNet(heard) if heard else None

    @classmethod
    def load(cls, file: Path) -> Critic:
        """Read weights from a safetensors file; raise UserError when it is none or of another form."""
        try:
            with safe_open(file, "np") as opened:
                told = opened.metadata() or {}
                keys = (FIGURES_KEY, COLUMNS_KEY)
                names = [[name for name in told.get(key, "").split(",") if name] for key in keys]
                return cls({name: opened.get_tensor(name) for name in opened.keys()}, *names)  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise UserError(f"{file}: not readable as safetensors ({error}); copy it again") from error

    @classmethod
    def shipped(cls) -> Critic:
        """Return the critic that comes with the program."""
        return cls.load(Path(str(importlib.resources.files("presets"))) / "critic" / "critic.safetensors")

    def scores(
        self,
        call: Sequence[Note],
        candidates: Sequence[Sequence[Note]],
        metre: Metre | None,
        log_probabilities: Sequence[float | None],
    ) -> list[float]:
        """Return the log odds, beside others to the same call, that each candidate is the real continuation.

        metre: its upbeat is that of the call's first step; None where no bar is known. A candidate's first note
        has the rest between call and answer before it. log_probabilities: what the model gave each candidate
        under this metre, before temperature and all that pulls at a draw, in nats.
        0 without a call, or for a candidate without a note: there is nothing to tell.
        """
        found = [0.0] * len(candidates)
        told = [index for index, candidate in enumerate(candidates) if candidate] if call else []
        if told:
            pairs = [Pair(call, candidates[index], metre, log_probabilities[index]) for index in told]
            for index, odds in zip(told, self.judge(pairs), strict=True):
                found[index] = float(odds)
        return found

    def judge(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Return the log odds of candidates to one call, (C,)."""
        return self.weigh(table(pairs), note_columns(pairs) if self._notes else None)

    def weigh(
        self, rows: Sequence[Sequence[float]] | Floats, notes: NoteColumns | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the log odds of candidates by rows of figures, (C, F), and their notes: (C,).

        What is NaN counts as usual. notes: of the same candidates; where none are given, or no net reads them,
        the figures alone count.
        """
        seen = standardised(rows, self._mean, self._scale)
        odds = np.asarray(np.tanh(seen @ self._in.T + self._in_bias) @ self._out + self._out_bias)
        return odds if self._notes is None or notes is None else odds + self._notes.weigh(notes)
