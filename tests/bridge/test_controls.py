"""The one table of controls: what it takes, what it refuses, how it scales."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.controls import TABLE, Control, Controls, cc_map, spelled_out
from engine.errors import UserError

NUMBERS = [control for control in TABLE if control.kind != "choice"]


@pytest.mark.parametrize("control", TABLE, ids=lambda control: control.name)
def test_every_default_is_allowed(control) -> None:  # type: ignore[no-untyped-def]
    """A control's default passes its own check and survives the way to 0..1 and back."""
    assert control.parse(control.default) == control.default
    if control.kind != "choice":
        assert control.scale(control.position(control.default)) == pytest.approx(control.default)
    assert control.sentence.endswith(".")


@pytest.mark.parametrize(
    "bad", [float("nan"), float("inf"), -math.inf, True, False, "rubbish", None, [], b"1", "", 1e400]
)
def test_what_is_no_number_is_refused_and_changes_nothing(bad: object) -> None:
    """NaN, infinities, booleans, strings of rubbish and blobs leave the old value."""
    controls = Controls()
    with pytest.raises(UserError, match=r"temperature.*refused.*from 0 to 2"):
        controls.set("temperature", bad)
    assert controls["temperature"] == 1.0


@pytest.mark.parametrize(("raw", "value"), [(7, 7), (7.0, 7), ("7", 7), (0, 0), (128, 128)])
def test_whole_numbers_may_come_as_floats(raw: object, value: int) -> None:
    """Surfaces that send every number as a float, and those that send ints, both set top_k."""
    assert Controls().set("top_k", raw) == value


@pytest.mark.parametrize(("raw", "value"), [(5.7, 6), (5.4, 5), (0.5, 1), ("7.2", 7), (127.6, 128)])
def test_a_whole_number_takes_the_nearest_to_what_a_fader_sends(raw: object, value: int) -> None:
    """A fader over OSC sends 5.7 for a number of notes: that is 6, and no mistake."""
    set_to = Controls().set("top_k", raw)
    assert (set_to, type(set_to)) == (value, int)


@pytest.mark.parametrize("raw", [-1, -0.4, 128.2, 129, 1e9])
def test_a_whole_number_out_of_range_is_refused(raw: object) -> None:
    """Rounding brings nothing into the range."""
    with pytest.raises(UserError):
        Controls().set("top_k", raw)


@given(st.sampled_from(NUMBERS), st.integers(0, 127))
def test_a_controller_sets_whole_steps(control: Control, position: int) -> None:
    """Whatever the curve, the 128 positions of a CC are multiples of the step, or an end of the range."""
    value = control.scale(position / 127)
    assert isinstance(value, int | float)
    assert control.parse(value) == value
    steps = value / control.step
    assert abs(steps - round(steps)) < 1e-6 or value in (control.low, control.high)


def test_the_middle_of_a_controller_is_a_round_value() -> None:
    """CC 64 leaves the patience at 1, not at 1.01098."""
    assert Controls().set("patience", 64 / 127, normalised=True) == 1.0


def test_choices_come_by_name_in_any_case_or_by_index() -> None:
    """A choice is its text or its position."""
    controls = Controls()
    assert controls.set("turn", "FIXED") == "fixed"
    assert controls.set("turn", 2) == "ask"
    for bad in ("sometimes", 5, -1, 0.5, float("nan"), float("inf"), True):
        with pytest.raises(UserError, match="one of adaptive, fixed"):
            controls.set("turn", bad)
    assert controls["turn"] == "ask"


def test_an_unknown_control_names_the_nearest() -> None:
    """A misspelt name is answered with the one that was meant."""
    with pytest.raises(UserError, match="did you mean 'temperature'"):
        Controls().set("temprature", 1)


def test_an_update_is_all_or_nothing() -> None:
    """When one of several values is refused, none is applied."""
    controls = Controls()
    with pytest.raises(UserError):
        controls.update({"temperature": 1.5, "top_k": -3})
    assert controls["temperature"] == 1.0


def test_no_two_controls_share_a_name_or_a_controller() -> None:
    """Names and CC numbers are unique."""
    assert len({control.name for control in TABLE}) == len(TABLE)
    assert len(cc_map()) == sum(control.cc is not None for control in TABLE)


@given(st.sampled_from(TABLE), st.floats(0, 1))
def test_every_position_of_the_travel_is_an_allowed_value(control, position: float) -> None:  # type: ignore[no-untyped-def]
    """0..1 never leaves the control's range, whatever its curve."""
    value = control.scale(position)
    assert control.parse(value) == value


@pytest.mark.parametrize(
    ("signature", "bar", "pulse"),
    [
        *(("4/4", 4.0, 1.0), ("3/4", 3.0, 1.0), ("6/8", 3.0, 1.5), (" 9 / 8 ", 4.5, 1.5), ("12/8", 6.0, 1.5)),
        *(("2/2", 4.0, 2.0), ("6/4", 6.0, 3.0), ("3/2", 6.0, 2.0), ("3/8", 1.5, 0.5), ("2/1", 8.0, 4.0)),
        *(("5/4", 5.0, 1.0), ("5/8", 2.5, 0.0), ("7/8", 3.5, 0.0)),
    ],
)
def test_a_time_signature_tells_the_bar_and_its_pulse(signature: str, bar: float, pulse: float) -> None:
    """As players write it; the beats of uneven bars are not told, and a pulse that is told beside it holds."""
    controls = Controls()
    controls.update({"bar": signature})
    assert (controls["bar"], controls["pulse"]) == (bar, pulse)
    controls.update({"pulse": 0.25, "bar": signature})
    assert controls["pulse"] == 0.25


@pytest.mark.parametrize("wrong", ["4/3", "0/4", "13/4", "/", "4/", "6/8/2", "-6/8", "x/8", "６/８"])
def test_what_is_no_time_signature_is_refused_as_it_was_written(wrong: str) -> None:
    """A bar that cannot be read, or is too long, changes nothing, the pulse neither."""
    controls = Controls()
    assert spelled_out({"bar": wrong}) == {"bar": wrong}
    with pytest.raises(UserError, match=r"bar: .*refused"):
        controls.update({"bar": wrong})
    assert (controls["bar"], controls["pulse"]) == (0.0, 0.0)
