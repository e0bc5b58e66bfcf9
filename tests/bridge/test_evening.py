"""Any evening on stage: whatever happens, and in whatever order, no note is left on."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.controls import TABLE
from bridge.events import (
    ControlChange,
    EngineDied,
    EngineReply,
    Event,
    NoteOff,
    NoteOn,
    PortsChanged,
    Pulse,
    SetControl,
    SongPosition,
    Transport,
)
from engine.messages import Failed
from tests.stage import ScriptedEngine, Stage

KEYS = st.integers(58, 63)
CHANNELS = st.integers(0, 2)
ACTIONS = ("panic", "answer", "stop", "forget", "calibrate", "tap", "count")
ACCIDENT = st.one_of(
    st.tuples(st.just("on"), KEYS, CHANNELS),
    st.tuples(st.just("off"), KEYS, CHANNELS),
    st.tuples(st.just("wait"), st.floats(0.001, 1.2)),
    st.tuples(st.just("stall"), st.floats(0.1, 3.0)),
    st.tuples(st.just("clock"), st.sampled_from([0.0, 30.0, 96.0, 120.0, 300.0])),
    st.tuples(st.just("transport"), st.sampled_from(["start", "stop", "continue"])),
    st.tuples(st.just("position"), st.integers(0, 400)),
    st.tuples(st.just("ports"), st.booleans()),
    st.tuples(st.just("engine"), st.sampled_from(["died", "failed", "stuck"])),
    st.tuples(st.just("controller"), st.sampled_from([64, 120, 121, 123]), st.sampled_from([0, 127])),
    st.tuples(st.just("control"), st.sampled_from(TABLE), st.floats(0, 1)),
    st.tuples(st.just("action"), st.sampled_from(ACTIONS)),
)
"""What can happen. A control moves to any value of its range; a clock of 0 bpm is one that falls silent."""


class Evening(Stage):
    """A stage with a clock that may change its tempo, fall silent and come back, and with ports that may go."""

    step_s = 0.004

    def __init__(self) -> None:
        self.bpm = 0.0
        self.deaf = False
        self._pulse_s = 0.0
        super().__init__(ScriptedEngine(length=6))

    def _send(self, message: Sequence[int], due_s: float) -> None:
        if not self.deaf:
            super()._send(message, due_s)

    def run(self, until_s: float) -> None:
        """Let time pass, with the clock's pulses in it."""
        self._pulse_s = max(self._pulse_s, self.clock())
        while self.bpm and self._pulse_s <= until_s:
            super().run(self._pulse_s)
            self.session.handle(Pulse(self._pulse_s))
            self._pulse_s += 60 / self.bpm / 24
        super().run(until_s)

    def suffer(self, accident: tuple[object, ...]) -> None:
        """Let one thing happen, now."""
        match accident:
            case ("wait", float(seconds)):
                self.run(self.clock() + seconds)
            case ("stall", float(seconds)):
                self.stall(self.clock() + seconds)
            case ("clock", float(bpm)):
                self.bpm = bpm
            case ("engine", "stuck"):
                self.engine.stuck = True
            case ("ports", bool(up)):
                self._lose_or_find_ports(up)
            case ("action", str(name)):
                self.act(name)
            case _:
                self.do(self._event(accident))

    def _event(self, accident: tuple[object, ...]) -> Event:
        now_s = self.clock()
        match accident:
            case ("on", int(pitch), int(channel)):
                return NoteOn(now_s, pitch, 80, channel)
            case ("off", int(pitch), int(channel)):
                return NoteOff(now_s, pitch, channel)
            case ("transport", str(command)):
                return Transport(now_s, command)
            case ("position", int(sixteenths)):
                return SongPosition(now_s, sixteenths)
            case ("controller", int(number), int(value)):
                return ControlChange(now_s, number, value)
            case ("control", control, float(part)):
                return SetControl(now_s, control.name, part, "osc", normalised=True)  # type: ignore[attr-defined]
            case ("engine", "failed"):
                latest = self.engine.requests[-1].request if self.engine.requests else 0
                return EngineReply(now_s, Failed(latest, "context lost", False))
            case _:
                return EngineDied(now_s, "gone")

    def _lose_or_find_ports(self, up: bool) -> None:
        """A server that goes takes every sounding note with it: what hears nothing holds nothing."""
        if not up:
            self.deaf = True
            self.sent.clear()
        self.do(PortsChanged(self.clock(), up, "ports"))
        self.deaf = not up


@settings(max_examples=150, deadline=None)
@given(st.lists(ACCIDENT, max_size=25))
def test_no_evening_on_stage_leaves_a_note_on(accidents: list[tuple[object, ...]]) -> None:
    """Whatever is played, pressed, lost or killed, closing the session leaves nothing sounding."""
    evening = Evening()
    for accident in accidents:
        evening.suffer(accident)
    evening.session.close()
    assert evening.hanging == set()


@settings(max_examples=100, deadline=None)
@given(st.lists(ACCIDENT, max_size=20))
def test_every_evening_can_be_silenced_and_goes_on(accidents: list[tuple[object, ...]]) -> None:
    """After a panic nothing sounds; with ports and a new engine back, the next call is answered."""
    evening = Evening()
    for accident in accidents:
        evening.suffer(accident)
    for back in (("ports", True), ("clock", 0.0), ("engine", "died")):
        evening.suffer(back)
    evening.act("panic")
    assert evening.hanging == set()
    for name, value in (("turn", "fixed"), ("hold_max", 4.0), ("wait", 0.5), ("split", 0)):
        evening.do(SetControl(evening.clock(), name, value, "osc"))
    evening.run(evening.clock() + 16.0)
    before = len(evening.score)
    start_s = evening.clock()
    evening.play([(start_s, start_s + 0.4, 66), (start_s + 0.5, start_s + 0.9, 65)])
    evening.run(start_s + 12.0)
    assert len(evening.score) > before
