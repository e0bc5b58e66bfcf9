"""The search for the note values that explain a row of onsets: bridge/hearing/beam.py."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.hearing.beam import ClockSearch, Path, PlayingSearch, Search
from bridge.hearing.note_values import TICKS, TICKS_PER_BEAT

_GAPS_S = st.lists(st.floats(0.04, 2.5), max_size=24)
_NOTES = st.lists(st.sampled_from([12, 24, 24, 36, 48]), min_size=3, max_size=24)
SEARCHES: dict[str, Callable[[], Search]] = {
    "playing": PlayingSearch,
    "near 90": lambda: PlayingSearch(90.0),
    "clock": lambda: ClockSearch(0.5),
}


def onsets(gaps: list[float], start: float = 0.0) -> list[float]:
    """Return onsets at these distances."""
    return list(accumulate(gaps, initial=start))


def found(search: Search, gaps: list[float], start: float = 0.0) -> Path:
    """Return the best reading of onsets at these distances."""
    return search.follow(onsets(gaps, start))


@pytest.mark.parametrize("kind", SEARCHES)
@settings(max_examples=40, deadline=None)
@given(_GAPS_S, st.data())
def test_a_row_that_grows_or_is_taken_back_is_read_as_if_at_once(
    kind: str, gaps: list[float], data: st.DataObject
) -> None:
    """What was followed before changes nothing: the reading is that of the onsets alone."""
    search = SEARCHES[kind]()
    other = data.draw(_GAPS_S)
    for count in [*data.draw(st.lists(st.integers(0, len(gaps)), max_size=6)), len(gaps)]:
        row = [*gaps[:count], *(other if data.draw(st.booleans()) else [])]
        assert found(search, row) == found(SEARCHES[kind](), row)


@pytest.mark.parametrize("kind", SEARCHES)
@settings(max_examples=40, deadline=None)
@given(_GAPS_S)
def test_any_row_is_read_with_known_values_and_a_probability(kind: str, gaps: list[float]) -> None:
    """One value for each interval, all of the table, a positive beat at each onset, a confidence of 0 to 1."""
    path = found(SEARCHES[kind](), gaps)
    assert len(path.ticks) == len(gaps)
    assert set(path.ticks) <= set(TICKS)
    assert len(path.beat_s) == len(gaps) + 1
    assert min(path.beat_s) > 0.0
    assert 0.0 <= path.confidence <= 1.0 + 1e-9


@settings(max_examples=60, deadline=None)
@given(_NOTES, st.floats(88.0, 146.0), st.floats(0.0, 100.0))
def test_when_a_row_begins_makes_no_difference(ticks: list[int], bpm: float, start_s: float) -> None:
    """The same playing later is the same reading."""
    gaps = [tick / TICKS_PER_BEAT * 60.0 / bpm for tick in ticks]
    here, there = found(PlayingSearch(), gaps), found(PlayingSearch(), gaps, start_s)
    assert there.ticks == here.ticks
    assert there.beat_s == pytest.approx(here.beat_s)


@settings(max_examples=60, deadline=None)
@given(st.floats(50.0, 180.0))
def test_near_a_known_tempo_the_values_are_those_written(bpm: float) -> None:
    """Even playing whose tempo is expected is read as written, and its tempo is found, whatever it is."""
    ticks = [24, 12, 12, 24, 24, 18, 6, 24, 48, 12, 12, 24, 24]
    path = found(PlayingSearch(bpm), [tick / TICKS_PER_BEAT * 60.0 / bpm for tick in ticks])
    assert list(path.ticks) == ticks
    assert path.beat_s[-1] == pytest.approx(60.0 / bpm, rel=0.02)


@settings(max_examples=60, deadline=None)
@given(_NOTES, st.floats(50.0, 180.0), st.integers(0, 64))
def test_by_a_clock_a_row_may_begin_on_any_beat(ticks: list[int], bpm: float, beat: int) -> None:
    """Some beats later the same values are read, and the first onset stands where it was struck."""
    gaps = [tick / TICKS_PER_BEAT for tick in ticks]
    path = found(ClockSearch(60.0 / bpm), gaps, float(beat))
    assert list(path.ticks) == ticks
    assert path.start_tick == beat * TICKS_PER_BEAT
