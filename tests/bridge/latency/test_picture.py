"""The figures as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.latency.figures import Figures, Span
from bridge.latency.picture import draw


@pytest.mark.parametrize("jitter_ms", [(), (-1.0, 0.0, 2.0)])
def test_a_picture_is_a_png(tmp_path: Path, jitter_ms: tuple[float, ...]) -> None:
    """Also where something was not measured."""
    pytest.importorskip("matplotlib")
    file = tmp_path / "latency.png"
    spans = (Span("a", "one", (1.0, 2.0, 30.0)), Span("b", "two", ()))
    draw(Figures(spans, jitter_ms, where={"machine": "a machine"}), str(file))
    assert file.read_bytes().startswith(b"\x89PNG")
