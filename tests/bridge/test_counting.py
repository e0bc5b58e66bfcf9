"""The count-in as a score: clicks, then the player's bars, then the answer on the line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.controls import Controls
from bridge.counting import span_from
from bridge.events import Event, NoteOff, NoteOn, Pulse, SetControl, SongPosition, Transport
from bridge.moment import read_settings
from bridge.observers import Observer
from tests.stage import Clocked, ScriptedEngine, Stage

BEAT_S = 0.5
TRADING: dict[str, Any] = {"turn": "bars", "turn_bars": 2, "length_mode": "bars", "grid": "beat"}
"""At 120 bpm, bars of four beats, two of them for each."""


STEP_S = 0.005


@pytest.fixture(autouse=True)
def _in_strides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that is looked at two hundred times a second: so exact are these scores."""
    monkeypatch.setattr(Stage, "step_s", STEP_S)


class Counted(Observer):
    """Write down what is counted."""

    def __init__(self) -> None:
        self.beats: list[tuple[int, int]] = []

    def on_count(self, beat: int, left: int) -> None:
        """Write it down."""
        self.beats.append((beat, left))


def clicks(stage: Stage) -> list[str]:
    """Return the notes sent on channel 10, as "0.00 76 112"; what is ended by now."""
    return [f"{at_s:.2f} {sent[1]} {sent[2]}" for at_s, sent in stage.sent if sent[0] == 0x99]


def answers(stage: Stage) -> list[str]:
    """Return when and what was answered."""
    return [f"{at_s:.2f} {sent[1]}" for at_s, sent in stage.sent if sent[0] == 0x90]


def beats(*pitches: int, begin_beat: float, length: float = 0.9) -> list[tuple[float, float, int]]:
    """Return quarters from a beat on."""
    return [
        ((begin_beat + place) * BEAT_S, (begin_beat + place + length) * BEAT_S, pitch)
        for place, pitch in enumerate(pitches)
    ]


def test_a_bar_is_counted_then_two_bars_are_yours_then_the_answer_comes() -> None:
    """Without a clock: the first click at once, an accent on one; answer on the line of the counted time."""
    counted = Counted()
    stage = Stage(ScriptedEngine(length=8), None, [counted], **TRADING)
    stage.act("count")
    assert stage.session.state == "counting"
    stage.play(beats(60, 62, 64, 65, 67, 65, 64, begin_beat=4))
    assert stage.session.state == "listening"
    stage.run(7.1)
    assert clicks(stage) == ["0.00 76 112", "0.50 77 84", "1.00 77 84", "1.50 77 84"]
    assert counted.beats == [(1, 4), (2, 3), (3, 2), (4, 1), (0, 0)]
    assert answers(stage)[:3] == ["6.00 72", "6.50 73", "7.00 74"]
    assert stage.witness.tempos[-1] == (120.0, "count")


def test_your_bars_begin_when_the_count_ends_whenever_you_do() -> None:
    """Who leaves a bar empty, or comes in with an upbeat, is answered on the same line."""
    for begin_beat, pitches in ((9.0, (60, 62)), (3.0, (60, 62, 64, 65, 67, 65)), (3.5, (60, 62, 64))):
        stage = Stage(**TRADING)
        stage.act("count")
        stage.play(beats(*pitches, begin_beat=begin_beat))
        stage.run(7.0)
        assert answers(stage)[0] == "6.00 72", begin_beat


def test_after_the_first_round_the_counted_bars_go_on() -> None:
    """The second call is counted in bars from the bar that it begins in, and answered on its line."""
    stage = Stage(ScriptedEngine(length=8), **TRADING)
    stage.act("count")
    stage.play(beats(60, 62, 64, 65, begin_beat=4))
    stage.run(10.1)
    first = len(answers(stage))
    stage.play(beats(60, 62, 64, 65, begin_beat=21))
    stage.run(16.0)
    assert answers(stage)[first] == "14.00 72"
    assert len(clicks(stage)) == 4


def test_the_counted_time_is_over_when_all_of_your_bars_are_empty() -> None:
    """It is said; whoever plays then does so in his own time."""
    stage = Stage(**TRADING)
    stage.act("count")
    stage.run(5.9)
    assert stage.session.state == "listening"
    stage.run(6.1)
    assert stage.session.state == "idle"
    assert stage.witness.tempos[-1] == (120.0, "fixed")
    assert "the counted time is over" in stage.witness.logs[-1]


def test_by_a_clock_the_song_is_counted_in_from_its_first_bar() -> None:
    """Two bars of it here; then the bars are yours. Without `count_in` nothing is counted."""
    stage = Clocked(120.0, **TRADING, bar=4, count_in=2)
    stage.run(0.01)
    stage.play(beats(60, 62, 64, 65, begin_beat=8))
    stage.run(9.0)
    assert clicks(stage) == [
        f"{beat * BEAT_S:.2f} {'77 84' if beat % 4 else '76 112'}" for beat in range(8)
    ]  # the first too, though its tempo is not known yet
    assert answers(stage)[0] == "8.00 72"
    silent = Clocked(120.0, **TRADING, bar=4)
    silent.run(4.0)
    assert clicks(silent) == []


def test_asked_for_by_a_clock_it_is_counted_from_the_next_bar_line() -> None:
    """At the clock's tempo, on its bars."""
    stage = Clocked(120.0, **TRADING, bar=4)
    stage.run(2.7)
    stage.act("count")
    stage.run(6.0)
    assert clicks(stage) == ["4.00 76 112", "4.50 77 84", "5.00 77 84", "5.50 77 84"]
    stage.play(beats(60, 62, begin_beat=12))
    stage.run(10.2)
    assert answers(stage)[0] == "10.00 72"


