"""How much of its time a note sounds: bridge/hearing/articulation.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hearing.articulation import STACCATO, sounding_shares, usual_share, written_length
from bridge.hearing.transcribe import PlayedNote

_STROKES = st.lists(st.tuples(st.floats(0.04, 3.0), st.floats(0.0, 1.5)), min_size=2, max_size=30)


def played(strokes: list[tuple[float, float]], scale: float = 1.0) -> list[PlayedNote]:
    """Return notes of (seconds to the next onset, share that sounds), at a tempo so many times as slow."""
    line, onset_s = [], 0.0
    for gap_s, share in strokes:
        line.append(PlayedNote(60, onset_s, onset_s + min(share, 1.0) * gap_s * scale, 80))
        onset_s += gap_s * scale
    return line


def test_shares_are_those_of_the_time_to_the_next_onset() -> None:
    """The last note has no next one and so no share; a note that still sounds sounds on to it."""
    assert sounding_shares(played([(0.5, 0.5), (1.0, 0.8), (0.5, 1.0)])) == pytest.approx([0.5, 0.8])
    assert sounding_shares([PlayedNote(60, 0.0, None, 80), PlayedNote(62, 1.0, None, 80)]) == [1.0]


def test_one_note_has_no_usual_share() -> None:
    """Nothing is known of how a player articulates before a second note."""
    assert usual_share([]) is None
    assert usual_share(played([(0.5, 0.5)])) is None


def test_a_breath_says_nothing_of_the_usual_share() -> None:
    """A gap of more than twice the usual one is left out, however little of it sounds."""
    strokes = [(0.5, 0.9), (3.0, 0.1), (0.5, 0.7), (3.0, 0.1), (0.5, 0.5), (0.5, 0.5)]
    assert usual_share(played(strokes)) == pytest.approx(0.7)


@given(_STROKES, st.floats(0.25, 4.0))
def test_articulation_does_not_hang_on_the_tempo(strokes: list[tuple[float, float]], scale: float) -> None:
    """The same playing twice as slow has the same shares and the same usual one, each above 0 and at most 1."""
    shares = sounding_shares(played(strokes))
    assert sounding_shares(played(strokes, scale)) == pytest.approx(shares)
    assert all(0.0 < share <= 1.0 for share in shares)
    usual = usual_share(played(strokes))
    assert usual is not None
    assert min(shares) <= usual <= max(shares)


@given(st.floats(0.001, 8.0), st.floats(STACCATO, 1.0), st.floats(0.05, 4.0))
def test_a_held_note_tells_its_length_by_its_sound(sounding: float, share: float, gap: float) -> None:
    """Who does not play staccato means a note as long as it sounds, over his usual share."""
    assert written_length(sounding, share, gap) == pytest.approx(sounding / share)


@given(st.floats(0.05, STACCATO), st.floats(0.05, 4.0))
def test_a_usual_note_is_as_long_as_the_usual_gap(share: float, gap: float) -> None:
    """A note that sounds its usual share of the usual gap fills it, be it ever so short."""
    assert written_length(share * gap, share, gap) == pytest.approx(gap)


@given(st.floats(0.001, 4.0), st.floats(0.001, 4.0), st.floats(0.05, 1.0), st.floats(0.05, 4.0))
def test_a_note_that_sounds_longer_is_no_shorter(one: float, other: float, share: float, gap: float) -> None:
    """The length meant grows with the sound, and is never less than it."""
    short, long = sorted((one, other))
    assert short <= written_length(short, share, gap) <= written_length(long, share, gap) * (1 + 1e-9)
