"""Values sent back as controllers: to whom, how often, and never before a note."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.bindings import Binding, Bindings
from bridge.cc_feedback import AT_ONCE, CcFeedback, knob_position
from bridge.config import Config
from bridge.controls import TABLE, Control, Controls
from bridge.events import ControlChange, PortsChanged, SetControl
from tests.stage import Stage

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


def stage(**settings: object) -> Stage:
    return Stage(config=Config(seed=1, **settings))  # type: ignore[arg-type]


def controllers(sent: Sent) -> list[tuple[int, ...]]:
    return [message for _, message in sent if message[0] & 0xF0 == 0xB0 and message[1] not in (64, 120, 123)]


def test_it_is_off_unless_asked_for() -> None:
    """An instrument behind the output would take these for its own controllers."""
    for settings, expected in (({}, []), ({"cc_feedback": "on"}, [(0xB0, 20, 32)])):
        played = stage(**settings)
        played.do(SetControl(0.0, "temperature", 0.5, "osc"))
        played.run(0.1)
        assert controllers(played.sent) == expected


def test_at_the_start_all_rings_are_lit_and_after_a_cable_again() -> None:
    """Ten controllers by the table."""
    played = stage(cc_feedback="on")
    played.session.start(0.0)
    played.run(0.2)
    assert len(controllers(played.sent)) == 10
    played.do(PortsChanged(0.2, True, "back"))
    played.run(0.4)
    assert len(controllers(played.sent)) == 20


def test_a_note_goes_first() -> None:
    """Within three milliseconds before a note nothing is told, however much waits; the rest of the time it is."""
    names = ["patience", "wait_min", "wait_max", "hold_max", "turn_bars"]  # none that has an answer drawn again
    played = stage(cc_feedback="on", cc={name: 20 + place for place, name in enumerate(names)})
    played.play([(0.0, 0.4, 60), (0.5, 0.9, 62)])
    for turn in range(430):
        played.do(SetControl(played.clock(), names[turn % 5], turn % 100 / 99, "osc", normalised=True))
        played.run(played.clock() + 0.007)
    told_s = [time_s for time_s, message in played.sent if message[0] & 0xF0 == 0xB0 and 20 <= message[1] < 30]
    notes_s = [time_s for time_s, message in played.sent if message[0] & 0xF0 in (0x80, 0x90)]
    assert len(told_s) > 300
    assert len(notes_s) == 8
    assert not [1 for note_s in notes_s for each_s in told_s if note_s - 0.0025 < each_s < note_s]


def test_a_loop_through_the_daw_moves_nothing() -> None:
    """What was sent and comes back is not taken for a knob: 0.123 would become what a knob can say."""
    played = stage(cc_feedback="on")
    played.do(SetControl(0.0, "temperature", 0.123, "osc"))
    played.run(0.1)
    (message,) = controllers(played.sent)
    played.do(ControlChange(0.1, message[1], message[2], message[0] & 0xF))
    played.run(0.2)
    assert played.session.controls["temperature"] == 0.123
