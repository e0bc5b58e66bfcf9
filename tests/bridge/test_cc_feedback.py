"""Values sent back as controllers: to whom, how often, and never before a note."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.bindings import Binding, Bindings
from bridge.cc_feedback import AT_ONCE, CcFeedback, knob_position
from bridge.controls import TABLE, Control, Controls
from bridge.events import ControlChange

Sent = list[tuple[float, tuple[int, ...]]]


def shown(controls: Controls) -> tuple[CcFeedback, Callable[..., None]]:
    feedback = CcFeedback(controls, Bindings({"temperature": Binding(20), "top_k": Binding(21)}))

    def move(name: str, value: object, source: str) -> None:
        feedback.on_control(name, controls.set(name, value), source)

    return feedback, move


def test_a_value_from_elsewhere_is_sent_to_its_knob() -> None:
    """As its place on the travel, on the channel that the knob was heard on, the first one before."""
    feedback, move = shown(Controls())
    move("temperature", 2.0, "preset")
    assert feedback.due(0.0) == [(0xB0, 20, 127)]
    feedback.take_echo(ControlChange(1.0, 20, 3, 4))
    move("temperature", 1.0, "osc")
    assert feedback.due(1.0) == [(0xB4, 20, 64)]


def test_a_knob_is_not_told_what_it_said() -> None:
    """Nor what it shows already, from us or by its own; what it was turned from is told again."""
    feedback, move = shown(Controls())
    move("temperature", 1.0, "preset")
    assert feedback.due(0.0)
    move("temperature", 2.0, "cc")
    assert not feedback.due(1.0)
    assert feedback.next_s() is None
    move("temperature", 2.0, "osc")
    assert not feedback.due(2.0)
    move("temperature", 1.0, "preset")
    assert feedback.due(3.0) == [(0xB0, 20, 64)]


def test_a_control_without_a_knob_is_told_to_none() -> None:
    """Only what a controller moves is sent."""
    feedback, move = shown(Controls())
    move("patience", 2.0, "osc")
    assert feedback.next_s() is None


def test_a_flood_is_told_thirty_times_a_second_and_its_end() -> None:
    """One control at most every thirtieth of a second; another does not wait for it."""
    feedback, move = shown(Controls())
    sent = []
    for millisecond in range(1000):
        move("temperature", millisecond / 500, "osc")
        sent += feedback.due(millisecond / 1000)
    assert 29 <= len(sent) <= 31
    move("top_k", 128, "osc")
    assert feedback.due(1.0) == [(0xB0, 21, 127)]
    assert feedback.due(1.04) == [(0xB0, 20, 127)]


def test_what_was_away_is_told_all() -> None:
    """A controller that is plugged in again shows nothing."""
    feedback, move = shown(Controls())
    move("temperature", 1.0, "preset")
    feedback.due(0.0)
    feedback.show_all()
    assert {message[1] for message in feedback.due(1.0)} == {20, 21}


def test_our_own_message_coming_back_is_no_turn() -> None:
    """Once each, and only soon: later somebody turns."""
    feedback, move = shown(Controls())
    move("temperature", 1.0, "preset")
    feedback.due(0.0)
    assert feedback.take_echo(ControlChange(0.1, 20, 64))
    assert not feedback.take_echo(ControlChange(0.1, 20, 64))
    move("temperature", 2.0, "preset")
    feedback.due(1.0)
    assert not feedback.take_echo(ControlChange(2.0, 20, 127))


def test_all_at_once_leave_a_few_at_a_time() -> None:
    """A preset that moves every control does not keep a note waiting for all of them."""
    controls = Controls()
    feedback = CcFeedback(
        controls, Bindings({control.name: Binding(place) for place, control in enumerate(TABLE)})
    )
    feedback.show_all()
    assert len(feedback.due(0.0)) == AT_ONCE
    assert feedback.next_s() == 0.0


def test_an_encoders_ring_follows_its_own_ticks_too() -> None:
    """It does not know where the value stands."""
    controls = Controls()
    feedback = CcFeedback(controls, Bindings({"temperature": Binding(20, "rel")}))
    feedback.on_control("temperature", controls.set("temperature", 2.0), "cc")
    assert feedback.due(0.0) == [(0xB0, 20, 127)]


def test_a_pair_is_told_in_both_halves() -> None:
    """The coarse one first."""
    controls = Controls()
    feedback = CcFeedback(controls, Bindings({"temperature": Binding(20, "14bit")}))
    feedback.on_control("temperature", controls.set("temperature", 1.0), "osc")
    assert feedback.due(0.0) == [(0xB0, 20, 64), (0xB0, 52, 0)]


@pytest.mark.parametrize("control", TABLE, ids=lambda control: control.name)
def test_a_knob_at_the_place_it_was_told_means_the_value(control: Control) -> None:
    """For a choice exactly, up to as many as a knob has places for; the ends are the knob's ends."""
    for place, choice in enumerate(control.choices):
        at = round(knob_position(control, choice) * 127)
        assert control.scale(at / 127) == choice
        assert place or at == 0
    ends = (control.choices[-1],) if control.choices else (control.high,)
    assert knob_position(control, ends[0]) == (1.0 if len(control.choices) != 1 else 0.0)
