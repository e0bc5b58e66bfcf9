"""The loop: what it hands to the session and when; floods, faults and the ends of a run. No waiting."""

from __future__ import annotations

import queue

import pytest

from bridge.events import (
    Action,
    EngineDied,
    EngineReply,
    Event,
    MidiEvent,
    NoteOn,
    PortsChanged,
    Pulse,
    SetControl,
)
from bridge.loop import COLLECT_EVERY_S, EARLY_S, Loop
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
        self.sounds_s: float | None = None
        self.busy = False
        self.closed = 0
        self.fault: Exception | None = None
        self.clock: FakeClock | None = None
        self.takes_s = 0.0

    def handle(self, event: Event) -> None:
        self.events.append(event)
        self._take_time()
        if self.fault is not None:
            raise self.fault

    def tick(self, now_s: float) -> float | None:
        self.ticks.append(now_s)
        if self.sounds_s is not None and self.sounds_s <= now_s:
            self.sounds_s = None
        self._take_time()
        return self.next_s

    def close(self) -> None:
        self.closed += 1

    def _take_time(self) -> None:
        if self.clock is not None:
            self.clock.advance(self.takes_s)


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


class CreepingClock(FakeClock):
    """A clock that goes on by a microsecond at every look."""

    def __call__(self) -> float:
        return self.advance(1e-6)


def test_a_wait_that_oversleeps_makes_no_message_late() -> None:
    """The loop is woken before a message is due and looks at the clock until it is; not for other deadlines."""
    clock, session = CreepingClock(10.0), ScriptedSession()
    inbox = TimedInbox(clock, end_s=10.1, oversleeps_s=EARLY_S * 0.9)
    session.busy, session.clock, session.takes_s = True, clock, 0.0003
    session.sounds_s = 10.0203
    Loop(session, LoopbackPorts(clock=clock), inbox, clock=clock).run()
    assert min(abs(tick_s - 10.0203) for tick_s in session.ticks) < 2e-5
    assert sum(10.0 <= tick_s < 10.02 for tick_s in session.ticks) < 30


def test_a_flood_of_events_makes_no_message_late(stage: Stage) -> None:
    """However many events wait, a message leaves after the one that is being handled when it is due."""
    stage.session.takes_s, stage.session.clock = 0.001, stage.clock
    stage.session.sounds_s = 10.0105
    for _ in range(100):
        stage.inbox.put(Action(10.0, "tap", "osc"))
        stage.ports.play((0x90, 60, 1))
    stage.loop.round()
    assert stage.session.ticks[0] == pytest.approx(10.011)


def test_the_ports_are_not_watched_while_a_message_is_due(stage: Stage) -> None:
    """To ask a system for its ports can take milliseconds; their going is told a moment later."""
    stage.ports.unplug()
    stage.session.sounds_s = 10.001
    stage.loop.round()
    assert stage.session.events == []
    stage.session.sounds_s = 10.1
    stage.loop.round()
    assert [type(event) for event in stage.session.events] == [PortsChanged]


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


class TimedInbox(queue.SimpleQueue[Event]):
    """An inbox in which waiting costs no time but the fake clock's; what comes is planned beforehand."""

    def __init__(self, clock: FakeClock, end_s: float, oversleeps_s: float = 0.0) -> None:
        super().__init__()
        self._clock, self._end_s, self._oversleeps_s = clock, end_s, oversleeps_s
        self.planned: list[Event] = []

    def get(self, block: bool = True, timeout: float | None = None) -> Event:
        due = [event for event in self.planned if event.time_s <= self._clock() + (timeout or 0.0)]
        if due:
            self._clock.now_s = max(self._clock(), due[0].time_s)
            self.planned.remove(due[0])
            return due[0]
        self._clock.advance((timeout or 0.0) + self._oversleeps_s)
        if self._clock() >= self._end_s:
            return Action(self._clock(), "quit", "test")
        raise queue.Empty

    def get_nowait(self) -> Event:
        raise queue.Empty


class ClockedPorts(LoopbackPorts):
    """Ports that count how often they are asked, on which a DAW's clock runs at 120 bpm."""

    def __init__(self, clock: FakeClock, begin_s: float) -> None:
        super().__init__(clock=clock)
        self.polls, self._next_s = 0, begin_s

    def poll(self, now_s: float) -> list[MidiEvent]:
        self.polls += 1
        events: list[MidiEvent] = []
        while self._next_s <= now_s:
            events.append(Pulse(self._next_s))
            self._next_s += 0.5 / 24
        return [*super().poll(now_s), *events]


def run_quietly(seconds: float, clocked: bool, planned: list[Event] | None = None) -> tuple[int, int]:
    """Run a loop for so long while nobody plays; return how often it looked for notes, and how often it ticked."""
    clock, session = FakeClock(10.0), ScriptedSession()
    ports = ClockedPorts(clock, 10.0 if clocked else float("inf"))
    inbox = TimedInbox(clock, 10.0 + seconds)
    inbox.planned = planned or []
    Loop(session, ports, inbox, clock=clock).run()
    return ports.polls, len(session.ticks)


def test_a_running_clock_makes_no_extra_rounds() -> None:
    """While nobody plays, a DAW's clock costs what silence costs: some 125 looks and 20 ticks a second."""
    still, clocked = run_quietly(60.0, clocked=False), run_quietly(60.0, clocked=True)
    assert clocked == still
    assert still[0] < 130 * 60
    assert still[1] < 25 * 60


def test_faders_that_move_by_themselves_make_no_rounds_but_their_own() -> None:
    """An LFO on a control is taken in as it comes; nobody plays, so nothing is looked at more often."""
    lfo: list[Event] = [SetControl(10.0 + step / 20, "temperature", step % 2, "osc") for step in range(1200)]
    polls, ticks = run_quietly(60.0, clocked=True, planned=lfo)
    assert polls < (130 + 25) * 60
    assert ticks < (25 + 25) * 60


def test_garbage_is_collected_while_a_clock_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet moment is one in which nobody plays, whatever the DAW's transport does."""
    collected: list[int] = []
    monkeypatch.setattr("bridge.loop.gc.collect", lambda: collected.append(1))
    run_quietly(3.5 * COLLECT_EVERY_S, clocked=True)
    assert len(collected) == 3
