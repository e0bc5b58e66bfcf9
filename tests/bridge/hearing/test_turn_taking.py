"""Whose turn it is, as a pure rule over what was played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hearing.transcribe import PlayedNote
from bridge.hearing.turn_taking import Heard, Waiting, adaptive_wait_s, passes_at_s


def played(onsets_s: Sequence[float], ends_s: Sequence[float] | None = None) -> tuple[PlayedNote, ...]:
    """Return notes that end where it is said, or else at the next onset, the last one soon."""
    ends_s = ends_s or (*onsets_s[1:], onsets_s[-1] + 0.3)
    return tuple(PlayedNote(60, onset, end, 80) for onset, end in zip(onsets_s, ends_s, strict=True))


EVEN_S = (0.0, 0.5, 1.0, 1.5)
EVEN = played(EVEN_S)


def test_nothing_played_passes_no_turn() -> None:
    """Silence alone is no call."""
    assert passes_at_s(Heard((), None, False), Waiting()) is None


def test_a_held_key_keeps_the_turn() -> None:
    """While a note is held the phrase has not ended."""
    assert passes_at_s(Heard(EVEN, None, True), Waiting()) is None


def test_a_key_held_for_ever_does_not_make_the_bridge_mute() -> None:
    """Once a held key no longer counts, the wait runs from hold_max after its onset."""
    waiting = Waiting(mode="fixed", fixed_s=0.6, hold_max_s=4.0)
    assert passes_at_s(Heard(EVEN, None, False), waiting) == pytest.approx(1.5 + 4.0 + 0.6)


def test_a_fixed_wait_runs_from_the_last_release() -> None:
    """In fixed mode the turn passes the set time after the last note-off."""
    assert passes_at_s(Heard(EVEN, 1.9, False), Waiting(mode="fixed", fixed_s=0.8)) == pytest.approx(2.7)


def test_only_when_asked_means_never_by_itself() -> None:
    """In ask mode no wait passes the turn."""
    assert passes_at_s(Heard(EVEN, 1.9, False), Waiting(mode="ask")) is None


def test_in_bars_mode_the_bars_decide() -> None:
    """In bars mode the turn passes when the listening bars are over, whatever is held."""
    assert passes_at_s(Heard(EVEN, None, True), Waiting(mode="bars"), bar_end_s=4.0) == 4.0


def heard(phrase_end: float | None, onsets: Sequence[float] = EVEN_S, **more: Any) -> Heard:
    """A call without gaps that was released 0.3 s after its last onset."""
    return Heard(played(onsets), onsets[-1] + 0.3, False, phrase_end, **more)


def test_a_sure_phrase_end_waits_less() -> None:
    """The surer the model that the phrase has ended, the shorter the wait."""
    waits = [adaptive_wait_s(heard(p), Waiting()) for p in (0.0, 0.3, 0.6, 1.0)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > waits[-1]


def test_a_slow_phrase_waits_longer() -> None:
    """The player's own pace scales the wait."""
    slow = tuple(2 * onset for onset in EVEN_S)
    slowly = Heard(played(slow), slow[-1] + 0.6, False, 0.5)
    assert adaptive_wait_s(slowly, Waiting()) > adaptive_wait_s(heard(0.5), Waiting())


def test_more_patience_waits_longer() -> None:
    """The control scales how sure the end must be."""
    waits = [adaptive_wait_s(heard(0.3), Waiting(patience=patience)) for patience in (0.25, 0.5, 1.0, 2.0, 4.0)]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_a_call_as_long_as_the_ones_before_waits_less_than_one_that_is_shorter() -> None:
    """Players trade phrases of equal length."""
    waits = [adaptive_wait_s(heard(0.2, beats=beats, usual_beats=(8.0, 8.0)), Waiting()) for beats in (8.0, 4.0)]
    assert waits[0] < waits[1]


def test_a_call_that_closes_a_pair_of_bars_waits_less_than_one_that_does_not() -> None:
    """Phrases have an even number of bars; one bar, bars that are still open and unknown ones tell nothing."""
    closed, unknown, open_, one = (
        adaptive_wait_s(heard(0.2, beats=8.0, bar_beats=bar), Waiting()) for bar in (4.0, None, 3.0, 8.0)
    )
    assert closed < unknown
    assert open_ == one == unknown


@pytest.mark.parametrize("late_s", [-0.03, 0.03])
def test_by_a_clock_the_next_note_is_due_where_it_is_written(late_s: float) -> None:
    """A last note that was struck late leaves less time to the next one, an early one more."""
    onsets = [0.5 * index for index in range(12)]
    usual_s, other_s = (
        adaptive_wait_s(heard(0.9, onsets, beat_s=0.5, late_s=late), Waiting()) for late in (0.0, late_s)
    )
    assert other_s == pytest.approx(usual_s - late_s, abs=0.01)


def test_a_last_note_far_off_its_place_was_not_meant_for_it() -> None:
    """Who plays across the clock is not expected on it: so much lateness counts, and no more."""
    onsets = [0.5 * index for index in range(12)]
    waits = [adaptive_wait_s(heard(0.9, onsets, beat_s=0.5, late_s=late_s), Waiting()) for late_s in (0.1, 0.4)]
    assert waits[0] == waits[1]


