"""Leaning on the call's register: engine/drawing/register.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.register import free_range, register_bias

_PITCHES = st.lists(st.integers(0, 127), min_size=1, max_size=40)


@given(_PITCHES)
def test_the_call_s_own_register_is_free(pitches: list[int]) -> None:
    """No pitch of the call, and none within a fourth of it, loses anything."""
    bias = register_bias(pitches)
    assert not bias[max(0, min(pitches) - 5) : max(pitches) + 6].any()


@given(st.lists(st.integers(40, 80), min_size=1), st.integers(-12, 12))
def test_the_register_moves_with_the_call(pitches: list[int], semitones: int) -> None:
    """Transposing a call transposes its register."""
    here, there = register_bias(pitches), register_bias([pitch + semitones for pitch in pitches])
    for pitch in range(12, 116):
        assert here[pitch] == pytest.approx(there[pitch + semitones])


def test_far_octaves_lose_more() -> None:
    """The slope falls away on both sides of the call."""
    bias = register_bias([60, 64, 67])
    assert np.all(np.diff(bias[67:]) <= 0.0)
    assert np.all(np.diff(bias[:60]) >= 0.0)
    assert bias[96] < bias[84] < 0.0


def test_a_call_of_one_note_leaves_an_octave_free() -> None:
    """However narrow the call, more than an octave is free around it."""
    assert free_range([60]) == (53, 67)


def test_without_a_call_there_is_no_register() -> None:
    """No call, no lean."""
    assert not register_bias([]).any()
