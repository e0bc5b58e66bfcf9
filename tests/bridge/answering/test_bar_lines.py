"""Where bar lines lie under a call, and where an answer enters by them: bridge/answering/bar_lines.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.answering.bar_lines import BarLines, bar_lines, closing_bar_beats, entry_s, evidence
from bridge.controls import Controls
from bridge.hearing.call import Call, Phrase
from bridge.moment import Moment, read_settings
from bridge.time.tempo_choice import Tempo, TempoChoice, Track
from bridge.time.tempo_map import TempoMap
from engine.messages import FoundBars
from engine.notes import Metre
from tests.bridge.hearing.played import play_into

FREE = Tempo(TempoMap(120.0, 0.0, 0.0), "player", 1.0, False)
WALTZ = FoundBars(Metre(3.0, 2.0, 1.0), 0.9)


def moment(now_s: float = 10.0, **values: object) -> Moment:
    """Return a moment without a clock, with some controls changed."""
    table = Controls()
    table.update(values)
    return Moment(now_s, FREE, read_settings(table))


def quarters(count: int, bpm: float = 120.0) -> Phrase:
    """Return a call of even quarters from time 0."""
    beat_s = 60.0 / bpm
    call = Call()
    play_into(call, [(index * beat_s, (index + 0.9) * beat_s, 60 + index % 5) for index in range(count)])
    call.read(None, bpm)
    return call.phrase


def test_found_bars_are_counted_from_the_call() -> None:
    """The call's first note stands where it was found to stand, and the bars have the length and pulse found."""
    lines = bar_lines(moment(), quarters(8), WALTZ)
    assert lines is not None
    assert (lines.bar_beats, lines.pulse_beats, lines.entrance_beats) == (3.0, 1.0, 2.0)


def test_a_pulse_that_is_told_goes_to_the_engine_and_holds_by_a_clock() -> None:
    """Of three beats in a bar the control makes 6/8 or 3/4; where it says nothing, what was found in them does."""
    told = moment(bar="6/8")
    assert evidence(told, quarters(3)).pulse_beats == 1.5
    clock = Track()
    clock.note(0.0, TempoMap(120.0, 0.0, 0.0))
    running = replace(FREE, source="clock", running=True, beats=clock)
    for values, found, pulse in (
        ({"bar": "6/8"}, WALTZ, 1.5),
        ({"bar": 3}, WALTZ, 1.0),
        ({"bar": 3}, None, 0.0),
        ({"bar": 4}, WALTZ, 0.0),
    ):
        lines = bar_lines(replace(moment(**values), tempo=running), quarters(3), found)
        assert lines is not None
        assert lines.pulse_beats == pulse


def test_a_bar_tells_when_a_call_closes_if_it_is_told_or_very_sure() -> None:
    """Bars that are merely likely say less of a phrase's end than they cost where they are wrong."""
    unsure = replace(WALTZ, confidence=0.8)
    assert [closing_bar_beats(moment(), found) for found in (WALTZ, unsure, None)] == [3.0, None, None]
    assert [closing_bar_beats(moment(bar=2), found) for found in (WALTZ, unsure, None)] == [2.0] * 3


@pytest.mark.parametrize("found", [None, FoundBars(Metre(3.0, 2.0, 1.0), 0.3)])
def test_bars_that_nobody_is_sure_of_are_unknown(found: FoundBars | None) -> None:
    """Without a clock the control alone says nothing of where bars begin."""
    assert bar_lines(moment(bar=4), quarters(8), found) is None


@pytest.mark.parametrize(
    ("first", "after", "enters"),
    [(0.0, 7.5, 8.0), (0.0, 8.0, 8.0), (1.0, 8.5, 12.0), (3.0, 11.0, 11.0), (3.5, 10.0, 11.5), (7.0, 14.5, 15.0)],
)
def test_an_answer_enters_as_long_before_the_bar_line_as_the_call(
    first: float, after: float, enters: float
) -> None:
    """Half a bar and less before the line is an upbeat; what begins earlier in its bar is answered on the line."""
    assert BarLines(4.0, 1.0, first, 0.0).entry_beat(after) == enters


def test_half_of_a_long_bar_is_a_bar() -> None:
    """Six quarters may be two bars of three: an answer may enter in their middle, on the upbeat to it too."""
    assert BarLines(6.0, 1.0, 2.0, 0.0).entry_beat(10.5) == 11.0


def test_without_a_clock_an_answer_falls_in_with_the_players_beat_where_that_is_near() -> None:
    """The call's last beat ends at 4.0 s: what may begin within a fifth of a second of a beat waits for it."""
    phrase = quarters(8)
    assert entry_s(moment(4.35), phrase, 0.0) == pytest.approx(4.5, abs=0.02)
    assert entry_s(moment(4.1), phrase, 0.0) == 4.1
    assert entry_s(moment(4.35, grid="off"), phrase, 0.0) == 4.35
    assert entry_s(moment(3.9), phrase, 0.0) == pytest.approx(4.0, abs=0.02)


@pytest.mark.parametrize("held_s", [0.2, 0.3, 0.45, 0.7, 0.9])
def test_without_bars_the_players_beat_is_where_his_notes_begin(held_s: float) -> None:
    """However long the last one is held: a short one ends beside the beat."""
    call = Call()
    play_into(call, [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.45, 64), (1.5, 1.5 + held_s, 65)])
    call.read(None, 120.0)
    assert entry_s(moment(2.85), call.phrase, None) == pytest.approx(3.0, abs=0.02)
    assert entry_s(moment(2.6), call.phrase, None) == 2.6
    assert entry_s(moment(2.85, grid="bar"), call.phrase, None) == pytest.approx(3.0, abs=0.02)
    assert entry_s(moment(2.7, grid="sixteenth"), call.phrase, None) == pytest.approx(2.75, abs=0.02)


def test_asking_changes_nothing() -> None:
    """A question about the bars leaves the choice of tempo as it was."""
    choice = TempoChoice()
    before = choice.current(0.0, "auto", 120.0)
    bar_lines(Moment(0.0, before, read_settings(Controls())), quarters(4), WALTZ)
    assert choice.current(0.0, "auto", 120.0) == before


def test_by_a_clock_the_first_note_stands_where_it_was_read() -> None:
    """An onset that is an eighth of a beat off its place moves no bar line: the reading says where it belongs."""
    clock = Track()
    clock.note(0.0, TempoMap(120.0, 0.0, 0.0))
    call = Call()
    play_into(call, [(1.07, 1.45, 60), *((1.5 + 0.5 * index, 1.95 + 0.5 * index, 62) for index in range(4))])
    call.read(clock, None)
    running = replace(moment(4.0), tempo=replace(FREE, source="clock", running=True, beats=clock))
    lines = bar_lines(running, call.phrase, FoundBars(Metre(4.0, 2.0, 1.0), 0.9))
    assert lines is not None
    assert (lines.first_beat, lines.origin_beat) == (2.0, 0.0)
    assert evidence(running, call.phrase).clock_beat == 6.0