def test_a_legato_player_is_answered_sooner() -> None:
    """After a note of the same written length: who leaves no gaps will leave none before the next note."""
    onsets = [0.5 * index for index in range(12)]
    legato = Heard(played(onsets, [onset + 0.48 for onset in onsets]), 5.98, False, 0.4)
    detached = Heard(played(onsets, [onset + 0.25 for onset in onsets]), 5.75, False, 0.4)
    assert adaptive_wait_s(legato, Waiting()) < adaptive_wait_s(detached, Waiting())


@pytest.mark.parametrize("share", [0.55, 0.7, 0.9])
def test_while_the_next_note_may_still_be_due_a_likely_end_does_not_pass_the_turn(share: float) -> None:
    """Even quarters, known as such: however detached, the next one is due on the beat and not before."""
    onsets = [0.5 * index for index in range(16)]
    line = played(onsets, [onset + 0.5 * share for onset in onsets])
    passes_s = passes_at_s(Heard(line, line[-1].end_s, False, 0.9, beat_s=0.5), Waiting())
    assert passes_s is not None
    assert passes_s > 8.0


@given(st.floats(0.3, 1.5), st.sampled_from((0.5, 1.0, 2.0)))
def test_how_the_beat_is_counted_matters_little_to_even_playing(beat_s: float, factor: float) -> None:
    """Eighths read as quarters or sixteenths are due at the same time; only rarer values behind them differ."""
    onsets = [beat_s * index for index in range(10)]
    line = played(onsets, [onset + 0.8 * beat_s for onset in onsets])
    waiting = Waiting(max_s=10.0)
    usual_s, other_s = (
        adaptive_wait_s(Heard(line, line[-1].end_s, False, 0.5, beat_s=beat), waiting)
        for beat in (beat_s, factor * beat_s)
    )
    assert other_s == pytest.approx(usual_s, abs=0.5 * beat_s)


def test_one_note_is_waited_for_longest() -> None:
    """A single note is seldom a phrase."""
    assert adaptive_wait_s(heard(None, (0.0,)), Waiting()) > 1.0


_CALLS = st.lists(st.tuples(st.floats(0.05, 3.0), st.floats(0.05, 1.0)), min_size=1, max_size=30)
_OPINIONS = st.none() | st.floats(0, 1)
_LENGTHS = st.lists(st.floats(0.1, 500), max_size=5)


def called(strokes: Sequence[tuple[float, float]], phrase_end: float | None, **more: Any) -> Heard:
    """A call of (seconds to the next onset, share of it that sounds), released at the last note's end."""
    line, onset_s = [], 0.0
    for gap_s, share in strokes:
        line.append(PlayedNote(60, onset_s, onset_s + share * gap_s, 80))
        onset_s += gap_s
    return Heard(line, line[-1].end_s, False, phrase_end, **more)


@given(_CALLS, _OPINIONS, st.floats(0.25, 4), st.none() | st.floats(0.1, 500), _LENGTHS, _LENGTHS)
def test_the_adaptive_wait_stays_between_its_bounds(
    strokes: list[tuple[float, float]],
    p: float | None,
    patience: float,
    beats: float | None,
    usual: list[float],
    spans_s: list[float],
) -> None:
    """Whatever is played, the wait lies between the short and the long bound."""
    waiting = Waiting(patience=patience)
    call = called(strokes, p, beats=beats, usual_beats=usual, usual_spans_s=spans_s)
    assert waiting.min_s <= adaptive_wait_s(call, waiting) <= waiting.max_s


_BISECTED_S = 0.002


@given(_CALLS, _OPINIONS, st.floats(0.25, 4), st.floats(0.25, 4))
def test_patience_never_shortens_the_wait(
    strokes: list[tuple[float, float]], p: float | None, one: float, other: float
) -> None:
    """Of two patiences the greater waits at least as long, whatever was played."""
    less, more = sorted((one, other))
    call = called(strokes, p)
    short_s, long_s = (adaptive_wait_s(call, Waiting(patience=patience)) for patience in (less, more))
    assert short_s <= long_s + _BISECTED_S


@given(_CALLS, st.floats(0, 1), st.floats(0, 1), st.floats(0.25, 4))
def test_a_surer_end_never_lengthens_the_wait(
    strokes: list[tuple[float, float]], one: float, other: float, patience: float
) -> None:
    """Of two opinions the surer one of the end waits no longer, whatever was played."""
    less, more = sorted((one, other))
    long_s, short_s = (adaptive_wait_s(called(strokes, p), Waiting(patience=patience)) for p in (less, more))
    assert short_s <= long_s + _BISECTED_S


@given(_CALLS, st.sampled_from(["adaptive", "fixed", "free"]), st.floats(0.0, 100.0), _OPINIONS)
def test_when_it_was_played_makes_no_difference(
    strokes: list[tuple[float, float]], mode: str, later_s: float, p: float | None
) -> None:
    """The same call played later passes as much later."""
    now = called(strokes, p)
    line = [
        PlayedNote(note.pitch, note.onset_s + later_s, (note.end_s or 0.0) + later_s, note.velocity)
        for note in now.line
    ]
    then = Heard(line, (now.last_off_s or 0.0) + later_s, False, p)
    passes_s, later_passes_s = (passes_at_s(call, Waiting(mode=mode)) for call in (now, then))
    assert passes_s is not None
    assert later_passes_s == pytest.approx(passes_s + later_s, abs=2 * _BISECTED_S)