def test_where_the_clicks_sound_is_set_and_they_may_be_silent() -> None:
    """On another channel and note; or shown only."""
    stage = Stage(**TRADING, click_channel=2, click_note=37)
    stage.act("count")
    stage.run(0.53)
    assert [sent for _, sent in stage.sent if sent[0] & 0xF0 == 0x90] == [(0x91, 37, 112), (0x91, 38, 84)]
    assert stage.hanging == {(1, 38)}
    counted = Counted()
    silent = Stage(None, None, [counted], **TRADING, click_channel=0)
    silent.act("count")
    silent.run(2.1)
    assert counted.beats[-1] == (0, 0)
    assert not [sent for _, sent in silent.sent if sent[0] & 0xF0 == 0x90]


@pytest.mark.parametrize("ending", ["count", "stop", "panic", "forget", "turn", "down"])
def test_whatever_ends_it_leaves_no_click_hanging(ending: str) -> None:
    """Asked for again, stopped, or the mode left."""
    stage = Stage(**TRADING)
    stage.act("count")
    stage.run(0.52)
    assert stage.hanging
    if ending == "turn":
        stage.do(SetControl(0.52, "turn", "adaptive", "test"))
    elif ending == "down":
        stage.do(Transport(0.52, "stop"))
    else:
        stage.act(ending)
    stage.run(0.54)
    assert stage.hanging == set()
    assert stage.session.state == "idle"
    stage.run(4.0)
    assert len(clicks(stage)) == 2
    assert stage.witness.tempos[-1] == (120.0, "fixed")


def test_in_another_mode_it_says_what_it_is_for() -> None:
    """And counts nothing."""
    stage = Stage(turn="adaptive")
    stage.act("count")
    stage.run(1.0)
    assert stage.witness.errors == ["count: it counts before your bars in turn bars, and turn is adaptive"]
    assert clicks(stage) == []


def test_a_click_that_comes_back_is_not_taken_for_playing() -> None:
    """A DAW that sends the output back in would play the answer's call."""
    stage = Stage(**TRADING)
    stage.act("count")
    stage.run(0.01)
    stage.do(NoteOn(0.01, 76, 112, 9))
    stage.do(NoteOff(0.06, 76, 9))
    stage.run(2.1)
    assert not stage.session._duet.listening


def test_a_bpm_moved_meanwhile_moves_the_count() -> None:
    """From where it is, without a jump."""
    stage = Stage(**TRADING)
    stage.act("count")
    stage.run(0.75)
    stage.do(SetControl(0.75, "bpm", 60.0, "test"))
    stage.run(4.0)
    assert [line.split()[0] for line in clicks(stage)] == ["0.00", "0.50", "1.25", "2.25"]


@pytest.mark.parametrize(
    ("bar", "pulse", "in_bar", "step"),
    [(0.0, 0.0, 4, 1.0), (3.0, 0.0, 3, 1.0), (3.0, 1.5, 2, 1.5), (4.5, 1.5, 3, 1.5), (3.5, 0.0, 7, 0.5)],
)
def test_what_is_counted_is_the_beat_that_is_felt(bar: float, pulse: float, in_bar: int, step: float) -> None:
    """Six eighths in two, 7/8 in eighths, a bar of unknown length in four."""
    settings = replace(read_settings(Controls()), bar_beats=bar, pulse_beats=pulse)
    span = span_from(8.0, settings, 2)
    assert (span.in_bar, span.step_beats, span.clicks) == (in_bar, step, 2 * in_bar)
    assert span.end_beat == 8.0 + 2 * (bar or 4.0)


def test_a_song_that_starts_within_a_count_takes_its_place() -> None:
    """It is counted from the song's first beat, and when the song stops no counted time is left over."""
    stage = Stage(**TRADING, count_in=1, tempo_from="auto")
    stage.act("count")
    stage.run(1.2)
    stage.do(Transport(1.2, "start"))
    for pulse in range(144):
        stage.run(1.2 + pulse * BEAT_S / 24)
        stage.do(Pulse(1.2 + pulse * BEAT_S / 24))
    assert clicks(stage)[3:] == ["1.20 76 112", "1.70 77 84", "2.20 77 84", "2.70 77 84"]
    stage.do(Transport(4.25, "stop"))
    stage.run(6.0)
    assert (stage.session._time.tempo.source, stage.session.state) == ("fixed", "idle")


def test_the_first_click_sounds_also_where_clicks_are_sent_early() -> None:
    """The count then begins so much later that all of its clicks can be."""
    stage = Stage(**TRADING, offset=-120.0)
    stage.act("count")
    stage.run(2.5)
    assert clicks(stage) == ["0.00 76 112", "0.50 77 84", "1.00 77 84", "1.50 77 84"]


@pytest.mark.parametrize("event", [SetControl(4.52, "tempo_from", "fixed", "test"), SongPosition(4.52, 0)])
def test_a_count_whose_clock_leaves_it_ends_its_click(event: Event) -> None:
    """Another tempo is asked for, or the song jumps back: the click that sounds then gets its note-off."""
    stage = Clocked(120.0, **TRADING, bar=4)
    stage.run(2.7)
    stage.act("count")
    stage.run(4.52)
    assert stage.hanging
    stage.do(event)
    stage.run(4.8)
    assert (stage.hanging, stage.session.state) == (set(), "idle")
