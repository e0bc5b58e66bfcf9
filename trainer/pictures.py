"""Draw pictures with matplotlib, an optional extra, without a display and without its global state."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.files import write_whole


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
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=150)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data.getvalue())
    except OSError as error:
        raise UserError(f"{path}: the picture cannot be written ({error.strerror}); name another file") from None
