"""Whose tempo holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Pulse, SongPosition, Transport
from bridge.time.tempo_choice import AWAY_S, Tempo, TempoChoice, Track
from bridge.time.tempo_map import TempoMap
from tests.fakes import FakeClock

FIXED_BPM = 77.0


def played(choice: TempoChoice, bpm: float, confidence: float = 0.9, now_s: float = 0.0) -> None:
    choice.played(TempoMap(bpm, 0.0, now_s), confidence, now_s)


def pulses(choice: TempoChoice, clock: FakeClock, beats: float, bpm: float) -> None:
    for _ in range(round(beats * 24)):
        choice.feed(Pulse(clock()))
        clock.advance(60.0 / bpm / 24)


def auto(choice: TempoChoice, now_s: float) -> Tempo:
    choice.tick(now_s, "auto", FIXED_BPM)
    return choice.current(now_s, "auto", FIXED_BPM)


def tapped(bpm: float) -> TempoChoice:
    choice = TempoChoice()
    choice.tap(0.0)
    choice.tap(60.0 / bpm)
    return choice


class FakeLink:
    def __init__(self, tempo: TempoMap | None) -> None:
        self.tempo = tempo

    def current(self, now_s: float) -> TempoMap | None:
        return self.tempo


def test_nothing_known_leaves_the_fixed_bpm_and_lets_playing_be_read_freely() -> None:
    tempo = auto(TempoChoice(), 5.0)
    assert (tempo.source, tempo.map.bpm, tempo.running, tempo.prior_bpm) == ("fixed", FIXED_BPM, False, None)


def test_auto_takes_clock_before_link_before_tap_before_player() -> None:
    clock, link = FakeClock(), FakeLink(None)
    choice = TempoChoice(link)
    played(choice, 101)
    assert auto(choice, clock()).source == "player"
    choice.tap(0.0)
    choice.tap(0.5)
    assert auto(choice, clock()).source == "tap"
    link.tempo = TempoMap(99, 0, 0)
    assert (auto(choice, clock()).source, auto(choice, clock()).running) == ("link", True)
    choice.feed(Transport(clock(), "start"))
    pulses(choice, clock, 2, 130)
    tempo = auto(choice, clock())
    assert (tempo.source, tempo.running) == ("clock", True)
    assert tempo.map.bpm == pytest.approx(130)


def test_an_unsure_reading_does_not_set_the_tempo_unless_asked_for() -> None:
    choice = TempoChoice()
    played(choice, 101, 0.2)
    assert auto(choice, 1.0).source == "fixed"
    assert choice.current(1.0, "player", FIXED_BPM).map.bpm == 101


@pytest.mark.parametrize(("bpm", "confidence"), [(104, 1.0), (200, 1.0), (50, 1.0), (130, 0.5)])
def test_a_tap_holds_while_the_playing_is_near_or_unsure(bpm: float, confidence: float) -> None:
    """Near also means its double or its half: which of them is the beat is what a tap says."""
    choice = tapped(100)
    for second in range(60):
        played(choice, bpm, confidence, float(second))
        assert auto(choice, float(second)).source == "tap"


def test_a_tap_gives_way_to_playing_that_is_surely_elsewhere_for_a_while() -> None:
    """A moment elsewhere is not enough, and one bar back at the tap begins the count anew."""
    choice = tapped(100)
    for tenth in range(round(AWAY_S * 10) - 2):
        played(choice, 131, 1.0, 1.0 + tenth / 10)
    assert auto(choice, 1.0 + AWAY_S).source == "tap"
    played(choice, 101, 1.0, 1.0 + AWAY_S)
    played(choice, 131, 1.0, 20.0)
    assert auto(choice, 20.0).source == "tap"
    played(choice, 131, 1.0, 20.0 + AWAY_S)
    tempo = auto(choice, 20.0 + AWAY_S)
    assert (tempo.source, tempo.map.bpm, tempo.prior_bpm) == ("player", 131, None)


def test_a_new_tap_holds_again() -> None:
    """Tapping once more asks for it once more, wherever the playing is."""
    choice = tapped(100)
    for second in range(10):
        played(choice, 131, 1.0, float(second))
    assert auto(choice, 10.0).source == "player"
    choice.tap(11.0)
    choice.tap(11.6)
    assert auto(choice, 11.6).source == "tap"


def test_a_tempo_that_is_named_outright_gives_way_to_nothing() -> None:
    """With tempo_from "tap" neither a clock nor the playing takes it away."""
    choice, clock = tapped(100), FakeClock()
    pulses(choice, clock, 2, 130)
    for second in range(10):
        played(choice, 131, 1.0, float(second))
        choice.tick(float(second), "tap", FIXED_BPM)
    assert choice.current(10.0, "tap", FIXED_BPM).map.bpm == pytest.approx(100)


def test_a_clock_ends_what_was_tapped_before_it() -> None:
    """When the clock is gone again, the old tap does not come back."""
    choice, clock = tapped(100), FakeClock(1.0)
    pulses(choice, clock, 2, 130)
    assert auto(choice, clock()).source == "clock"
    assert auto(choice, clock() + 60).source == "fixed"


def test_forget_clears_what_was_tapped_and_played() -> None:
    """Afterwards a single tap says nothing either."""
    choice = tapped(100)
    played(choice, 101)
    choice.forget()
    assert auto(choice, 1.0).source == "fixed"
    choice.tap(1.1)
    assert auto(choice, 1.2).source == "fixed"


@given(
    st.lists(st.sampled_from(["pulse", "start", "song", "tap", "played", "tick", "forget"]), max_size=40),
    st.sampled_from(["auto", "clock", "link", "tap", "player", "fixed"]),
    st.floats(20, 400),
)
def test_asking_for_the_tempo_changes_nothing(steps: list[str], tempo_from: str, bpm: float) -> None:
    """Two that live through the same, of which one is asked all the time: they say the same in the end."""
    asked, unasked, clock = (TempoChoice(FakeLink(None)), TempoChoice(FakeLink(None)), FakeClock(1.0))
    for step in steps:
        clock.advance(0.02)
        for choice in (asked, unasked):
            match step:
                case "pulse":
                    choice.feed(Pulse(clock()))
                case "start":
                    choice.feed(Transport(clock(), "start"))
                case "song":
                    choice.feed(SongPosition(clock(), 16))
                case "tap":
                    choice.tap(clock())
                case "played":
                    played(choice, 131, 1.0, clock())
                case "tick":
                    choice.tick(clock(), tempo_from, bpm)
                case _:
                    choice.forget()
        for name in ("auto", "fixed", tempo_from):
            assert asked.current(clock(), name, 90.0) == asked.current(clock(), name, 90.0)
    before, after = unasked.current(clock(), tempo_from, bpm), asked.current(clock(), tempo_from, bpm)
    assert (before.map, before.source, before.confidence) == (after.map, after.source, after.confidence)


@pytest.mark.parametrize("name", ["clock", "link", "player", "tap"])
def test_a_named_source_without_news_leaves_the_fixed_bpm(name: str) -> None:
    tempo = TempoChoice().current(0.0, name, FIXED_BPM)
    assert (tempo.source, tempo.map.bpm) == ("fixed", FIXED_BPM)


def test_fixed_is_a_prior_for_reading_and_ignores_the_clock() -> None:
    choice, clock = TempoChoice(), FakeClock()
    pulses(choice, clock, 2, 130)
    tempo = choice.current(clock(), "fixed", FIXED_BPM)
    assert (tempo.source, tempo.map.bpm, tempo.prior_bpm) == ("fixed", FIXED_BPM, FIXED_BPM)


def test_a_new_fixed_bpm_does_not_jump_the_beat() -> None:
    choice = TempoChoice()
    choice.tick(10.0, "fixed", 60.0)
    before = choice.current(10.0, "fixed", 60.0).map.beat_at(20.0)
    assert choice.current(20.0, "fixed", 180.0).map.beat_at(20.0) == pytest.approx(before)


def test_lost_clock_goes_on_in_its_tempo_and_says_so_once() -> None:
    choice, clock = TempoChoice(), FakeClock()
    played(choice, 101)
    choice.feed(Transport(0.0, "start"))
    pulses(choice, clock, 4, 130)
    clock.advance(3.0)
    assert "clock lost" in (choice.tick(clock(), "auto", FIXED_BPM) or "")
    assert choice.tick(clock(), "auto", FIXED_BPM) is None
    tempo = auto(choice, clock())
    assert tempo.source == "clock"
    assert tempo.map.bpm == pytest.approx(130)
    assert tempo.running
    assert tempo.confidence < 1.0


def test_playing_to_a_stopped_clock_is_read_near_its_tempo() -> None:
    """A DAW that has stopped is still at its tempo: what is shown as the tempo is what answers are played in."""
    clock, choice = FakeClock(), TempoChoice()
    choice.feed(Transport(clock(), "start"))
    pulses(choice, clock, 4, 100)
    assert choice.current(clock(), "clock", FIXED_BPM).prior_bpm is None
    choice.feed(Transport(clock(), "stop"))
    stopped = choice.current(clock() + 5.0, "clock", FIXED_BPM)
    assert (stopped.source, stopped.running) == ("clock", False)
    assert stopped.prior_bpm == pytest.approx(100)


def test_stopped_and_silent_clock_gives_way() -> None:
    choice, clock = TempoChoice(), FakeClock()
    played(choice, 101)
    choice.feed(Transport(0.0, "start"))
    pulses(choice, clock, 4, 130)
    choice.feed(Transport(clock(), "stop"))
    tempo = auto(choice, clock() + 0.1)
    assert (tempo.source, tempo.running, tempo.beats) == ("clock", False, None)
    assert auto(choice, clock() + 5).source == "player"


def test_track_reads_the_past_by_the_tempo_that_held_then() -> None:
    choice, clock = TempoChoice(), FakeClock()
    choice.feed(Transport(0.0, "start"))
    pulses(choice, clock, 8, 120)
    turn_s = clock()
    pulses(choice, clock, 8, 60)
    beats = auto(choice, clock()).beats
    assert beats is not None
    assert beats.beat_at(1.0) == pytest.approx(2.0, abs=0.01)
    assert beats.beat_at(turn_s) == pytest.approx(8.0, abs=0.05)
    assert beats.beat_at(turn_s + 4) == pytest.approx(12.0, abs=0.05)
    assert beats.beat_at(clock()) == pytest.approx(16.0, abs=0.05)
    assert beats.bpm == pytest.approx(60, rel=0.01)


def test_track_after_a_jump_counts_back_from_the_new_place() -> None:
    track = Track()
    track.note(0.0, TempoMap(120, 0, 0))
    track.note(1.0, TempoMap(120, 0, 0))
    track.note(2.0, TempoMap(120, 0, 2.0))
    assert track.beat_at(2.5) == pytest.approx(1.0)
    assert track.beat_at(1.5) == pytest.approx(-1.0)


def test_track_is_bounded() -> None:
    track = Track()
    for index in range(10_000):
        track.note(index * 0.1, TempoMap(120, 0, 0))
    assert track.beat_at(999.0) == pytest.approx(1998)
    assert track.beat_at(0.0) == pytest.approx(0)


def test_a_counted_tempo_holds_where_no_clock_runs() -> None:
    """Its beats are a grid; playing and the fixed bpm do not move it, a tap or forgetting ends it."""
    choice = TempoChoice()
    endings: tuple[Callable[[], None], ...] = (partial(choice.tap, 9.0), choice.forget, choice.uncount)
    for end in endings:
        choice.count(TempoMap(100.0, 0.0, 1.0), 120.0)
        choice.tick(1.0, "auto", 120.0)
        played(choice, 90.0)
        for tempo_from in ("auto", "fixed", "player", "tap"):
            found = choice.current(2.2, tempo_from, 120.0)
            assert (found.source, found.running) == ("count", True)
            assert found.map.beat_at(2.2) == pytest.approx(2.0)
        assert found.beats is not None
        assert found.beats.beat_at(1.6) == pytest.approx(1.0)
        end()
        assert choice.current(9.0, "auto", 120.0).source != "count"


def test_a_clock_goes_before_a_count() -> None:
    """Others hear it too."""
    choice, clock = TempoChoice(), FakeClock()
    choice.count(TempoMap(100.0, 0.0, 0.0), 120.0)
    choice.feed(Transport(0.0, "start"))
    pulses(choice, clock, 2.0, 120.0)
    assert auto(choice, clock()).source == "clock"


def test_a_counted_tempo_follows_the_bpm_when_that_moves() -> None:
    """Without a jump of the beat, to the new tempo; while it rests the count keeps its own."""
    choice = TempoChoice()
    choice.count(TempoMap(100.0, 0.0, 0.0), 120.0)
    choice.tick(0.6, "auto", 120.0)
    assert choice.current(0.6, "auto", 120.0).map.bpm == 100.0
    choice.tick(0.6, "auto", 60.0)
    found = choice.current(0.6, "auto", 60.0).map
    assert found.bpm == 60.0
    assert found.beat_at(0.6) == pytest.approx(1.0)
