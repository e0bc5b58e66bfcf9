"""The session and what comes back: a loop is not played with, a player in unison and a pedal are heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.events import ControlChange, NoteOff, NoteOn, PortsChanged
from tests.stage import ScriptedEngine, Stage

CALL = [(1.0, 1.4, 60), (1.5, 1.9, 62), (2.0, 2.4, 64)]


def answered(stage: Stage, until_s: float, delay_s: float, velocity: int | None = None) -> None:
    """Let time pass while every note-on that is sent is struck again after a delay, and let go early."""
    done = len(stage.sent)
    due: list[tuple[float, NoteOn | NoteOff]] = []
    while stage.clock() < until_s:
        stage.run(stage.clock() + 0.001)
        for time_s, message in stage.sent[done:]:
            if message[0] & 0xF0 == 0x90:
                at_s = time_s + delay_s
                due += [(at_s, NoteOn(at_s, message[1], velocity or message[2]))]
                due += [(at_s + 0.1, NoteOff(at_s + 0.1, message[1]))]
        done = len(stage.sent)
        for entry in [entry for entry in due if entry[0] <= stage.clock()]:
            due.remove(entry)
            stage.do(entry[1])


@pytest.mark.parametrize("delay_s", [0.02, 0.06])
def test_playing_along_with_the_answer_is_heard(delay_s: float) -> None:
    """Struck just after ours at our velocity, but let go otherwise: at the second note the answer yields."""
    stage = Stage(ScriptedEngine(length=8))
    stage.play(CALL)
    stage.run(2.91)
    assert stage.session.state == "answering"
    answered(stage, 4.5, delay_s)
    assert stage.session.state != "answering"
    assert sum(message[0] & 0xF0 == 0x90 for _, message in stage.sent) <= 3
    assert stage.hanging == set()


def silence_by_panic(stage: Stage) -> None:
    stage.run(1.0)
    stage.act("panic")


def silence_by_ready(stage: Stage) -> None:
    """The engine was ready for the first time as the stage was set."""


def silence_by_ports(stage: Stage) -> None:
    stage.run(1.0)
    stage.do(PortsChanged(stage.clock(), False, "gone"))
    stage.do(PortsChanged(stage.clock(), True, "back"))


@pytest.mark.parametrize("silence", [silence_by_panic, silence_by_ready, silence_by_ports])
def test_a_pedal_that_goes_up_just_after_our_silence_is_heard(silence: Callable[[Stage], None]) -> None:
    """After panic, the first "ready" or ports coming back: no later note is held by a pedal that is up."""
    stage = Stage()
    silence(stage)
    assert stage.sent[-1][1][0] & 0xF0 == 0xB0
    begin_s = stage.clock()
    stage.do(ControlChange(begin_s + 0.1, 64, 127))
    stage.do(ControlChange(begin_s + 0.2, 64, 0))
    stage.play([(begin_s + 0.5, begin_s + 0.9, 60), (begin_s + 1.0, begin_s + 1.4, 62)])
    stage.run(begin_s + 2.2)
    assert stage.session.state == "answering"


def test_a_looping_daw_that_asks_for_silence_on_every_channel_starts_no_storm() -> None:
    """Its own sixteen all-notes-off and ours coming back: what sounds ends, and one silence answers them all."""
    stage = Stage(ScriptedEngine(length=8))
    stage.play(CALL)
    stage.run(3.2)
    assert stage.hanging
    done = len(stage.sent)
    for channel in range(16):
        stage.do(ControlChange(stage.clock(), 123, 0, channel))
    for _ in range(200):
        stage.run(stage.clock() + 0.005)
        for _, message in stage.sent[done:]:
            if message[0] & 0xF0 == 0xB0:
                stage.do(ControlChange(stage.clock(), message[1], message[2], message[0] & 0x0F))
        done = len(stage.sent)
    assert stage.hanging == set()
    assert sum(message[1:] == (120, 0) and message[0] == 0xB0 for _, message in stage.sent) == 2
