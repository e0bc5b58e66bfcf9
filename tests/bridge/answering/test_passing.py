"""When a turn passes, by the clock's lines: bridge/answering/passing.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.answering.passing import bar_end_s, passing_s
from bridge.controls import Controls
from bridge.hearing.transcribe import PlayedNote
from bridge.hearing.turn_taking import Heard
from bridge.moment import Moment, read_settings
from bridge.time.tempo_choice import Tempo
from bridge.time.tempo_map import TempoMap

BARS = 2.0
"""A bar of four beats at 120 bpm, in seconds; one begins at 0."""


def moment(now_s: float = 0.0, *, running: bool = True, **controls: object) -> Moment:
    """Return a moment with these controls, at 120 bpm."""
    table = Controls()
    table.update(controls)
    return Moment(now_s, Tempo(TempoMap(120.0, 0.0, 0.0), "clock", 1.0, running), read_settings(table))


def bar_line_before_s(now: Moment, at_s: float) -> float | None:
    """Return the bar line before a time."""
    return at_s // BARS * BARS


def heard(last_off_s: float, phrase_end: float = 0.1) -> Heard:
    """Return a call of even quarters whose last key goes up at this time."""
    line = [PlayedNote(60, last_off_s - 0.45 - 0.5 * index, last_off_s - 0.5 * index, 80) for index in range(5)]
    return Heard(tuple(reversed(line)), last_off_s, False, phrase_end, beats=5.0, beat_s=0.5)


def test_a_turn_that_was_asked_for_passes_at_the_line_that_the_player_leaves_free() -> None:
    """Asked for and played on into: the answer comes at the next line behind his last note, sure or not."""
    call = heard(3.95)
    ask = moment(turn="ask")
    assert passing_s(ask, call, bar_line_before_s, asked=False) is None
    assert passing_s(ask, call, bar_line_before_s, asked=True) == pytest.approx(4.0)


def test_an_asked_turn_never_passes_while_a_key_is_held() -> None:
    """The player is still at it."""
    held = replace(heard(3.95), held=True)
    assert passing_s(moment(turn="ask"), held, bar_line_before_s, asked=True) is None


def test_without_a_clock_an_asked_turn_passes_at_the_end_of_the_phrase() -> None:
    """By the adaptive rule, as if `turn` were adaptive."""
    call = heard(3.95)
    still = moment(running=False, turn="ask")
    adaptive = moment(running=False, turn="adaptive")
    passes_s = passing_s(still, call, bar_line_before_s, asked=True)
    assert passes_s == passing_s(adaptive, call, bar_line_before_s, asked=False)
    assert passes_s is not None


def test_an_end_that_is_likely_is_sure_enough_at_the_line() -> None:
    """Two to one at a bar line, where else it would take more: to miss the line costs a bar."""
    call = heard(3.6, phrase_end=0.5)
    usual_s = passing_s(moment(), call, lambda now, at_s: None, asked=False)
    at_line_s = passing_s(moment(), call, bar_line_before_s, asked=False)
    assert usual_s is not None
    assert at_line_s is not None
    assert 3.6 < at_line_s <= usual_s


def test_bars_of_listening_end_on_a_line_that_is_left_free() -> None:
    """A note on the line keeps the turn for another bar; where one is due, a moment is waited for it."""
    by_bars = moment(turn="bars", turn_bars=2, bar=4)
    quarters = [PlayedNote(60, 0.5 * index, 0.5 * index + 0.4, 80) for index in range(9)]
    assert bar_end_s(by_bars, Heard(quarters[:7], 3.4, False)) == pytest.approx(4.0)
    assert bar_end_s(by_bars, Heard(quarters[:8], 3.9, False)) == pytest.approx(4.025)
    assert bar_end_s(by_bars, Heard(quarters, 4.4, False)) == pytest.approx(6.0)
    assert bar_end_s(by_bars, Heard((), None, False)) is None


@pytest.mark.parametrize(
    ("first_s", "end_s"),
    [(4.0, 8.0), (6.0, 8.0), (3.0, 8.0), (7.5, 8.0), (8.5, 12.0)],
    ids=lambda at_s: f"{at_s:g}",
)
def test_bars_that_were_counted_in_begin_where_the_count_ended(first_s: float, end_s: float) -> None:
    """On beat 8, whatever was left empty or came as an upbeat; a call behind those bars has bars of its own."""
    counted = replace(moment(first_s + 0.1, turn="bars", turn_bars=2), bars_from=8.0)
    call = Heard((PlayedNote(60, first_s, first_s + 0.1, 80),), first_s + 0.1, False)
    assert bar_end_s(counted, call) == pytest.approx(end_s)
