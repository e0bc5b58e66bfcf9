"""Pictures are written whole, and a missing matplotlib is said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import UserError
from trainer.pictures import new_figure, save_png


def test_a_figure_becomes_a_png_in_a_folder_that_is_made(tmp_path: Path) -> None:
    """And a place that cannot be written is named."""
    pytest.importorskip("matplotlib")
    figure = new_figure(1.0, 1.0)
    save_png(figure, tmp_path / "new" / "a.png")
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UserError, match="picture cannot be written"):
        save_png(figure, tmp_path / "new" / "a.png" / "b.png")


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no part of the plain installation."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UserError, match=r"melody-bridge\[train\]"):
        new_figure(1.0, 1.0)
