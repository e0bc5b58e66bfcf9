"""The tempo of what was played, and of taps."""

from __future__ import annotations

import random

import pytest

from bench.performer import Manner, perform
from bridge.time.midi_clock import TempoMap
from bridge.time.taps import Tapper, estimate
from tests.bridge.hearing.test_rhythm import TUNE


@pytest.mark.parametrize("bpm", [85, 104, 120, 150])
def test_tempo_of_a_tune_is_found_with_confidence(bpm: float) -> None:
    found = estimate(perform(TUNE, Manner(bpm, 0.01), random.Random(3), start_s=2.0).notes)
    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.03)
    assert found.confidence > 0.7
    assert found.map.beat_at(2.0) == pytest.approx(0.0, abs=0.6)


def test_one_note_has_no_tempo() -> None:
    assert estimate(perform(TUNE[:1], Manner(120), random.Random(1)).notes) is None


def test_two_notes_say_less_than_a_tune() -> None:
    short = estimate(perform(TUNE[:2], Manner(100, 0.0), random.Random(1)).notes)
    long = estimate(perform(TUNE, Manner(100, 0.0), random.Random(1)).notes)
    assert short is not None
    assert long is not None
    assert short.confidence < long.confidence


def test_prior_tempo_is_kept_near() -> None:
    found = estimate(perform(TUNE, Manner(100, 0.01), random.Random(1)).notes, prior_bpm=50)
    assert found is not None
    assert found.bpm == pytest.approx(50, rel=0.05)


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
