"""Knobs: what a controller moves, and when it may."""

from __future__ import annotations

import pytest

from bridge.bindings import Binding, Bindings
from bridge.controls import Controls
from bridge.events import ControlChange, SetControl
from bridge.knobs import Knobs
from bridge.observers import Announcer
from tests.stage import Stage, Witness

BOUND = {
    "temperature": Binding(20),
    "turn": Binding(14),
    "top_k": Binding(21, "rel"),
    "grid": Binding(22, "rel64"),
    "patience": Binding(23, "rel"),
    "offset": Binding(3, "14bit"),
}
NUMBERS = {number: name for name, each in BOUND.items() for number in each.numbers}


class Desk:
    """Turn knobs over a table of controls, as a session would."""

    def __init__(self, takeover: str = "soft", chosen: tuple[str, ...] = ()) -> None:
        self.controls, self.witness = Controls(), Witness()
        announce = Announcer([self.witness])
        self.knobs = Knobs(self.controls, announce, Bindings(BOUND), takeover, chosen)

    def turn(self, number: int, *values: int) -> list[object]:
        """Return what the control holds after each position of its knob."""
        held: list[object] = []
        for value in values:
            move = self.knobs.turn(ControlChange(0.0, number, value))
            if isinstance(move, SetControl):
                self.move(move)
            held.append(self.controls[NUMBERS[number]])
        return held

    def move(self, move: SetControl) -> None:
        value = self.controls.set(move.name, move.value, normalised=move.normalised)
        self.knobs.on_control(move.name, value, move.source)

    def elsewhere(self, name: str, value: object, source: str = "preset") -> None:
        self.move(SetControl(0.0, name, value, source))


def test_a_value_that_nobody_chose_waits_for_no_knob() -> None:
    """At the start a knob moves its control at once, wherever it stands."""
    assert Desk().turn(20, 0, 127) == [0.0, 2.0]


def test_a_knob_without_a_control_moves_nothing() -> None:
    """A controller that is not in the map is none of ours."""
    assert Desk().knobs.turn(ControlChange(0.0, 90, 64)) is None


@pytest.mark.parametrize("source", ["preset", "osc", "key", "take", "checkpoint"])
def test_a_value_from_elsewhere_holds_until_the_knob_has_passed_it(source: str) -> None:
    """Whatever moved the control, its knob takes it only by coming to the value, from either side."""
    desk = Desk()
    desk.turn(20, 0)
    desk.elsewhere("temperature", 1.0, source)
    assert desk.turn(20, 10, 40, 70, 30) == [1.0, 1.0, 1.1, 0.47]
    desk.elsewhere("temperature", 0.2, source)
    assert desk.turn(20, 31, 20, 9, 20) == [0.2, 0.2, 0.14, 0.31]


def test_a_knob_that_stands_at_the_value_has_it() -> None:
    """Also where the value lies between two of its positions, and at both ends."""
    for held, at in ((1.003, 64), (2.0, 127), (0.0, 0)):
        desk = Desk(chosen=("temperature",))
        desk.elsewhere("temperature", held)
        desk.turn(20, at)
        assert desk.knobs.turn(ControlChange(0.0, 20, at)) is not None
        assert not desk.witness.logs


def test_a_knob_never_seen_takes_nothing_it_has_not_reached() -> None:
    """A preset at the start is somebody's choice: the first turn tells only where the knob stands."""
    desk = Desk(chosen=("temperature",))
    assert desk.turn(20, 100, 90, 60) == [1.0, 1.0, 0.94]


def test_the_same_value_from_elsewhere_parts_nothing() -> None:
    """A value that is asked for, or set to what holds, leaves the knob in charge."""
    desk = Desk()
    held = desk.turn(20, 100)[0]
    desk.elsewhere("temperature", held, "osc")
    assert desk.turn(20, 20) == [0.31]


def test_a_choice_is_taken_by_the_position_that_means_it() -> None:
    """Of five choices each is a fifth of the travel; a button's 127 and 0 pass them all."""
    desk = Desk()
    desk.turn(14, 0)
    desk.elsewhere("turn", "bars")
    assert desk.turn(14, 30, 60, 80, 127) == ["bars", "bars", "bars", "free"]
    desk.elsewhere("turn", "ask")
    assert desk.turn(14, 0) == ["adaptive"]


def test_by_jump_a_knob_moves_at_once() -> None:
    """As a DAW's automation lane needs it, whose steps pass nothing."""
    desk = Desk("jump", chosen=("temperature",))
    desk.elsewhere("temperature", 1.0)
    assert desk.turn(20, 10) == [0.16]


def test_a_waiting_knob_is_told_once() -> None:
    """Who turns a knob in vain learns why, once until the control moves again from elsewhere."""
    desk = Desk()
    desk.elsewhere("temperature", 0.2)
    desk.turn(20, 100, 101, 102)
    assert desk.witness.logs == ["temperature stays at 0.2 until CC 20 comes to it, from 1.57"]
    desk.elsewhere("temperature", 0.3)
    desk.turn(20, 103)
    assert len(desk.witness.logs) == 2


def test_an_encoder_moves_from_where_the_control_is() -> None:
    """Tick by tick, whatever moved it before; at the ends nothing winds up."""
    desk = Desk()
    assert desk.turn(21, 1, 1, 127, 3) == [21, 22, 21, 24]
    desk.elsewhere("top_k", 100)
    assert desk.turn(21, 127, 0, 63, 127) == [99, 99, 128, 127]


def test_ticks_smaller_than_a_step_add_up() -> None:
    """On a curve a tick may be less than a step: many still lead from end to end, and the same way back."""
    desk = Desk()
    desk.elsewhere("patience", 0.25)
    values = desk.turn(23, *[1] * 127)
    assert values[-1] == 4.0
    assert len(set(values)) > 40
    assert desk.turn(23, *[127] * 127)[-1] == 0.25


def test_a_tick_is_the_next_choice() -> None:
    """By offset from 64 as well."""
    assert Desk().turn(22, 65, 66, 64, 63, 0) == ["bar", "off", "off", "sixteenth", "beat"]


def test_a_pair_moves_finely_and_is_taken_over_softly() -> None:
    """500 ms in 16384 places, a step is a whole one; after a preset it must come to the value like any knob."""
    desk = Desk()
    assert desk.turn(3, 64) == [2.0]
    assert desk.turn(35, 0, 33) == [0.0, 1.0]
    desk.elsewhere("offset", 100.0)
    assert desk.turn(35, 60) == [100.0]
    assert desk.turn(3, 80, 96) == [100.0, 125.0]


def test_in_a_session_a_key_parts_a_knob_and_its_control() -> None:
    """The session tells its knobs of every value."""
    stage = Stage()
    stage.controller(20, 127)
    stage.run(0.1)
    stage.do(SetControl(0.1, "temperature", 0.5, "key"))
    stage.run(0.2)
    stage.controller(20, 120)
    stage.run(0.3)
    assert stage.session.controls["temperature"] == 0.5
    stage.controller(20, 10)
    stage.run(0.4)
    assert stage.session.controls["temperature"] == pytest.approx(0.16)
