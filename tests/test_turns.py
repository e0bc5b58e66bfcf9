"""Whose turn it is, as a pure rule over what was played."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.turns import Heard, Waiting, adaptive_wait_s, passes_at_s

EVEN = (0.0, 0.5, 1.0, 1.5)


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


def test_a_sure_phrase_end_waits_less() -> None:
    """The surer the model that the phrase has ended, the shorter the wait."""
    waits = [adaptive_wait_s(p, EVEN, Waiting()) for p in (0.0, 0.3, 0.6, 1.0)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > waits[-1]


def test_a_slow_phrase_waits_longer() -> None:
    """The player's own pace scales the wait."""
    slow = tuple(2 * onset for onset in EVEN)
    assert adaptive_wait_s(0.5, slow, Waiting()) > adaptive_wait_s(0.5, EVEN, Waiting())


@given(
    st.none() | st.floats(0, 1),
    st.lists(st.floats(0, 60), min_size=1, max_size=30).map(sorted),
    st.floats(0.25, 4),
)
def test_the_adaptive_wait_stays_between_its_bounds(p: float | None, onsets: list[float], patience: float) -> None:
    """Whatever is played, the wait lies between the short and the long bound."""
    waiting = Waiting(patience=patience)
    assert waiting.min_s <= adaptive_wait_s(p, onsets, waiting) <= waiting.max_s
