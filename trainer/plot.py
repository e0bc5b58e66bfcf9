"""`melody-train plot`: the loss curves of runs, in the form of the paper's figure 1."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import UserError
from trainer.pictures import new_figure, save_png

LOG = "log.csv"
"""The losses of a run, in its folder."""


@dataclass
class Curves:
    """Hold a run's losses: (epoch, nats a token) of training and validation, and the tokens an epoch has."""

    name: str
    training: list[tuple[float, float]] = field(default_factory=list)
    validation: list[tuple[float, float]] = field(default_factory=list)
    tokens_per_epoch: float = 0.0


def read_curves(run: Path) -> Curves:
    """Return the curves of a run's folder or CSV; raise UserError when there are none."""
    path = run / LOG if run.is_dir() else run
    curves = Curves(path.parent.name if run.is_dir() else path.stem)
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                epoch = float(row["epoch"])
                if epoch > 0:
                    curves.tokens_per_epoch = float(row["tokens"]) / epoch
                for points, key in ((curves.training, "train_loss"), (curves.validation, "validation_loss")):
                    if row.get(key):
                        points.append((epoch, float(row[key])))
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror}); name the folder of a run") from None
    except (KeyError, TypeError, ValueError):
        raise UserError(f"{path}: it is no log of a run (columns epoch, tokens, train_loss, ...)") from None
    if not curves.training and not curves.validation:
        raise UserError(f"{path}: it holds no losses yet; let the run go on for a while")
    return curves


def plot(runs: Sequence[Path], out: Path | None = None) -> Path:
    """Draw training (solid) and validation (dashed) losses of runs into one PNG and return its path.

    Below stand the epochs, above the tokens seen (those of the first run). Without `out` the picture is
    `losses.png` beside the first run's log.
    """
    curves = [read_curves(run) for run in runs]
    figure = new_figure(7.0, 4.5)
    axes = figure.subplots()
    for number, run in enumerate(curves):
        colour = f"C{number}"
        for points, style, what in ((run.training, "-", "training"), (run.validation, "--", "validation")):
            if points:
                axes.plot(*zip(*points, strict=True), style, color=colour, label=f"{run.name} {what}")
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy (nats a token)")
    axes.legend()
    axes.grid(alpha=0.3)
    per_epoch = curves[0].tokens_per_epoch
    if per_epoch > 0:
        above = axes.secondary_xaxis(
            "top", functions=(lambda epoch: epoch * per_epoch / 1e6, lambda tokens: tokens * 1e6 / per_epoch)
        )
        above.set_xlabel("tokens seen (millions)")
    folder = runs[0] if runs[0].is_dir() else runs[0].parent
    path = out or folder / "losses.png"
    save_png(figure, path)
    return path
