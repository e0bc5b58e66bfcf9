"""An answer goes by a clock that runs, else by its player's time."""

from __future__ import annotations

import pytest

from bridge.answering.opening import lines_under, opening
from bridge.answering.standing import Standing, standing
from bridge.answering.transcript import Transcript
from bridge.time.scheduler import Scheduler
from bridge.time.tempo_map import TempoMap
from tests.bridge.answering.calls import WALTZ, at, quarters


def test_by_a_clock_an_answer_begins_on_the_grid_and_follows_the_clock() -> None:
    """The bar line behind the turn that passes at 3.1 s is beat 8; its tempo is whatever the clock's will be."""
    answer = opening(at(3.1, clock=True, grid="bar", bar=4), 3.1, quarters(3), 0, Standing(), 0.0, Scheduler())
    assert (answer.start_beat, answer.steady) == (8.0, None)


def test_without_a_clock_an_answer_keeps_the_tempo_of_its_call() -> None:
    """It begins on the player's next beat, or at once."""
    answer = opening(at(1.4), 1.4, quarters(3), 0, Standing(), 0.0, Scheduler())
    assert answer.steady is not None
    assert answer.steady.bpm == pytest.approx(120.0)
    assert answer.steady.time_at(answer.start_beat) == pytest.approx(1.5, abs=0.02)


def test_bars_are_seen_under_the_call_where_they_are_known() -> None:
    """Before anything is played there are none; unknown ones have no length; found ones begin behind an upbeat."""
    moment, phrase = at(4.0), quarters(8)
    assert lines_under(moment, quarters(0), Standing(), None, None) is None
    unknown = lines_under(moment, phrase, Standing(), None, None)
    assert unknown is not None
    assert unknown.bar_beats == 0.0
    found = lines_under(moment, phrase, standing(moment, phrase, Transcript(), WALTZ, Standing()), None, None)
    assert found is not None
    assert found.bar_beats == 3.0
    assert found.origin_s == pytest.approx(-1.0)


def test_by_a_clock_bars_are_the_clocks() -> None:
    """From its beginning, of the length that is set."""
    seen = lines_under(at(4.0, clock=True, bar=3), quarters(3), Standing(), None, None)
    assert seen is not None
    assert (seen.bar_beats, seen.origin_s, seen.beat_s) == (3.0, TempoMap(120.0, 0.0, 0.0).time_at(0.0), 0.5)
