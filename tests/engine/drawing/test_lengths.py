"""Which lengths fit: engine/drawing/lengths.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.lengths import Lengths

TABLE = (1 / 6, 0.25, 1 / 3, 0.5, 1.0, 1.5, 2.0, 4.0)
LENGTHS = Lengths(TABLE)


def fitting(shortest: float, longest: float, left: float | None = None, least_left: float = 0.0) -> list[float]:
    """Return the lengths that can be drawn."""
    return [
        length
        for length, nats in zip(TABLE, LENGTHS.bias(shortest, longest, left, least_left), strict=True)
        if np.isfinite(nats)
    ]


def test_within_bounds() -> None:
    """What lies between the bounds stays, they themselves included."""
    assert fitting(0.5, 1.5) == [0.5, 1.0, 1.5]


@given(st.floats(0.0, 6.0), st.floats(-1.0, 6.0), st.none() | st.floats(-1.0, 20.0), st.floats(0.0, 3.0))
def test_something_can_always_be_drawn(
    shortest: float, longest: float, left: float | None, least_left: float
) -> None:
    """However the bounds stand, one length is left."""
    assert fitting(shortest, longest, left, least_left)


@pytest.mark.parametrize(
    ("shortest", "longest", "expected"), [(0.6, 0.9, [0.5]), (0.0, 0.1, [1 / 6]), (5.0, 9.0, [4.0])]
)
def test_where_nothing_fits_the_longest_that_is_not_too_long_is_left(
    shortest: float, longest: float, expected: list[float]
) -> None:
    """Between two lengths the lower one is taken; below the table its shortest."""
    assert fitting(shortest, longest) == expected


def test_what_is_left_can_be_filled() -> None:
    """With a third gone of a beat only a third goes on; nothing is left that is shorter than asked."""
    thirds = Lengths((1 / 3, 0.5, 1.0))
    assert np.isfinite(thirds.bias(0.0, 2 / 3, left=2 / 3)).tolist() == [True, False, False]
    assert fitting(0.0, 1.0, left=1.0, least_left=0.5) == [1 / 6, 0.25, 1 / 3, 0.5, 1.0]
    assert fitting(0.0, 1.0, left=1.0, least_left=0.7) == [1 / 6, 0.25, 1.0]


def test_a_sum_is_kept_before_a_bound() -> None:
    """Where no length within the bounds leaves what can be filled, one outside them does."""
    thirds = Lengths((1 / 3, 0.5, 1.0))
    assert np.isfinite(thirds.bias(0.5, 2 / 3, left=2 / 3)).tolist() == [True, False, False]


def test_without_a_table_any_note_fills() -> None:
    """A checkpoint that draws no lengths can give a note any."""
    assert Lengths(()).single(0.123)
    assert not LENGTHS.single(0.123)
    assert LENGTHS.single(1 / 3)
