"""Where seconds stand in beats: a clock's own, or the player's bars, with silences that give way."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.recording.timeline import NEAR_S, Stretch, Timeline


def clock(
    bpms: list[float], start_s: float = 0.0, bar_beats: float = 4.0, trembling_s: float = 0.0
) -> list[Stretch]:
    """Return the beats of a clock that ticks once at each of these tempos."""
    rng, at_s, found = random.Random(3), start_s, []
    for beat, bpm in enumerate(bpms):
        off_s = rng.uniform(-trembling_s, trembling_s)
        found.append(Stretch(at_s + off_s, at_s + off_s, bpm, beat % bar_beats, bar_beats))
        at_s += 60.0 / bpm
    return found


def test_a_steady_clock_is_one_tempo_however_it_trembles() -> None:
    """A thousand beats, each off by up to a millisecond, are told by a few changes, and none is off by much."""
    beats = clock([120.0] * 1000, trembling_s=0.001)
    timeline = Timeline(beats, 0.0)
    assert len(timeline.knots) < 30
    for number, beat in enumerate(beats):
        assert abs(timeline.beat_at(beat.start_s) - number) * 0.5 <= NEAR_S + 1e-9


def test_a_clock_that_changes_its_tempo_is_followed() -> None:
    """Faster and slower, every beat of the clock is a beat of the file."""
    bpms = [120.0] * 16 + [121.0 + step for step in range(40)] + [90.0] * 16
    beats = clock(bpms)
    timeline = Timeline(beats, 0.0)
    assert all(abs(timeline.beat_at(beat.start_s) - number) < 0.01 for number, beat in enumerate(beats))


def test_what_comes_before_the_clock_has_a_beat_too() -> None:
    """The file begins in the bar before, at 0 or later, and its bars are the clock's."""
    timeline = Timeline(clock([120.0] * 8, start_s=1.2), 0.0)
    assert timeline.beat_at(0.0) == pytest.approx(4 - 2.4)
    assert timeline.beat_at(1.2) == pytest.approx(4.0)


def test_a_jump_of_the_song_leaves_the_bars_where_they_are() -> None:
    """A clock that goes on at another bar's beat goes on at that place of the bar."""
    before, after = clock([120.0] * 8), clock([120.0] * 8, start_s=4.0)
    jumped = [Stretch(each.start_s, each.end_s, each.bpm, (each.place_beats + 2) % 4, 4.0) for each in after]
    timeline = Timeline([*before, *jumped], 0.0)
    assert timeline.beat_at(4.0) % 4 == pytest.approx(2.0)
    assert timeline.beat_at(4.5) % 4 == pytest.approx(3.0)


def test_calls_and_answers_without_a_clock_stand_on_their_own_bar_lines() -> None:
    """Each at its own tempo; the silence between stretches or shrinks, so that the next begins in its place."""
    call = Stretch(1.0, 4.0, 90.0, 3.0, 4.0, "4/4")
    answer = Stretch(5.1, 8.5, 90.0, 1.0, 4.0, "4/4")
    second = Stretch(14.37, 18.0, 100.0, 3.0, 4.0, "4/4")
    timeline = Timeline([call, answer, second], 1.0)
    assert [timeline.beat_at(each.start_s) % 4 for each in (call, answer, second)] == pytest.approx(
        [3.0, 1.0, 3.0]
    )
    assert timeline.beat_at(3.0) - timeline.beat_at(2.0) == pytest.approx(1.5)
    assert timeline.beat_at(17.0) - timeline.beat_at(16.0) == pytest.approx(100 / 60)
    assert timeline.signatures == [(0.0, "4/4")]


def test_other_bars_begin_on_a_bar_line_of_those_before() -> None:
    """A waltz after a march: its signature stands where a bar of four ends, and its upbeat before its own line."""
    march = Stretch(0.0, 5.0, 120.0, 0.0, 4.0, "4/4")
    waltz = Stretch(8.2, 12.0, 120.0, 2.0, 3.0, "3/4")
    timeline = Timeline([march, waltz], 0.0)
    (first, four), (begin, three) = timeline.signatures
    assert (first, four, three, begin % 4) == (0.0, "4/4", "3/4", 0.0)
    assert timeline.beat_at(5.0) <= begin <= timeline.beat_at(8.2)
    assert (timeline.beat_at(8.2) - begin) % 3 == pytest.approx(2.0)


def test_a_gap_too_short_to_give_way_does_not() -> None:
    """No tempo out of bounds is written for the sake of a place."""
    timeline = Timeline([Stretch(0.0, 2.0, 120.0), Stretch(2.03, 4.0, 120.0, 0.5)], 0.0)
    assert {round(knot.bpm, 6) for knot in timeline.knots} == {120.0}
    assert timeline.beat_at(4.0) == pytest.approx(8.0)


def test_without_any_tempo_there_is_the_one_that_is_given() -> None:
    """A few notes that nobody could read."""
    assert Timeline([], 3.0, 96.0).beat_at(4.0) == pytest.approx(1.6)


STRETCHES = st.lists(
    st.builds(
        lambda start, length, bpm, bar, place, name: Stretch(start, start + length, bpm, place * bar, bar, name),
        st.floats(0, 300),
        st.floats(0, 12) | st.just(0.0),
        st.floats(20, 400),
        st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.5]),
        st.floats(0, 0.99),
        st.sampled_from(["", "3/4", "4/4"]),
    ),
    max_size=12,
)


@example(
    [
        Stretch(0.015625, 0.015625, 56.0, 0.046875, 3.0, ""),
        Stretch(0.125, 0.125, 20.0, 0.5, 1.0, ""),
        Stretch(1.0, 1.0, 20.0, 0.0, 1.0, ""),
    ],
    [0.0, 1.0],
)
@given(STRETCHES, st.lists(st.floats(0, 400), min_size=2, max_size=8))
def test_time_never_stands_still_or_runs_back(stretches: list[Stretch], times_s: list[float]) -> None:
    """Whatever overlaps, a later time has a later beat, the first 0 or later; a file can hold the tempos."""
    timeline = Timeline(stretches, 0.0)
    times_s = sorted(set(times_s))
    beats = [timeline.beat_at(time_s) for time_s in times_s]
    assert all(
        before < after or later - sooner < 1e-9
        for before, after, sooner, later in zip(beats, beats[1:], times_s, times_s[1:], strict=False)
    )
    assert timeline.beat_at(0.0) >= -1e-9
    assert all(3.6 < knot.bpm <= 1000.0 for knot in timeline.knots)
