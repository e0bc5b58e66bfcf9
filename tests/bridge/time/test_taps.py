"""The tempo of taps."""

from __future__ import annotations

import pytest

from bridge.time.taps import Tapper
from bridge.time.tempo_map import TempoMap


def test_taps_set_the_tempo_from_the_second_on() -> None:
    tapper = Tapper()
    assert tapper.tap(1.0) is None
    assert tapper.tap(1.5) == TempoMap(120.0, 0.0, 1.5)
    tapper.tap(2.0)
    found = tapper.tap(2.6)  # one late tap hardly matters
    assert found is not None
    assert found.bpm == pytest.approx(120)


def test_a_long_pause_or_a_clock_set_back_begins_new_taps() -> None:
    tapper = Tapper()
    tapper.tap(1.0)
    assert tapper.tap(9.0) is None
    assert tapper.tap(8.0) is None
    assert tapper.tap(8.0) is None


def test_taps_out_of_range_are_held_to_20_and_400_bpm() -> None:
    tapper = Tapper()
    tapper.tap(1.0)
    found = tapper.tap(1.001)
    assert found is not None
    assert found.bpm == 400
