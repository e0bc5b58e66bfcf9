"""Notes of an answer seldom sound over a bar line: engine/drawing/bar_lines.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.bar_lines import OVER_NATS, BarLines, bar_lines
from engine.drawing.ending import Ending
from engine.drawing.last_note import last_share
from engine.drawing.lengths import Lengths
from engine.messages import Goal
from engine.notes import Metre, Note

TABLE = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
BEATS = st.integers(0, 64).map(lambda sixteenths: sixteenths / 4)


@given(st.sampled_from((1.5, 2.0, 3.0, 4.0)), BEATS, BEATS)
def test_the_next_line_is_ahead_and_no_further_than_a_bar(bar: float, entry: float, beats: float) -> None:
    """From a line it is a bar to the next."""
    ahead = BarLines(bar, entry).to_next(beats)
    assert 0.0 < ahead < bar + 1e-6
    place = (entry + beats + ahead) % bar
    assert min(place, bar - place) == pytest.approx(0.0, abs=1e-5)


def test_a_place_within_rounding_of_a_line_is_on_it() -> None:
    """Thirds of beats add up to nearly a bar: the next line is not a hair away."""
    assert BarLines(2.0, 0.0).to_next(2.0 - 1e-9) == pytest.approx(2.0)


def test_lengths_over_the_next_line_are_drawn_less_often() -> None:
    """Behind an upbeat of a beat, two and a half beats into the answer: one and a half fit before the line."""
    lean = BarLines(4.0, 3.0).lean(3.5, np.array(TABLE))
    assert lean.tolist() == [0.0, 0.0, 0.0, 0.0, OVER_NATS, OVER_NATS, OVER_NATS]


def test_a_last_note_over_a_line_is_odd_unless_the_calls_was_one() -> None:
    """The same room within a bar changes nothing."""
    lines = BarLines(4.0, 0.0)
    assert not lines.is_odd_end(4.0, 4.0)
    assert lines.is_odd_end(3.0, 2.0)
    assert not BarLines(4.0, 0.0, call_ends_over=True).is_odd_end(3.0, 2.0)
    assert last_share(2.0, 2.0, 1.0, over=True) < 0.01 < last_share(2.0, 2.0, 1.0)


def test_an_ending_heeds_the_last_line() -> None:
    """With two beats left, one of them before the line, a chance that would end a call like this goes on."""
    call = (1.0,) * 6 + (2.0,)
    share = last_share(2.0, 2.0, 1.0)
    here = Ending(Goal(length_beats=8.0, exact=True), None, call, lengths=Lengths(TABLE), bars=BarLines(4.0, 0.0))
    there = Ending(Goal(length_beats=8.0, exact=True), None, call, lengths=Lengths(TABLE), bars=BarLines(4.0, 1.0))
    assert here.wish(6.0, 6, lambda: 0.9 * share).closing
    assert not there.wish(6.0, 6, lambda: 0.9 * share).closing
    assert not there.wish(6.0, 6, lambda: 0.01).closing


def test_the_answers_bars_are_those_of_the_metre_behind_the_rest_that_leads_in() -> None:
    """A call of three beats in 4/4, a beat of rest: the answer enters on a line."""
    lines = bar_lines(Metre(4.0, 3.0), 1.0, [Note(60, 1.0), Note(62, 2.0)])
    assert lines is not None
    assert lines.to_next(0.0) == pytest.approx(4.0)
    assert not lines.call_ends_over


def test_a_call_that_ends_over_a_line_is_seen() -> None:
    """Its last note began before the line behind which the answer begins; one up to the line did not."""
    over = bar_lines(Metre(4.0, 1.0), 0.0, [Note(60, 2.0)])
    up_to = bar_lines(Metre(4.0, 0.0), 0.0, [Note(60, 2.0)])
    assert over is not None
    assert up_to is not None
    assert over.call_ends_over
    assert not up_to.call_ends_over


def test_without_bars_there_are_no_lines() -> None:
    """Nothing is known of a bar that was not found."""
    assert bar_lines(None, 0.0, [Note(60, 1.0)]) is None


def test_without_bars_an_answer_is_not_one_note_that_fills_bars() -> None:
    """Bars of four beats are taken to end with an exact answer, so a note of eight is no usual end."""
    ending = Ending(Goal(length_beats=16.0, exact=True), None, (1.0,) * 16, lengths=Lengths((1.0, 2.0, 4.0, 8.0)))
    assert not ending.wish(8.0, 8, lambda: 0.01).closing
    assert ending.wish(12.0, 12, lambda: 0.01).closing
