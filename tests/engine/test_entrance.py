"""Where an answer enters and how many bars it has: engine/entrance.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.entrance import breath_beats, entry_beat, unit_beats, whole_units

EIGHTHS = st.integers(0, 200).map(lambda count: count / 2)
BARS = st.sampled_from([1.5, 2.0, 3.0, 4.0, 5.0])


@pytest.mark.parametrize(("bar", "told", "unit"), [(4.0, False, 4.0), (6.0, False, 3.0), (8.0, True, 8.0)])
def test_a_long_bar_that_was_found_is_looked_at_in_halves(bar: float, told: bool, unit: float) -> None:
    """Told, it is taken as it is."""
    assert unit_beats(bar, told=told) == unit


@given(call=EIGHTHS, after=EIGHTHS, unit=BARS)
def test_an_answer_enters_at_the_first_place_that_fits(call: float, after: float, unit: float) -> None:
    """On the call's upbeat, or on a bar line where the call has none, within a unit of the call's end."""
    enters = entry_beat(call, after, unit)
    assert after - 1e-4 <= enters < after + unit
    upbeat = call % unit if call % unit >= unit / 2 else 0.0
    assert (enters - upbeat) % unit == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("call", "unit", "length", "beats"),
    [
        (7.0, 4.0, 1.0, 8.0),
        (9.0, 4.0, 1.0, 8.0),
        (10.0, 4.0, 1.0, 12.0),
        (0.5, 4.0, 1.0, 4.0),
        (8.0, 4.0, 0.5, 4.0),
        (4.0, 4.0, 0.25, None),
        (400.0, 4.0, 1.0, 64.0),
        (400.0, 100.0, 1.0, 100.0),
    ],
)
def test_an_answer_has_as_many_bars_as_its_call(
    call: float, unit: float, length: float, beats: float | None
) -> None:
    """A last note held over begins no other bar; too small a share of a bar is none; no answer is endless."""
    assert whole_units(call, unit, length) == beats


@pytest.mark.parametrize(
    ("call", "unit", "beats"),
    [
        (7.0, 4.0, 1.0),
        (6.0, 4.0, 2.0),
        (8.0, 4.0, 0.0),
        (5.5, 4.0, 0.0),  # two beats and a half are more than a breath
        (9.0, 4.0, 0.0),  # held over
        (2.5, 3.0, 0.5),
    ],
)
def test_a_breath_is_what_a_call_leaves_silent_of_its_last_unit(call: float, unit: float, beats: float) -> None:
    """Nothing where it fills it, is held over it or was over long before."""
    assert breath_beats(call, unit) == beats
