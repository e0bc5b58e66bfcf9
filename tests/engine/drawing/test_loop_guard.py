"""Leading out of loops: engine/drawing/loop_guard.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.loop_guard import loop_bias, looping_pitches


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_a_loop_is_seen_after_eight_repeated_notes(period: int) -> None:
    """A figure of 1 to 4 notes counts as a loop when 8 notes equal those before, and not one note earlier."""
    figure = [60, 64, 67, 71][:period]
    history = [figure[i % period] for i in range(8 + period)]
    assert figure[len(history) % period] in looping_pitches([50, *history])
    assert not looping_pitches([50, *history[1:]])


def test_no_loop_no_bias() -> None:
    """A melody without a loop is left alone, and so is a loop at strength 0."""
    assert loop_bias(list(range(60, 80)), 1.0) is None
    assert loop_bias([60] * 20, 0.0) is None


@given(st.floats(0.01, 1.0))
def test_damping_grows_with_strength(strength: float) -> None:
    """The pitch of the loop alone is damped, in proportion to the strength."""
    bias = loop_bias([60] * 20, strength)
    assert bias is not None
    assert np.flatnonzero(bias).tolist() == [60]
    assert bias[60] == pytest.approx(-8.0 * strength)
