"""What is seen ahead: when lines that are told anew are the same, what a session tells of the notes to come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Action
from bridge.observers import Observer
from bridge.outlook import Lines, Outlook
from engine.messages import FoundBars
from engine.notes import Metre, Note
from tests.stage import Clocked, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""With a wait of 0.5 s the turn passes at 1.9 s."""


class Looker(Observer):
    """Keep what is seen ahead, and when it was told."""

    def __init__(self) -> None:
        self.told: list[Outlook] = []
        self.struck: list[tuple[float, int]] = []

    def on_outlook(self, outlook: Outlook) -> None:
        self.told.append(outlook)

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        if velocity:
            self.struck.append((time_s, pitch))


@given(st.floats(-5.0, 5.0), st.floats(0.2, 2.0), st.sampled_from([0.0, 2.0, 3.0, 4.0]), st.integers(-9, 9))
def test_lines_agree_that_are_counted_from_another_bar(
    origin_s: float, beat_s: float, bar_beats: float, bars: int
) -> None:
    """A bar more or less in the origin draws the same picture; half a beat does not, nor another bar."""
    lines = Lines(0.0, origin_s, beat_s, bar_beats)
    other = Lines(1.0, origin_s + bars * (bar_beats or 1.0) * beat_s, beat_s, bar_beats)
    assert lines.agrees(other, 3.0)
    assert not lines.agrees(Lines(0.0, origin_s + beat_s / 2, beat_s, bar_beats), 3.0)
    assert not lines.agrees(Lines(0.0, origin_s, beat_s, bar_beats + 1.0), 3.0)
    assert not lines.agrees(None, 3.0)


def test_an_answer_is_seen_before_its_turn_and_sounds_as_it_was_seen() -> None:
    """The draft lies where it would sound if the turn passes as expected; nothing is seen while a key is held."""
    looker = Looker()
    stage = Stage(ScriptedEngine(length=5), observers=[looker])
    stage.play(CALL[:-1])
    stage.run(1.0)
    stage.play([CALL[-1]])
    stage.run(1.8)
    seen = looker.told[-1].notes
    assert [note.pitch for note in seen] == [72, 73, 74, 75, 76]
    stage.run(6.0)
    assert [pitch for _, pitch in looker.struck] == [72, 73, 74, 75, 76]
    for note, (time_s, _) in zip(seen, looker.struck, strict=True):
        assert note.on_s == pytest.approx(time_s, abs=0.03)
    assert looker.told[-1].notes == ()


def test_what_has_begun_is_not_ahead_and_nothing_is_when_the_player_returns() -> None:
    """As the answer sounds its rest is seen, up to its end; the player's return takes all of it away."""
    looker = Looker()
    stage = Stage(ScriptedEngine(length=8), observers=[looker])
    stage.play(CALL)
    stage.run(3.3)
    assert [note.pitch for note in looker.told[-1].notes][-1] == 79
    assert len(looker.told[-1].notes) == 8 - len(looker.struck)
    assert all(before.on_s < after.on_s for before, after in pairwise(looker.told[-1].notes))
    stage.play([(3.4, 3.6, 60)])
    stage.run(3.58)
    assert looker.told[-1].notes == ()


def test_a_take_that_sounds_again_is_seen_ahead() -> None:
    """Of a loop the round that is on."""
    looker = Looker()
    stage = Stage(ScriptedEngine(length=8), observers=[looker])
    stage.play(CALL)
    stage.run(10.0)
    stage.do(Action(10.0, "again", "test"))
    stage.run(10.3)
    assert [note.pitch for note in looker.told[-1].notes] == [73, 74, 75, 76, 77, 78, 79]
    lines = looker.told[-1].lines
    assert lines is not None
    assert lines.origin_s == pytest.approx(10.0, abs=0.01)


def test_bar_lines_are_a_clocks_and_its_steady_beat_is_told_once_in_a_while() -> None:
    """By a clock at 120 bpm, four beats told: a bar begins every two seconds; the same is not told again."""
    looker = Looker()
    stage = Clocked(120.0, observers=[looker], bar=4)
    stage.run(8.0)
    lines = looker.told[-1].lines
    assert lines is not None
    assert (lines.bar_beats, round(lines.beat_s, 3)) == (4.0, 0.5)
    assert lines.origin_s % 2.0 == pytest.approx(0.0, abs=0.02) or lines.origin_s % 2.0 > 1.98
    assert len(looker.told) < 12


def test_bars_that_were_found_lie_under_the_call_and_the_answer() -> None:
    """Without a clock: a call that begins on the upbeat has its first bar line a beat later; so has the answer."""
    looker = Looker()
    engine = ScriptedEngine(lambda index: Note(72 + index, 1.0), length=6)
    engine.bars = FoundBars(Metre(3.0, 2.0, 1.0), 0.9)
    stage = Stage(engine, observers=[looker], tempo_from="player")
    stage.play([(0.5 * i, 0.5 * i + 0.45, 60 + i) for i in range(7)])
    stage.run(3.4)
    lines = looker.told[-1].lines
    assert lines is not None
    assert lines.bar_beats == 3.0
    assert lines.origin_s + 3 * lines.beat_s == pytest.approx(0.5, abs=0.05)
    stage.run(5.0)
    later = looker.told[-1].lines
    assert later is not None
    first_s = looker.struck[0][0]
    assert (first_s - later.origin_s) / later.beat_s % 3.0 == pytest.approx(2.0, abs=0.05)
