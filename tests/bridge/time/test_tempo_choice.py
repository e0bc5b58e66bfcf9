"""Whose tempo holds."""

from __future__ import annotations

import pytest

from bridge.events import Pulse, Transport
from bridge.hearing.rhythm import Reading
from bridge.time.midi_clock import TempoMap
from bridge.time.tempo_choice import Tempo, TempoSource, Track
from engine.notes import Note
from tests.fakes import FakeClock

FIXED_BPM = 77.0


def played(bpm: float, confidence: float = 0.9) -> Reading:
    return Reading((Note(60, 1.0), Note(62, 1.0)), bpm, confidence, (0.0, 1.0))


def pulses(source: TempoSource, clock: FakeClock, beats: float, bpm: float) -> None:
    for _ in range(round(beats * 24)):
        source.feed(Pulse(clock()))
        clock.advance(60.0 / bpm / 24)


def auto(source: TempoSource, now_s: float) -> Tempo:
    return source.current(now_s, "auto", FIXED_BPM)


class FakeLink:
    def __init__(self, tempo: TempoMap | None) -> None:
        self.tempo = tempo

    def current(self, now_s: float) -> TempoMap | None:
        return self.tempo


def test_nothing_known_leaves_the_fixed_bpm_and_lets_playing_be_read_freely() -> None:
    tempo = auto(TempoSource(), 5.0)
    assert (tempo.source, tempo.map.bpm, tempo.running, tempo.prior_bpm) == ("fixed", FIXED_BPM, False, None)


def test_auto_takes_clock_before_link_before_tap_before_player() -> None:
    clock, link = FakeClock(), FakeLink(None)
    source = TempoSource(link)
    source.player(played(101), 0.0)
    assert auto(source, clock()).source == "player"
    source.tap(0.0)
    source.tap(0.5)
    assert auto(source, clock()).source == "tap"
    link.tempo = TempoMap(99, 0, 0)
    assert (auto(source, clock()).source, auto(source, clock()).running) == ("link", True)
    source.feed(Transport(clock(), "start"))
    pulses(source, clock, 2, 130)
    tempo = auto(source, clock())
    assert (tempo.source, tempo.running) == ("clock", True)
    assert tempo.map.bpm == pytest.approx(130)


def test_an_unsure_reading_does_not_set_the_tempo_unless_asked_for() -> None:
    source = TempoSource()
    source.player(played(101, 0.2), 0.0)
    assert auto(source, 1.0).source == "fixed"
    assert source.current(1.0, "player", FIXED_BPM).map.bpm == 101


@pytest.mark.parametrize("name", ["clock", "link", "player", "tap"])
def test_a_named_source_without_news_leaves_the_fixed_bpm(name: str) -> None:
    tempo = TempoSource().current(0.0, name, FIXED_BPM)
    assert (tempo.source, tempo.map.bpm) == ("fixed", FIXED_BPM)


def test_fixed_is_a_prior_for_reading_and_ignores_the_clock() -> None:
    source, clock = TempoSource(), FakeClock()
    pulses(source, clock, 2, 130)
    tempo = source.current(clock(), "fixed", FIXED_BPM)
    assert (tempo.source, tempo.map.bpm, tempo.prior_bpm) == ("fixed", FIXED_BPM, FIXED_BPM)


def test_a_new_fixed_bpm_does_not_jump_the_beat() -> None:
    source = TempoSource()
    before = source.current(10.0, "fixed", 60.0).map.beat_at(20.0)
    assert source.current(20.0, "fixed", 180.0).map.beat_at(20.0) == pytest.approx(before)


def test_lost_clock_goes_on_in_its_tempo_and_says_so_once() -> None:
    source, clock = TempoSource(), FakeClock()
    source.player(played(101), 0.0)
    source.feed(Transport(0.0, "start"))
    pulses(source, clock, 4, 130)
    clock.advance(3.0)
    assert "clock lost" in (source.check(clock()) or "")
    assert source.check(clock()) is None
    tempo = auto(source, clock())
    assert tempo.source == "clock"
    assert tempo.map.bpm == pytest.approx(130)
    assert tempo.running
    assert tempo.confidence < 1.0


def test_stopped_and_silent_clock_gives_way() -> None:
    source, clock = TempoSource(), FakeClock()
    source.player(played(101), 0.0)
    source.feed(Transport(0.0, "start"))
    pulses(source, clock, 4, 130)
    source.feed(Transport(clock(), "stop"))
    tempo = auto(source, clock() + 0.1)
    assert (tempo.source, tempo.running, tempo.beats) == ("clock", False, None)
    assert auto(source, clock() + 5).source == "player"


def test_track_reads_the_past_by_the_tempo_that_held_then() -> None:
    source, clock = TempoSource(), FakeClock()
    source.feed(Transport(0.0, "start"))
    pulses(source, clock, 8, 120)
    turn_s = clock()
    pulses(source, clock, 8, 60)
    beats = auto(source, clock()).beats
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
