"""Controls and actions by number: what a host shows is what is set, and what holds is shown."""

from __future__ import annotations

import pytest

from bridge.actions import ActionRow
from bridge.controls import Control
from bridge.events import Action, Complaint, SetControl
from bridge.ports.osc_numbers import NUMBERED, numbered_event, numbered_position

NUMBERS = {row.name: number for number, row in enumerate(NUMBERED, start=1)}


def event(name: str, *arguments: object) -> object:
    return numbered_event(f"param/{NUMBERS[name]}", arguments, 3.0)


def test_a_control_is_set_by_the_text_that_its_host_shows() -> None:
    """A number in its own units, a choice by its name; the table of controls judges both."""
    assert event("temperature", " 0.90 ") == SetControl(3.0, "temperature", "0.90", "osc")
    assert event("turn", "ask") == SetControl(3.0, "turn", "ask", "osc")


def test_an_action_is_asked_for_by_now() -> None:
    """The slider's other name does nothing."""
    assert event("answer", "now") == Action(3.0, "answer", "osc")
    assert event("answer", "-") is None


@pytest.mark.parametrize("arguments", [(), ("",), ("  ",), (0.5,), ("1", "2")])
def test_an_empty_slot_and_a_position_say_nothing(arguments: tuple[object, ...]) -> None:
    """A host without the effect sends empty texts for each; none of them may move a control."""
    assert event("temperature", *arguments) is None
    assert numbered_event("param/1/norm", (0.0,), 3.0) is None


@pytest.mark.parametrize("number", ["0", str(len(NUMBERED) + 1), "x", "-1", ""])
def test_a_number_that_nothing_has_is_complained_of(number: str) -> None:
    """It says which there are."""
    said = numbered_event(f"param/{number}", ("1",), 3.0)
    assert isinstance(said, Complaint)
    assert f"1 to {len(NUMBERED)}" in said.text


@pytest.mark.parametrize("row", [row for row in NUMBERED if isinstance(row, Control)], ids=lambda row: row.name)
def test_a_position_divides_the_range_in_equal_parts(row: Control) -> None:
    """Without the curve: 0 at the low end, 1 at the high, and the default between as a straight line has it."""
    ends = row.choices if row.kind == "choice" else (row.low, row.high)
    for value, place in ((ends[0], 0.0), (ends[-1], 1.0)):
        assert numbered_position(row, value) == (f"param/{NUMBERS[row.name]}/norm", place)


def test_what_has_no_number_is_passed_over() -> None:
    """A control whose choices are not known yet; an action that needs an argument."""
    assert not any(isinstance(row, Control) and row.open for row in NUMBERED)
    assert not any(isinstance(row, ActionRow) and row.argument for row in NUMBERED)
