"""Footswitch, pedals and knobs in a session, and the values that go back to the knobs."""

from __future__ import annotations

import pytest

from bridge.config import Config
from bridge.controls import Controls
from bridge.events import Action, ControlChange, PortsChanged, SetControl
from bridge.hands import Hands
from bridge.observers import Announcer
from tests.stage import Stage

Sent = list[tuple[float, tuple[int, ...]]]


@pytest.mark.parametrize(
    ("number", "value", "asked"),
    [
        (66, 64, Action(1.0, "answer", "cc")),
        (66, 63, None),
        (64, 127, ControlChange(1.0, 64, 127)),
        (121, 0, ControlChange(1.0, 121, 0)),
        (20, 127, SetControl(1.0, "temperature", 1.0, "cc", normalised=True)),
        (99, 127, None),
    ],
)
def test_a_controller_is_a_footswitch_a_pedal_or_a_knob(number: int, value: int, asked: object) -> None:
    """The pedals are part of the playing; what is bound to nothing asks for nothing."""
    hands = Hands(Config(), Controls(), Announcer(), lambda name, controller: None)
    assert hands.take(ControlChange(1.0, number, value)) == asked


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
