"""The same seed draws the same notes as ever, and the same playing is answered as ever."""

from __future__ import annotations

import json
from typing import Any

from tests import goldens


def kept(name: str) -> dict[str, Any]:
    """Return the figures of a file."""
    figures: dict[str, Any] = json.loads((goldens.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return figures


def test_shipped_checkpoints_draw_as_before() -> None:
    """Both checkpoints, five samplings, with and without metre: note for note what is on file."""
    assert goldens.draws() == kept("draws")


def test_the_same_playing_is_answered_as_before() -> None:
    """Scripted evenings, free and on a clock: every message at the same millisecond with the same bytes."""
    assert goldens.evenings() == kept("evenings")
