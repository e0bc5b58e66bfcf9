"""The tempo map, and following MIDI clock."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Pulse, SongPosition, Transport
from bridge.time.midi_clock import ClockFollower, TempoMap
from tests.fakes import FakeClock


def pulses(
    follower: ClockFollower, clock: FakeClock, beats: float, bpm: float, jitter_s: float = 0.0, seed: int = 1
) -> None:
    """Send pulses; clock() is the true time of the next one before and after."""
    noise = random.Random(seed)
    for _ in range(round(beats * 24)):
        follower.feed(Pulse(clock() + noise.gauss(0.0, jitter_s)))
        clock.advance(60.0 / bpm / 24)


@given(st.floats(1, 400), st.floats(-1e3, 1e3), st.floats(0, 1e5), st.floats(-1e3, 1e3), st.floats(1, 400))
def test_map_is_its_own_inverse_and_changes_tempo_without_a_jump(
    bpm: float, beat: float, time_s: float, at: float, new_bpm: float
) -> None:
    tempo = TempoMap(bpm, beat, time_s)
    assert tempo.beat_at(tempo.time_at(at)) == pytest.approx(at, abs=1e-6)
    changed = tempo.with_bpm(new_bpm, time_s + 1.5)
    assert changed.beat_at(time_s + 1.5) == pytest.approx(tempo.beat_at(time_s + 1.5), abs=1e-6)
    assert changed.beat_s == pytest.approx(60 / new_bpm)


def test_no_map_before_a_sixteenth_of_pulses() -> None:
    follower, clock = ClockFollower(), FakeClock(10.0)
    pulses(follower, clock, 5 / 24, 120)
    assert follower.map is None
    assert follower.beat_at(clock()) is None
    pulses(follower, clock, 1 / 24, 120)
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(120)


@pytest.mark.parametrize("seed", range(12))
def test_beat_stays_within_2_ms_under_2_ms_of_jitter(seed: int) -> None:
    follower, clock = ClockFollower(), FakeClock(3.0)
    follower.feed(Transport(3.0, "start"))
    pulses(follower, clock, 2, 120, 0.002, seed)
    noise = random.Random(seed + 100)
    errors = []
    for index in range(48, 24 * 40):
        follower.feed(Pulse(clock() + noise.gauss(0.0, 0.002)))
        beat = follower.beat_at(clock())
        assert beat is not None
        errors.append(abs(beat - index / 24) * 0.5)
        clock.advance(0.5 / 24)
    assert max(errors) < 0.0025  # 4 sigma of the worst of 900 pulses
    assert sorted(errors)[int(len(errors) * 0.99)] < 0.002
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(120, rel=0.01)


@pytest.mark.parametrize(("before", "after"), [(120, 150), (150, 90), (100, 103), (60, 180), (180, 60)])
@pytest.mark.parametrize("jitter_s", [0.0, 0.001])
def test_tempo_change_is_locked_within_a_beat(before: float, after: float, jitter_s: float) -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 8, before, jitter_s)
    pulses(follower, clock, 1, after, jitter_s, seed=2)
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(after, rel=0.02)
    error_s = abs(follower.map.beat_at(clock()) - 9) * 60 / after
    assert error_s < 0.003


def test_slow_ramp_is_followed() -> None:
    """From 120 to 140 bpm in eight beats, the beat stays within 5 ms."""
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4, 120)
    for index in range(192):
        follower.feed(Pulse(clock()))
        beat = follower.beat_at(clock())
        assert beat is not None
        assert abs(beat - 4 - index / 24) * 0.5 < 0.005
        clock.advance(60 / (120 + 20 * index / 192) / 24)


def test_one_late_pulse_hardly_moves_the_beat() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4, 120)
    follower.feed(Pulse(clock() + 0.015))
    clock.advance(0.5 / 24)
    pulses(follower, clock, 2 / 24, 120)
    beat = follower.beat_at(clock())
    assert beat is not None
    assert abs(beat - 4 - 3 / 24) * 0.5 < 0.001


def test_start_makes_the_next_pulse_beat_nought() -> None:
    follower, clock = ClockFollower(), FakeClock()
    pulses(follower, clock, 3.3, 120)
    assert not follower.running
    assert not follower.positioned
    follower.feed(Transport(clock(), "start"))
    assert follower.running
    assert follower.positioned
    assert follower.beat_at(clock()) == pytest.approx(0, abs=1e-6)
    pulses(follower, clock, 2, 120)
    assert follower.beat_at(clock()) == pytest.approx(2, abs=1e-6)


def test_pulses_without_start_give_the_tempo_and_count_on() -> None:
    follower, clock = ClockFollower(), FakeClock()
    pulses(follower, clock, 3, 90)
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(90)
    assert follower.beat_at(clock()) == pytest.approx(3)
    assert follower.check(clock() + 60) is None  # never ran, so is not lost


def test_continue_goes_on_where_stop_left_it() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 5, 120)
    follower.feed(Transport(clock(), "stop"))
    assert not follower.running
    pulses(follower, clock, 7.5, 120)
    follower.feed(Transport(clock(), "continue"))
    assert follower.beat_at(clock()) == pytest.approx(5)
    pulses(follower, clock, 1, 120)
    assert follower.beat_at(clock()) == pytest.approx(6)


def test_song_position_then_continue_starts_there() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(SongPosition(0.0, 32))
    follower.feed(Transport(0.0, "continue"))
    pulses(follower, clock, 1, 100)
    assert follower.beat_at(clock()) == pytest.approx(9)


def test_song_position_jumps_back_while_running() -> None:
    """A looping DAW: the beat jumps with it and the tempo does not flinch."""
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 8, 120)
    follower.feed(SongPosition(clock(), 0))
    pulses(follower, clock, 1, 120)
    assert follower.beat_at(clock()) == pytest.approx(1)
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(120)


def test_clock_lost_in_mid_beat_is_said_once_and_time_goes_on() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4.4, 120)
    assert follower.check(clock() + 0.3) is None
    clock.advance(3.0)
    said = follower.check(clock())
    assert said is not None
    assert "120.0 bpm" in said
    assert follower.check(clock() + 1) is None
    assert follower.running
    assert not follower.alive(clock())
    assert follower.beat_at(clock()) == pytest.approx(4.4 + 6, abs=0.05)


def test_clock_that_comes_back_is_taken_up_again() -> None:
    """The silence between is not taken for a tempo, and a second loss is said again."""
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4, 120)
    clock.advance(2.0)
    assert follower.check(clock()) is not None
    pulses(follower, clock, 4, 100)
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(100)
    assert follower.check(clock()) is None
    assert follower.check(clock() + 2) is not None


def test_pulses_that_come_back_count_on_from_where_the_song_is_by_then() -> None:
    """A port that was gone for two bars has not stopped the song."""
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4, 120)
    clock.advance(4.0)
    pulses(follower, clock, 1, 120)
    assert follower.beat_at(clock()) == pytest.approx(13.0)


def test_stop_is_not_a_loss() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4, 120)
    follower.feed(Transport(clock(), "stop"))
    assert follower.check(clock() + 30) is None


def test_400_bpm_is_followed_and_1_bpm_is_no_tempo() -> None:
    fast, slow, clock = ClockFollower(), ClockFollower(), FakeClock()
    pulses(fast, clock, 4, 400, 0.0005)
    assert fast.map is not None
    assert fast.map.bpm == pytest.approx(400, rel=0.01)
    pulses(slow, clock, 1, 1)
    assert slow.map is None
    pulses(slow, clock, 2, 20)
    assert slow.map is not None
    assert slow.map.bpm == pytest.approx(20)
    pulses(slow, clock, 1, 1)
    assert slow.map.bpm == pytest.approx(20)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["pulse", "start", "stop", "continue", "song", "odd"]),
            st.floats(-0.1, 2.0),
            st.integers(0, 20000),
        ),
        max_size=80,
    )
)
def test_no_order_of_events_raises_or_gives_a_map_that_is_none(events: list[tuple[str, float, int]]) -> None:
    follower, clock = ClockFollower(), FakeClock()
    had_map = False
    for kind, wait_s, number in events:
        clock.advance(wait_s * (0.01 if number % 2 else 1.0))
        if kind == "pulse":
            follower.feed(Pulse(clock()))
        elif kind == "song":
            follower.feed(SongPosition(clock(), number))
        else:
            follower.feed(Transport(clock(), kind))
        follower.check(clock())
        assert not (had_map and follower.map is None)
        had_map = follower.map is not None
        assert follower.map is None or 0 < follower.map.bpm <= 1001
