"""The beat grid: starts, quantise and swing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.time.grid import next_line, played_beat

BEATS = st.floats(-100, 10_000)
SHARES = st.floats(0, 1)
SWINGS = st.floats(0, 0.5)


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


@given(BEATS)
def test_nothing_moves_at_strength_nought(beat: float) -> None:
    assert played_beat(beat, 0, 0) == pytest.approx(beat, abs=1e-9)


@given(BEATS)
def test_full_quantise_lands_on_the_nearest_sixteenth(beat: float) -> None:
    placed = played_beat(beat, 1, 0)
    assert placed * 4 == pytest.approx(round(placed * 4), abs=1e-6)
    assert abs(placed - beat) <= 0.125 + 1e-9


@given(BEATS, SHARES)
def test_quantise_pulls_by_its_share(beat: float, share: float) -> None:
    whole, part = played_beat(beat, 1, 0) - beat, played_beat(beat, share, 0) - beat
    assert part == pytest.approx(whole * share, abs=1e-9)


@given(st.integers(-100, 1000), SHARES, SWINGS)
def test_swing_delays_the_off_eighth_and_leaves_the_beat(beat: int, share: float, swing: float) -> None:
    assert played_beat(beat, share, swing) == pytest.approx(beat, abs=1e-9)
    assert played_beat(beat + 0.5, share, swing) == pytest.approx(beat + 0.5 + swing * 0.5, abs=1e-9)


@given(BEATS, BEATS, SHARES, SWINGS)
def test_order_of_onsets_is_kept(one: float, other: float, quantise: float, swing: float) -> None:
    early, late = sorted((one, other))
    assert played_beat(early, quantise, swing) <= played_beat(late, quantise, swing) + 1e-9
