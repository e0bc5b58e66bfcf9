"""The loop: what it hands to the session and when; floods, faults and the ends of a run. No waiting."""

from __future__ import annotations

import queue

import pytest

from bridge.events import Action, EngineDied, EngineReply, Event, NoteOn, PortsChanged
from bridge.loop import Loop
from bridge.ports.loopback import LoopbackPorts
from engine.errors import UserError
from engine.messages import Failed, Ready
from tests.fakes import FakeClock

READY = Ready("x", "cpu", 0, 64, True, True, (), 0.0, 0.0)


class ScriptedSession:
    """A session that remembers what it was handed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ticks: list[float] = []
        self.next_s: float | None = None
        self.busy = False
        self.closed = 0
        self.fault: Exception | None = None

    def handle(self, event: Event) -> None:
        self.events.append(event)
        if self.fault is not None:
            raise self.fault

    def tick(self, now_s: float) -> float | None:
        self.ticks.append(now_s)
        return self.next_s

    def close(self) -> None:
        self.closed += 1


class Stage:
    """A loop with everything around it in a test's hands."""

    def __init__(self) -> None:
        self.clock = FakeClock(10.0)
        self.session = ScriptedSession()
        self.ports = LoopbackPorts(clock=self.clock)
        self.inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.complaints: list[str] = []
        self.loop = Loop(
            self.session,
            self.ports,
            self.inbox,
            complain=self.complaints.append,
            clock=self.clock,
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_notes_come_before_news_and_messages(stage: Stage) -> None:
    """In one round: what was played, what became of the ports, then what the inbox holds; then time passes."""
    stage.inbox.put(Action(10.0, "panic", "osc"))
    stage.ports.play((0x90, 60, 1))
    stage.ports.plug()
    stage.loop.round()
    kinds = [type(event) for event in stage.session.events]
    assert kinds == [NoteOn, PortsChanged, Action]
    assert stage.session.ticks == [10.0]


def test_a_deadline_is_kept_while_idle(stage: Stage) -> None:
    """The session is ticked when it asked for it, not at every round."""
    stage.session.next_s = 10.02
    stage.loop.round()
    stage.clock.advance(0.01)
    stage.loop.round()
    stage.clock.advance(0.01)
    stage.loop.round()
    assert stage.session.ticks == [pytest.approx(10.0), pytest.approx(10.02)]


def test_quit_and_stop_release_everything(stage: Stage) -> None:
    """However the run ends, the session is closed once."""
    stage.inbox.put(Action(10.0, "quit", "key"))
    stage.loop.run()
    assert (stage.session.closed, stage.session.events) == (1, [])
    stage.loop.stop()
    stage.loop.run()
    assert stage.session.closed == 2


@pytest.mark.parametrize(
    "event", [EngineReply(0.0, Failed(None, "no such checkpoint", True)), EngineDied(0.0, "gone")]
)
def test_an_engine_that_never_was_ready_is_the_users_to_mend(stage: Stage, event: Event) -> None:
    """Before the first "ready" a broken engine ends the run with a sentence, everything released."""
    stage.inbox.put(event)
    with pytest.raises(UserError):
        stage.loop.run()
    assert stage.session.closed == 1


def test_an_engine_that_was_ready_is_the_sessions_to_mend(stage: Stage) -> None:
    """Afterwards its death is one event among others."""
    stage.inbox.put(EngineReply(0.0, READY))
    stage.inbox.put(EngineDied(0.0, "gone"))
    stage.loop.round()
    assert len(stage.session.events) == 2


def test_a_fault_of_ours_silences_and_goes_on(stage: Stage) -> None:
    """An exception releases every note and is told once; the loop goes on."""
    stage.session.fault = KeyError("x")
    stage.inbox.put(Action(0.0, "tap", "osc"))
    stage.inbox.put(Action(0.0, "tap", "osc"))
    stage.loop.round()
    assert stage.session.closed == 2
    (text,) = stage.complaints
    assert "KeyError" in text
    assert "going on" in text


def test_a_stop_wakes_the_inbox() -> None:
    """A signal handler's stop puts an event, for a wait that the signal interrupted may not end by itself."""
    stage = Stage()
    stage.loop.stop()
    assert not stage.inbox.empty()
    stage.loop.run()
    assert stage.session.closed == 1
