"""Keys that move controls: every control by steps a player can use, within its range, and back."""

from __future__ import annotations

import pytest

from bridge.controls import TABLE, Control, Controls
from bridge.events import Action, SetControl
from bridge.views.steering import ACTION_KEYS, HINTS, SHORT, Steering, moved

NUMBERS = [control for control in TABLE if control.kind != "choice"]


def named(name: str) -> Control:
    return Controls().find(name)


@pytest.mark.parametrize("steps", [40, 200])
@pytest.mark.parametrize("control", NUMBERS, ids=lambda control: control.name)
def test_a_number_travels_from_end_to_end_and_back_in_a_bounded_number_of_presses(
    control: Control, steps: int
) -> None:
    """Every press moves, none refuses, and the ends are reached exactly."""
    for direction, end in ((1, control.high), (-1, control.low), (1, control.high)):
        value, presses = control.default, 0
        while value != end:
            before = value
            value = moved(control, value, direction, steps)
            assert control.parse(value) == value != before
            presses += 1
        assert presses <= 500
        assert moved(control, value, direction, steps) == value


@pytest.mark.parametrize("control", [c for c in TABLE if c.kind == "choice"], ids=lambda control: control.name)
def test_choices_go_round(control: Control) -> None:
    """As many presses as there are choices lead back."""
    value = control.default
    seen = []
    for _ in control.choices:
        seen.append(value)
        value = moved(control, value, 1, 40)
    assert seen == list(control.choices)
    assert value == control.default
    assert moved(control, value, -1, 40) == control.choices[-1]


@pytest.mark.parametrize(
    ("name", "value", "steps", "up", "down"),
    [
        ("temperature", 0.9, 40, 0.95, 0.85),
        ("temperature", 1.01098, 40, 1.05, 1.0),
        ("temperature", 0.9, 200, 0.91, 0.89),
        ("top_k", 20, 40, 22, 18),
        ("top_k", 20, 200, 21, 19),
        ("turn_bars", 2, 40, 3, 1),
        ("bpm", 120.0, 200, 121.0, 119.0),
        ("offset", 0.0, 200, 2.0, -2.0),
    ],
)
def test_steps_are_round_numbers(name: str, value: float, steps: int, up: float, down: float) -> None:
    """From wherever a fader has left it, the next press lands on a round value."""
    assert moved(named(name), value, 1, steps) == up
    assert moved(named(name), value, -1, steps) == down


def test_what_is_to_be_learned_is_the_chosen_control() -> None:
    """The action goes with its name."""
    steering = Steering(Controls())
    steering.press("right", 0.0)
    assert steering.press("b", 1.0) == Action(1.0, "learn", "key", (steering.chosen,))


def test_the_arrows_choose_a_control_and_move_it() -> None:
    """Left and right go through all controls, round; up and down stride, plus and minus are fine."""
    controls = Controls()
    steering = Steering(controls)
    assert steering.chosen == TABLE[0].name
    assert steering.press("left", 0.0) is None
    assert steering.chosen == TABLE[-1].name
    assert steering.press("right", 0.0) is None
    assert steering.press("up", 1.0) == SetControl(1.0, "temperature", 1.05, "key")
    assert steering.press("-", 2.0) == SetControl(2.0, "temperature", 0.99, "key")
    for _ in range(len(TABLE)):
        steering.press("]", 0.0)
    assert steering.chosen == "temperature"


@pytest.mark.parametrize(("key", "action"), ACTION_KEYS.items())
def test_a_key_acts_in_either_case(key: str, action: str) -> None:
    """Caps lock is no reason not to panic."""
    for each in (key, key.upper()):
        pressed = Steering(Controls()).press(each, 1.0)
        assert isinstance(pressed, Action)
        assert (pressed.name, pressed.source) == (action, "key")


@pytest.mark.parametrize(("key", "number"), [("1", 1), ("9", 9), ("0", 10)])
def test_a_digit_recalls_a_preset(key: str, number: int) -> None:
    """By its number; 0 is the tenth."""
    assert Steering(Controls()).press(key, 1.0) == Action(1.0, "preset", "key", (number,))


def test_other_keys_mean_nothing() -> None:
    """A stray key neither acts nor chooses."""
    steering = Steering(Controls())
    assert steering.press("x", 0.0) is None
    assert steering.chosen == "temperature"


def test_every_key_is_hinted_at_within_a_narrow_terminal() -> None:
    """The footer fits between the borders of a terminal of 80 columns."""
    assert len(HINTS) == 2
    assert max(map(len, HINTS)) <= 76
    assert all(SHORT.get(action, action) in " ".join(HINTS) for action in ACTION_KEYS.values())
