"""Bars that were found, through the whole session: the entry, the length, and what is told."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest

from bridge.answering.bar_lines import MOST_ENTRY_S
from engine.bar_finder import BarFinder
from engine.messages import Continue, FoundBars, Listened, Request
from engine.metre_net import Net
from engine.notes import Metre, Note
from tests.stage import Clocked, ScriptedEngine, Stage

NET = Net.shipped()

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


class WeighingEngine(ScriptedEngine):
    """Say bars at once, and others when they are weighed, which then stay, as the real one does."""

    def __init__(self, first: FoundBars, weighed: FoundBars) -> None:
        super().__init__(length=4)
        self.bars, self.weighed = first, weighed
        self.call: tuple[Note, ...] = ()

    def send(self, request: Request) -> None:
        super().send(request)
        assert isinstance(request, Continue)
        listened = next(reply for reply in reversed(self.outbox) if isinstance(reply, Listened))
        call = tuple(self.context[: len(self.context) - 1])
        if request.count and not request.goal.drawn_notes and call != self.call:
            self.call = call
            self.bars = self.weighed
            self.outbox.insert(self.outbox.index(listened) + 1, replace(listened, bars=self.weighed))


def test_bars_that_were_weighed_are_the_plans() -> None:
    """The answer is drawn anew in the bars that weighing left, once, and everybody is told of them."""
    first, weighed = FoundBars(Metre(4.0, 3.0, 1.0), 0.6), FoundBars(Metre(3.0, 2.0, 1.0), 0.7)
    stage = Stage(WeighingEngine(first, weighed))
    stage.play(UPBEAT[:2])
    heard = len(stage.engine.requests)
    stage.run(stage.clock() + 0.3)
    assert len(stage.engine.requests) <= heard + 2
    assert drawn_for(stage)[2] == Metre(3.0, 2.0, 1.0)
    assert stage.witness.bars[-2:] == [("4/4", 3.0, 0.6), ("3/4", 2.0, 0.7)]


class HearingEngine(ScriptedEngine):
    """Find the bars as the real engine does, by the net that ships."""

    def __init__(self) -> None:
        super().__init__(length=4)
        self.finder = BarFinder(NET)

    def send(self, request: Request) -> None:
        assert isinstance(request, Continue)
        context = [*self.context[: request.keep], *request.append]
        if request.evidence is not None:
            goal = request.goal
            over = request.count > 0
            self.bars = self.finder.find(context, goal.drawn_notes, goal.call_notes, request.evidence, over=over)
        super().send(request)


def line(gaps_s: Sequence[float], pitches: Sequence[int] = (60, 62, 64, 65)) -> list[tuple[float, float, int]]:
    """Return notes that begin so long after each other, each held for most of that time."""
    begins = list(accumulate(gaps_s, initial=0.0))
    return [(a, a + 0.8 * (b - a), pitches[i % len(pitches)]) for i, (a, b) in enumerate(pairwise(begins))]


_RUBATO = random.Random(5)
ODD_CALLS = {
    "one note": line([0.5]),
    "two notes": line([0.5, 0.5]),
    "equal notes": line([0.5] * 14, (67,)),
    "chords": [(0.5 * i, 0.5 * i + 0.4, pitch) for i in range(6) for pitch in (60, 64, 67)],
    "rubato": line([_RUBATO.uniform(0.12, 1.6) for _ in range(14)]),
    "grace notes": line([0.05, 0.45] * 6),
    "another metre": line([0.5] * 8 + [0.5, 1.0] * 5, (60, 64, 67)),
}
COARSE_S = 0.01


@pytest.mark.parametrize("bar", [0, 4, 5, "7/8", "6/8", 12, 0.5])
@pytest.mark.parametrize("name", ODD_CALLS)
def test_any_call_in_any_bar_is_answered_in_time(name: str, bar: object) -> None:
    """Whatever is played and told, the wait is the one that was set and a defined answer follows."""
    stage = Stage(HearingEngine(), bar=bar, grid="beat")
    stage.step_s = COARSE_S
    call = ODD_CALLS[name]
    stage.play(call)
    ended_s = max(off_s for _, off_s, _ in call)
    stage.run(ended_s + 0.5 + MOST_ENTRY_S + 2 * COARSE_S)
    assert stage.score, "an answer has begun"
    _, length_beats, metre = drawn_for(stage)
    assert length_beats is not None
    assert 0.0 < length_beats <= 64.0
    if metre is not None:
        told = float(stage.session.controls["bar"])
        assert not told or metre.beats_per_bar == told
        assert 0.0 <= metre.upbeat_beats < metre.beats_per_bar
    stage.run(ended_s + 8.0)
    assert not stage.hanging
    assert stage.session.state == "idle"


@pytest.mark.parametrize(("bar", "grid"), [(0, "bar"), (5, "beat"), ("7/8", "bar"), ("6/8", "beat")])
@pytest.mark.parametrize("name", ODD_CALLS)
def test_by_a_clock_any_call_in_any_bar_is_answered_on_the_grid(name: str, bar: object, grid: str) -> None:
    """An answer begins on the first line of the grid behind the wait; a bar that is told begins with the song."""
    stage = Clocked(120.0, HearingEngine(), bar=bar, grid=grid)
    stage.step_s = COARSE_S
    call = [(on_s + 4.0, off_s + 4.0, pitch) for on_s, off_s, pitch in ODD_CALLS[name]]
    stage.play(call)
    passes_s = max(off_s for _, off_s, _ in call) + 0.5
    told = float(stage.session.controls["bar"])
    longest = max(told or 8.0, 1.0) if grid == "bar" else 1.0
    stage.run(passes_s + longest / 2 + 0.1)
    assert stage.score, "an answer has begun"
    metre = drawn_for(stage)[2]
    if told:
        assert metre is not None
        assert metre.beats_per_bar == told
        first_beat = 2 * call[0][0]
        assert (metre.upbeat_beats - first_beat + 0.26) % told < 0.52
    stage.run(passes_s + 12.0)
    assert not stage.hanging
    assert stage.session.state == "idle"


@pytest.mark.parametrize(("wait_s", "begins_s"), [(0.5, 2.0), (0.35, 2.0), (0.25, 1.7)])
@pytest.mark.parametrize("tempo_from", ["fixed", "auto"])
def test_without_bars_the_grid_is_the_players_own_beat(tempo_from: str, wait_s: float, begins_s: float) -> None:
    """An answer begins on his next beat where that costs no more than a fifth of a second behind the wait."""
    stage = Stage(tempo_from=tempo_from, grid="beat", wait=wait_s, bpm=120)
    stage.play([(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.45, 64)])
    stage.run(4.0)
    assert float(stage.score[0].split()[0]) == pytest.approx(begins_s, abs=0.02)
