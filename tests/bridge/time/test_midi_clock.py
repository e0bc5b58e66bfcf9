"""Following MIDI clock."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Pulse, SongPosition, Transport
from bridge.time.midi_clock import ClockFollower
from tests.fakes import FakeClock


def pulses(
    follower: ClockFollower, clock: FakeClock, beats: float, bpm: float, jitter_s: float = 0.0, seed: int = 1
) -> None:
    """Send pulses; clock() is the true time of the next one before and after."""
    noise = random.Random(seed)
    for _ in range(round(beats * 24)):
        follower.feed(Pulse(clock() + noise.gauss(0.0, jitter_s)))
        clock.advance(60.0 / bpm / 24)


def beat(follower: ClockFollower, clock: FakeClock) -> float:
    """Return the position in beats now."""
    assert follower.map is not None
    return follower.map.beat_at(clock())


def test_no_map_before_a_sixteenth_of_pulses() -> None:
    follower, clock = ClockFollower(), FakeClock(10.0)
    pulses(follower, clock, 5 / 24, 120)
    assert follower.map is None
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
        errors.append(abs(beat(follower, clock) - index / 24) * 0.5)
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
        assert abs(beat(follower, clock) - 4 - index / 24) * 0.5 < 0.005
        clock.advance(60 / (120 + 20 * index / 192) / 24)


def test_one_late_pulse_hardly_moves_the_beat() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 4, 120)
    follower.feed(Pulse(clock() + 0.015))
    clock.advance(0.5 / 24)
    pulses(follower, clock, 2 / 24, 120)
    assert abs(beat(follower, clock) - 4 - 3 / 24) * 0.5 < 0.001


def test_start_makes_the_next_pulse_beat_nought() -> None:
    follower, clock = ClockFollower(), FakeClock()
    pulses(follower, clock, 3.3, 120)
    assert not follower.running
    follower.feed(Transport(clock(), "start"))
    assert follower.running
    assert beat(follower, clock) == pytest.approx(0, abs=1e-6)
    pulses(follower, clock, 2, 120)
    assert beat(follower, clock) == pytest.approx(2, abs=1e-6)


def test_pulses_without_start_give_the_tempo_and_count_on() -> None:
    follower, clock = ClockFollower(), FakeClock()
    pulses(follower, clock, 3, 90)
    assert follower.map is not None
    assert follower.map.bpm == pytest.approx(90)
    assert beat(follower, clock) == pytest.approx(3)
    assert follower.check(clock() + 60) is None  # never ran, so is not lost


def test_continue_goes_on_where_stop_left_it() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 5, 120)
    follower.feed(Transport(clock(), "stop"))
    assert not follower.running
    pulses(follower, clock, 7.5, 120)
    follower.feed(Transport(clock(), "continue"))
    assert beat(follower, clock) == pytest.approx(5)
    pulses(follower, clock, 1, 120)
    assert beat(follower, clock) == pytest.approx(6)


def test_song_position_then_continue_starts_there() -> None:
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(SongPosition(0.0, 32))
    follower.feed(Transport(0.0, "continue"))
    pulses(follower, clock, 1, 100)
    assert beat(follower, clock) == pytest.approx(9)


def test_song_position_jumps_back_while_running() -> None:
    """A looping DAW: the beat jumps with it and the tempo does not flinch."""
    follower, clock = ClockFollower(), FakeClock()
    follower.feed(Transport(0.0, "start"))
    pulses(follower, clock, 8, 120)
    follower.feed(SongPosition(clock(), 0))
    pulses(follower, clock, 1, 120)
    assert beat(follower, clock) == pytest.approx(1)
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
    assert beat(follower, clock) == pytest.approx(4.4 + 6, abs=0.05)


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
    assert beat(follower, clock) == pytest.approx(13.0)


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


def take(
    follower: ClockFollower, clock: FakeClock, begin: str, from_beat: float, beats: float, bpm: float
) -> None:
    """Let a DAW play from a beat on: "start" means 0, "song" a song position and then continue."""
    if begin == "song":
        follower.feed(SongPosition(clock(), round(from_beat * 4)))
        begin = "continue"
    follower.feed(Transport(clock(), begin))
    pulses(follower, clock, beats, bpm)
    assert beat(follower, clock) == pytest.approx(from_beat + beats, abs=0.002)
    follower.feed(Transport(clock(), "stop"))


@pytest.mark.parametrize("clock_while_stopped", [True, False], ids=["clock always", "clock only while playing"])
@pytest.mark.parametrize("pause_s", [0.03, 0.3, 1.7, 40.0])
@pytest.mark.parametrize("begin", ["start", "song"])
def test_over_three_takes_the_position_is_the_daws(clock_while_stopped: bool, pause_s: float, begin: str) -> None:
    """Whether or not pulses come between the takes: a start means beat 0, a song position and continue mean it."""
    follower, clock = ClockFollower(), FakeClock(5.0)
    for from_beat, beats, bpm in ((0.0, 8.0, 132.0), (4.0, 191 / 24, 132.0), (17.0, 8.0, 96.0)):
        take(follower, clock, begin, 0.0 if begin == "start" else from_beat, beats, bpm)
        if clock_while_stopped:
            pulses(follower, clock, round(pause_s * bpm / 60 * 24) / 24, bpm)
        else:
            clock.advance(pause_s)


def test_a_position_given_in_silence_holds_from_that_moment() -> None:
    """Between a start and the first pulse after a pause the beat is not what the old map has come to."""
    follower, clock = ClockFollower(), FakeClock()
    take(follower, clock, "start", 0.0, 8.0, 120.0)
    clock.advance(10.0)
    follower.feed(Transport(clock(), "start"))
    assert beat(follower, clock) == pytest.approx(0.0)


def test_a_continue_without_a_position_goes_on_where_stop_left_it_even_after_silence() -> None:
    """No clock while stopped, and no song position: the pause is not counted."""
    follower, clock = ClockFollower(), FakeClock()
    take(follower, clock, "start", 0.0, 5.0, 120.0)
    clock.advance(3.3)
    take(follower, clock, "continue", 5.0, 2.0, 120.0)


def test_the_first_pulse_after_a_start_begins_a_new_line_when_it_is_out_of_step() -> None:
    """A DAW that restarts its clock in the middle of a pulse has its beat 0 there, at once."""
    follower, clock = ClockFollower(), FakeClock()
    take(follower, clock, "start", 0.0, 8.0, 120.0)
    clock.advance(0.009)
    follower.feed(Transport(clock(), "start"))
    for pulse in range(12):
        clock.advance(0.5 / 24 if pulse else 0.0)
        follower.feed(Pulse(clock()))
        assert beat(follower, clock) == pytest.approx(pulse / 24, abs=0.002)


Step = tuple[str, int]


class Song:
    """The plain rule: a start means 0, stop keeps the place, a song position sets it, pulses move what runs.

    Silence within a running song, that is between two pulses with nothing that places the song between them,
    moves it on by the tempo.
    """

    def __init__(self) -> None:
        self.pulses = 0
        self.running = False
        self._silent_pulses: int | None = None

    def step(self, kind: str, number: int) -> None:
        """Take in one step of a DAW: number counts pulses, of sound or of silence, or sixteenths."""
        if kind == "pulse" and self.running:
            self.pulses += number + (self._silent_pulses or 0)
            self._silent_pulses = 0
        elif kind == "silence" and self._silent_pulses is not None:
            self._silent_pulses += number
        elif kind in ("start", "song", "continue"):
            self.pulses = {"start": 0, "song": 6 * number}.get(kind, self.pulses)
            self.running |= kind != "song"
            self._silent_pulses = None
        elif kind == "stop":
            self.running, self._silent_pulses = False, None


STEPS = st.one_of(
    st.tuples(st.just("pulse"), st.integers(6, 40)),
    st.tuples(st.just("silence"), st.integers(40, 400)),
    st.tuples(st.sampled_from(["start", "stop", "continue"]), st.just(0)),
    st.tuples(st.just("song"), st.integers(0, 2000)),
)


@given(st.lists(STEPS, max_size=40), st.sampled_from([70.0, 120.0, 132.0, 174.0]))
def test_whatever_a_daws_transport_does_the_running_beat_is_the_songs(steps: list[Step], bpm: float) -> None:
    """Any order of takes, pauses with and without clock, jumps and losses: after each pulse the beat is right."""
    follower, clock, song = ClockFollower(), FakeClock(3.0), Song()
    for kind, number in [("start", 0), ("pulse", 12), *steps]:
        song.step(kind, number)
        if kind == "pulse":
            pulses(follower, clock, number / 24, bpm)
        elif kind == "silence":
            clock.advance(number * 60.0 / bpm / 24)
        elif kind == "song":
            follower.feed(SongPosition(clock(), number))
        else:
            follower.feed(Transport(clock(), kind))
        if kind == "pulse" and song.running:
            assert beat(follower, clock) * 24 == pytest.approx(song.pulses, abs=0.1)
