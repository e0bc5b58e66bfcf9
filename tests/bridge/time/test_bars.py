"""Where in the bar a melody stands, whatever pauses lie between the turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.time.bars import Place, beats, place
from engine.notes import Metre, Note


def test_the_first_note_sets_the_upbeat() -> None:
    """A melody that begins on the fourth beat has an upbeat of three."""
    assert Place().metre(4.0) is None
    first = place([], 3.02, 4.0, None)
    assert first == Place(0.0, 3.0)
    assert first.metre(4.0) == Metre(4.0, 3.0)


def test_a_pause_between_turns_becomes_a_rest_modulo_the_bar() -> None:
    """After two beats from the downbeat, an entrance on the next bar's second beat has three beats of rest."""
    assert place([Note(60, 2.0)], 5.0, 4.0, 0.0).rest_beats == 3.0
    assert place([Note(60, 2.0)], 2.05, 4.0, 0.0).rest_beats == 0.0


@given(
    st.lists(st.sampled_from([0.25, 0.5, 0.75, 1.0, 1.5, 2.0]), min_size=1, max_size=12),
    st.integers(0, 200).map(lambda n: n / 4),
    st.integers(0, 100).map(lambda n: n / 4),
    st.sampled_from([2.0, 3.0, 4.0]),
)
def test_with_its_rest_an_entrance_stands_where_the_clock_says(
    durations: list[float], start: float, pause: float, bar: float
) -> None:
    """Upbeat, notes and rest add up to the clock's position modulo a bar."""
    notes = [Note(60, duration) for duration in durations]
    first = place([], start, bar, None)
    entrance = start + beats(notes) + pause
    second = place(notes, entrance, bar, first.upbeat_beats)
    assert second.upbeat_beats == first.upbeat_beats
    assert second.upbeat_beats is not None
    misses = (second.upbeat_beats + beats(notes) + second.rest_beats - entrance) % bar
    assert min(misses, bar - misses) == pytest.approx(0.0)
