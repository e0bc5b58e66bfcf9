"""Leaning on the key: engine/drawing/key.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.key import key_bias

C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
_KEYS = st.one_of(st.none(), st.tuples(st.integers(0, 11), st.sets(st.integers(0, 11), min_size=1).map(tuple)))
_PITCHES = st.integers(0, 127)
_CALLS = st.lists(_PITCHES, max_size=20)


@given(_KEYS, _CALLS)
def test_lock_0_changes_nothing(key: tuple[int, tuple[int, ...]] | None, call: list[int]) -> None:
    """At lock 0 every pitch gets exactly 0."""
    assert not key_bias(key, 0.0, call).any()


@given(_KEYS.filter(bool), _CALLS)
def test_lock_1_lets_nothing_outside_the_scale(key: tuple[int, tuple[int, ...]], call: list[int]) -> None:
    """At lock 1 exactly the scale's pitch classes are possible, whatever the call had."""
    bias = key_bias(key, 1.0, call)
    assert {pitch % 12 for pitch in np.flatnonzero(np.isfinite(bias))} == set(key[1])
    assert not bias[np.isfinite(bias)].any()


def test_the_lean_grows_with_the_lock() -> None:
    """A note outside loses more the higher the lock, and one inside never loses."""
    losses = [key_bias(C_MAJOR, lock)[61] for lock in (0.0, 0.1, 0.3, 0.5, 0.9, 1.0)]
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == len(losses)
    assert all(key_bias(C_MAJOR, lock)[60] == 0.0 for lock in (0.0, 0.3, 1.0))


def test_chromatic_notes_of_the_player_are_not_punished() -> None:
    """Below lock 1 a pitch class that the call used loses nothing in any octave."""
    bias = key_bias(C_MAJOR, 0.9, [60, 66, 67])
    assert bias[66] == bias[54] == 0.0
    assert bias[61] < 0.0


@pytest.mark.parametrize("lock", [-0.1, 1.5, float("nan")])
def test_a_lock_outside_its_range_is_refused(lock: float) -> None:
    """Locks outside 0..1 raise a ValueError that says the range."""
    with pytest.raises(ValueError, match="0 to 1"):
        key_bias(C_MAJOR, lock)
