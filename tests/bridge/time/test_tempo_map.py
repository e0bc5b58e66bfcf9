"""The map from seconds to beats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.time.tempo_map import TempoMap


@given(st.floats(1, 400), st.floats(-1e3, 1e3), st.floats(0, 1e5), st.floats(-1e3, 1e3), st.floats(1, 400))
def test_map_is_its_own_inverse_and_changes_tempo_without_a_jump(
    bpm: float, beat: float, time_s: float, at: float, new_bpm: float
) -> None:
    tempo = TempoMap(bpm, beat, time_s)
    assert tempo.beat_at(tempo.time_at(at)) == pytest.approx(at, abs=1e-6)
    changed = tempo.with_bpm(new_bpm, time_s + 1.5)
    assert changed.beat_at(time_s + 1.5) == pytest.approx(tempo.beat_at(time_s + 1.5), abs=1e-6)
    assert changed.beat_s == pytest.approx(60 / new_bpm)
