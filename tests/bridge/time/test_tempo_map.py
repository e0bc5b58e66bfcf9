"""The map from seconds to beats; quantise and swing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.time.tempo_map import TempoMap, played_beat

BEATS = st.floats(-100, 10_000)
SHARES = st.floats(0, 1)
SWINGS = st.floats(0, 0.5)


@given(st.floats(1, 400), st.floats(-1e3, 1e3), st.floats(0, 1e5), st.floats(-1e3, 1e3), st.floats(1, 400))
def test_map_is_its_own_inverse_and_changes_tempo_without_a_jump(
    bpm: float, beat: float, time_s: float, at: float, new_bpm: float
) -> None:
    tempo = TempoMap(bpm, beat, time_s)
    assert tempo.beat_at(tempo.time_at(at)) == pytest.approx(at, abs=1e-6)
    changed = tempo.with_bpm(new_bpm, time_s + 1.5)
    assert changed.beat_at(time_s + 1.5) == pytest.approx(tempo.beat_at(time_s + 1.5), abs=1e-6)
    assert changed.beat_s == pytest.approx(60 / new_bpm)


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
