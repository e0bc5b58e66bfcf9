"""Learning a knob: what is waited for, what is bound, and what is said."""

from __future__ import annotations

import pytest

from bridge.bindings import Binding, Bindings
from bridge.config import Config
from bridge.events import Action, ControlChange, SetControl
from bridge.learn import Learn
from bridge.observers import Announcer
from tests.stage import Stage, Witness


class Lesson:
    """A table of bindings that learns."""

    def __init__(self) -> None:
        self.bindings = Bindings({"temperature": Binding(20), "top_k": Binding(21)})
        self.witness = Witness()
        self.kept: list[tuple[str, int | str]] = []
        taken = {66: "the footswitch"}
        self.learn = Learn(self.bindings, Announcer([self.witness]), taken, lambda *kept: self.kept.append(kept))

    def ask(self, *arguments: object) -> str:
        """Return what is said of it."""
        self.learn.ask(arguments)
        return (
            (self.witness.logs + self.witness.errors)[-1] if not self.witness.errors else self.witness.errors.pop()
        )

    def move(self, number: int) -> str | None:
        return self.learn.take(ControlChange(0.0, number, 64))


def test_the_next_controller_that_moves_is_bound() -> None:
    """Once: the one after it is what it was. It is kept, and said."""
    lesson = Lesson()
    assert lesson.move(30) is None
    assert lesson.ask("turn") == "learn: turn waits for a knob; move one"
    assert [lesson.move(30), lesson.move(31)] == ["turn", None]
    assert lesson.bindings.name_of(30) == "turn"
    assert lesson.kept == [("turn", 30)]
    assert lesson.witness.logs[-1] == "learn: CC 30 moves turn"


def test_what_waits_and_what_is_bound_is_told() -> None:
    """All that is bound at the start; then what waits, what was bound, and what has lost its controller by it."""
    lesson = Lesson()
    lesson.learn.tell()
    lesson.ask("temperature")
    lesson.move(21)
    lesson.ask("turn")
    lesson.ask("")
    lesson.ask("temperature off")
    assert lesson.witness.learned == [
        *("temperature = 20", "top_k = 21"),
        *("temperature?", "?", "top_k = ", "temperature = 21"),
        *("turn?", "?"),
        *("?", "temperature = "),
    ]


def test_a_knob_is_waited_for_no_longer_than_a_minute() -> None:
    """One that is moved the next morning is not meant."""
    lesson = Lesson()
    lesson.learn.ask(("turn",), 100.0)
    lesson.learn.give_up(159.0)
    assert lesson.witness.learned == ["turn?"]
    lesson.learn.give_up(160.0)
    assert lesson.witness.learned == ["turn?", "?"]
    assert lesson.witness.logs[-1] == "learn: no knob moved for a minute; turn waits no longer"
    assert lesson.move(30) is None


def test_what_had_that_controller_has_none() -> None:
    """A number has one control, a control one number."""
    lesson = Lesson()
    lesson.ask("temperature")
    lesson.move(21)
    assert lesson.witness.logs[-1] == "learn: CC 21 moves temperature; top_k has none now"
    assert [lesson.bindings.name_of(number) for number in (20, 21)] == [None, "temperature"]
    assert lesson.bindings.get("top_k") is None


def test_of_two_learns_the_later_holds_and_it_is_said() -> None:
    """Whoever asked first sees that it is his no longer; another kind of the same knob is no other."""
    lesson = Lesson()
    lesson.ask("turn")
    assert lesson.ask("patience") == "learn: patience waits for a knob, and turn no longer; move one"
    assert lesson.ask("patience rel") == "learn: patience waits for a knob; move one"
    assert lesson.ask("patience") == "learn: patience waits for a knob; move one"
    assert len(lesson.witness.warnings) == 1
    assert lesson.move(30) == "patience"


