"""Averages of nothing are no number."""

from __future__ import annotations

import math

from engine.planning.rules.averages import mean, share


def test_of_something_an_average_is_told() -> None:
    """One of four is a quarter; the mean of 1 and 2 lies between them."""
    assert share([True, False, False, False]) == 0.25
    assert mean([1.0, 2.0]) == 1.5


def test_of_nothing_nothing_is_told() -> None:
    """A melody without a step has no share of leaps: NaN counts neither for nor against."""
    assert math.isnan(share([]))
    assert math.isnan(mean([]))
