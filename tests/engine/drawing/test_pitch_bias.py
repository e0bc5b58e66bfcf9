"""Key, range and register together: engine/drawing/pitch_bias.py."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.pitch_bias import pitch_bias, range_bias

C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
_KEYS = st.one_of(st.none(), st.tuples(st.integers(0, 11), st.sets(st.integers(0, 11), min_size=1).map(tuple)))
_PITCHES = st.integers(0, 127)
_CALLS = st.lists(_PITCHES, max_size=20)
_RANGES = st.tuples(_PITCHES, _PITCHES)
_LOCKS = st.floats(0.0, 1.0)


@given(_RANGES)
def test_a_range_is_hard_and_takes_either_order(ends: tuple[int, int]) -> None:
    """Exactly the pitches between the two ends are possible."""
    expected = list(range(min(ends), max(ends) + 1))
    assert np.flatnonzero(np.isfinite(range_bias(*ends))).tolist() == expected


@given(_KEYS, _LOCKS, _CALLS, _RANGES, st.integers(0, 116), st.integers(0, 60))
def test_something_is_always_possible_and_reachable(
    key: tuple[int, tuple[int, ...]] | None,
    lock: float,
    call: list[int],
    ends: tuple[int, int],
    lowest: int,
    width: int,
) -> None:
    """Whatever key, lock, range and vocabulary: some pitch is finite, none is outside the vocabulary."""
    available = (lowest, min(127, lowest + width))
    bias = pitch_bias(key, lock, call, low=ends[0], high=ends[1], available=available)
    possible = np.flatnonzero(np.isfinite(bias))
    assert possible.size
    assert available[0] <= possible.min()
    assert possible.max() <= available[1]
    assert not np.isnan(bias).any()


@given(_KEYS.filter(bool), _CALLS, _RANGES)
def test_lock_1_holds_in_any_range(
    key: tuple[int, tuple[int, ...]], call: list[int], ends: tuple[int, int]
) -> None:
    """At lock 1 no pitch outside the scale is possible, even where the range has none inside it."""
    bias = pitch_bias(key, 1.0, call, low=ends[0], high=ends[1])
    assert {pitch % 12 for pitch in np.flatnonzero(np.isfinite(bias))} <= set(key[1])


def test_a_range_between_two_notes_of_the_key_takes_the_nearest() -> None:
    """Locked to C major with only C sharp in range: C and D, not silence."""
    bias = pitch_bias(C_MAJOR, 1.0, low=61, high=61)
    assert np.flatnonzero(np.isfinite(bias)).tolist() == [60, 62]


def test_a_range_beyond_the_vocabulary_takes_its_nearest_octave() -> None:
    """A range that the checkpoint cannot reach leaves the vocabulary's octave next to it."""
    bias = pitch_bias(None, 0.0, low=110, high=120, available=(36, 96))
    assert np.flatnonzero(np.isfinite(bias)).tolist() == list(range(85, 97))


def test_a_set_range_overrules_the_call_s_register() -> None:
    """With a range set the call's register does not lean; without one it does."""
    assert not pitch_bias(None, 0.0, [60, 67], low=72, high=96)[72:97].any()
    assert pitch_bias(None, 0.0, [60, 67])[96] < 0.0
