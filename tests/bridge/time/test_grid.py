"""The beat grid: where an answer may start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.time.grid import next_line

BEATS = st.floats(-100, 10_000)


@pytest.mark.parametrize(
    ("now", "grid", "bar", "start"),
    [
        (3.3, "off", 4, 3.3),
        (3.32, "sixteenth", 4, 3.5),
        (3.3, "beat", 4, 4.0),
        (3.3, "bar", 4, 4.0),
        (4.1, "bar", 4, 8.0),
        (4.1, "bar", 3, 6.0),
        (4.1, "bar", 0, 8.0),
        (4.1, "bar", 1e-310, 8.0),
        (4.0, "beat", 4, 4.0),
        (4.03, "beat", 4, 4.0),
        (4.03, "bar", 4, 4.0),
        (-0.5, "beat", 4, 0.0),
    ],
)
def test_answer_starts_on_the_next_line_of_the_grid(now: float, grid: str, bar: float, start: float) -> None:
    assert next_line(now, grid, bar, 0.06) == start


@given(BEATS, st.sampled_from(["off", "sixteenth", "beat", "bar"]), st.floats(0, 12))
def test_start_is_never_far_past_and_never_further_than_one_line(now: float, grid: str, bar: float) -> None:
    step = {"off": 0.0, "sixteenth": 0.25, "beat": 1.0, "bar": bar if bar >= 0.25 else 4.0}[grid]
    start = next_line(now, grid, bar, 0.06)
    assert now - 0.06 - 1e-6 <= start <= now + step + 1e-6
