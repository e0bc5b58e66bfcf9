"""The words of the score: engine/notes.py."""

from __future__ import annotations

import pytest

from engine.notes import Metre, bar_name


@pytest.mark.parametrize(
    ("bar", "pulse", "name"),
    [(4.0, 1.0, "4/4"), (4.0, 2.0, "2/2"), (3.0, 1.0, "3/4"), (3.0, 1.5, "6/8"), (1.5, 0.5, "3/8"),
     (6.0, 3.0, "6/4"), (1.5, 0.75, "6/16"), (6.0, 2.0, "3/2"), (5.0, 0.0, "5/4"), (3.5, 0.5, "7/8"),
     (2.0, 1.0, "2/4")],
)  # fmt: skip
def test_a_metre_has_its_time_signature(bar: float, pulse: float, name: str) -> None:
    """A pulse of three units is written in them; one that is not told counts as a quarter."""
    assert bar_name(Metre(bar, 0.0, pulse)) == name
