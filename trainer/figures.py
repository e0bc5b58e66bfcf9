"""Open matplotlib, an optional extra, without a display and without its global state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import UserError


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of this size in inches; raise UserError when matplotlib is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError(
            "pictures need matplotlib, which is not installed; pip install 'melody-bridge[train]' brings it"
        ) from None
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_png(figure: Any, path: Path) -> None:
    """Write a figure as PNG, whole or not at all; raise UserError when it cannot be written."""
    draft = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(draft, format="png", dpi=150)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(f"{path}: the picture cannot be written ({error.strerror}); name another file") from None
