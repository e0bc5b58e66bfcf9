"""Bars that were found, through the whole session: the entry, the length, and what is told."""

from __future__ import annotations

import pytest

from engine.messages import FoundBars
from engine.notes import Metre
from tests.stage import Clocked, ScriptedEngine, Stage

UPBEAT = [(0.0, 0.45, 60), *((0.5 + 0.5 * index, 0.95 + 0.5 * index, 62 + index) for index in range(6))]
"""A quarter before the bar line and a bar and a half at 120 bpm."""


def engine(bar_beats: float = 4.0, upbeat_beats: float = 3.0, confidence: float = 0.9) -> ScriptedEngine:
    """Return an engine that finds these bars whatever is played."""
    scripted = ScriptedEngine(length=4)
    scripted.bars = FoundBars(Metre(bar_beats, upbeat_beats, 1.0), confidence)
    return scripted


def drawn_for(stage: Stage) -> tuple[float, float | None, Metre | None]:
    """Return the rest before the answer, its length and the metre of the last request that began one."""
    first = next(each for each in reversed(stage.engine.requests) if each.count and each.goal.drawn_notes == 0)
    return first.goal.lead_rest_beats, first.goal.length_beats, first.metre


def test_the_answer_enters_on_the_calls_own_upbeat_and_fills_as_many_bars() -> None:
    """Seven beats from the fourth of a bar: a beat is rested, and the answer has eight."""
    stage = Stage(engine())
    stage.play(UPBEAT)
    stage.run(3.95)
    assert drawn_for(stage) == (1.0, 8.0, Metre(4.0, 3.0, 1.0))
    stage.run(6.0)
    assert stage.score != []


def test_bars_that_are_not_sure_change_nothing() -> None:
    """Below even odds the metre is unknown to the model, and the length follows the call."""
    stage = Stage(engine(confidence=0.3))
    stage.play(UPBEAT)
    stage.run(3.95)
    assert drawn_for(stage) == (0.0, 7.0, None)


def test_a_clock_without_a_told_bar_keeps_the_found_bars() -> None:
    """On grid bar an answer begins on a bar line of found bars that begin with the song's own."""
    stage = Clocked(120.0, engine(3.0, 2.0), grid="bar", bar=0)
    stage.play([(on_s + 4.0, off_s + 4.0, pitch) for on_s, off_s, pitch in UPBEAT])
    stage.run(10.0)
    assert float(stage.score[0].split()[0]) == pytest.approx(9.0, abs=0.031)


def test_on_grid_bar_the_songs_own_bars_rule() -> None:
    """Found bars that begin elsewhere than the DAW's shape the melody, not where the answer may begin."""
    stage = Clocked(120.0, engine(3.0, 1.0), grid="bar", bar=0)
    stage.play([(on_s + 4.0, off_s + 4.0, pitch) for on_s, off_s, pitch in UPBEAT])
    stage.run(10.0)
    assert float(stage.score[0].split()[0]) == pytest.approx(8.0, abs=0.031)


def test_the_control_overrules_what_was_found() -> None:
    """With a clock and a bar that is told, bars begin where the song's do."""
    stage = Clocked(120.0, engine(3.0, 2.0), grid="beat", bar=4)
    stage.play([(on_s + 4.0, off_s + 4.0, pitch) for on_s, off_s, pitch in UPBEAT])
    stage.run(8.2)
    metre = drawn_for(stage)[2]
    assert metre is not None
    assert (metre.beats_per_bar, metre.upbeat_beats) == (4.0, 0.0)
    evidence = stage.engine.requests[-1].evidence
    assert evidence is not None
    assert (evidence.bar_beats, evidence.from_start) == (4.0, True)


def test_found_bars_are_told_when_they_change() -> None:
    """Whoever looks on hears of the bars once, and again when they are others."""
    stage = Stage(engine())
    stage.play(UPBEAT)
    assert stage.witness.bars == [("4/4", 3.0, 0.9)]
    stage.engine.bars = FoundBars(Metre(3.0, 0.0, 1.5), 0.8)
    stage.run(3.2)
    stage.play([(3.3, 3.5, 60)])
    stage.run(3.6)
    assert stage.witness.bars == [("4/4", 3.0, 0.9), ("6/8", 0.0, 0.8)]


@pytest.mark.parametrize("clocked", [True, False])
def test_a_long_bar_that_is_told_is_whole(clocked: bool) -> None:
    """Seven beats that the player asks for are no two bars of three and a half, with a clock and without."""
    stage = Clocked(120.0, engine(7.0, 0.0), bar=7) if clocked else Stage(engine(7.0, 0.0), bar=7)
    stage.play([(on_s + 3.5, off_s + 3.5, pitch) for on_s, off_s, pitch in UPBEAT])
    stage.run(7.3)
    assert drawn_for(stage)[1] == 7.0
    stage.play([(15.0, 15.45, 60), (15.5, 15.95, 62)])
    stage.run(16.4)
    assert drawn_for(stage)[1] == 7.0