def test_without_a_name_or_asked_for_again_it_waits_no_longer() -> None:
    """With nothing to end it says what is bound."""
    for ending in ((), ("",), ("turn",)):
        lesson = Lesson()
        lesson.ask("turn")
        assert lesson.ask(*ending) == "learn: turn waits no longer"
        assert lesson.move(30) is None
    assert "bound are temperature CC 20, top_k CC 21" in Lesson().ask()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("temprature",), "did you mean 'temperature'"),
        (("temperature", "abs"), "'abs' refused; it takes one of rel, rel64, 14bit, or off"),
        (("temperature", "rel", 3), "a control and at most a kind"),
        (("again", "rel"), "again is a switch"),
        ((3,), "unknown control or action '3'"),
        (("x" * 5000,), "unknown control"),
    ],
)
def test_what_cannot_be_learned_is_refused(arguments: tuple[object, ...], words: str) -> None:
    """And what was waited for still is."""
    lesson = Lesson()
    lesson.ask("turn")
    assert words in lesson.ask(*arguments)
    assert lesson.move(30) == "turn"


def test_a_footswitch_stays_one() -> None:
    """It is said once, and the next knob counts."""
    lesson = Lesson()
    lesson.ask("turn")
    assert [lesson.move(66), lesson.move(66)] == [None, None]
    assert lesson.witness.errors == ["learn: CC 66 is the footswitch; move another"]
    assert lesson.move(30) == "turn"


def test_a_kind_is_learned_with_it() -> None:
    """Of a pair either half may come first; off takes the controller away."""
    lesson = Lesson()
    lesson.ask("turn", "rel")
    lesson.move(30)
    lesson.ask("patience", "14bit")
    lesson.move(44)
    lesson.ask("temperature", "off")
    assert lesson.kept == [("turn", "rel:30"), ("patience", "14bit:12"), ("temperature", "off")]
    assert lesson.bindings.name_of(12) == lesson.bindings.name_of(44) == "patience"
    assert lesson.bindings.name_of(20) is None
    lesson.ask("bpm", "14bit")
    assert lesson.move(90) is None
    assert lesson.witness.errors == ["learn: CC 90 is no half of a 14-bit pair; move another"]


def test_a_session_learns_and_the_value_waits_for_its_new_knob() -> None:
    """The move that is learned from moves nothing, nor does the knob until it comes to the value."""
    stage = Stage()
    stage.do(Action(0.0, "learn", "osc", ("patience",)))
    for value in (100, 101, 20):
        stage.controller(90, value)
    stage.run(0.1)
    assert stage.presets.kept == [("patience", 90)]
    assert [source for name, _, source in stage.witness.controls if name == "patience"] == ["cc"]
    stage.controller(23, 127)
    stage.run(0.2)
    assert stage.session.controls.number("patience") < 1


def test_a_footswitch_action_can_be_learned_and_named() -> None:
    """A switch does its action when it goes down, and a pedal that moves on does it once."""
    stage = Stage(config=Config(seed=1, cc={"panic": 67}))
    stage.do(Action(0.0, "learn", "key", ("keep",)))
    stage.controller(80, 127)
    for number, value in ((80, 0), (67, 70), (67, 90), (67, 0), (67, 10), (67, 127), (67, 127)):
        stage.controller(number, value)
    assert stage.presets.kept == [("keep", 80)]
    assert stage.witness.logs.count("panic: everything silenced") == 3
    assert not stage.witness.errors
    stage.controller(80, 127)
    assert stage.witness.errors


def test_rings_follow_what_is_learned() -> None:
    """The new knob is told of its control from then on, the old one is not."""
    stage = Stage(config=Config(seed=1, cc_feedback="on", cc={"again": 67}))
    stage.session.start(0.0)
    stage.do(Action(0.0, "learn", "key", ("temperature",)))
    stage.controller(90, 0)
    stage.run(0.5)
    stage.sent.clear()
    stage.do(SetControl(0.5, "temperature", 2.0, "osc"))
    stage.run(0.6)
    assert [message for _, message in stage.sent] == [(0xB0, 90, 127)]
