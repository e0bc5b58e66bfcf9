"""A stage for session tests: a fake clock, a scripted engine, and a score of what was sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from bridge.config import Config
from bridge.controls import Controls
from bridge.events import Action, ControlChange, EngineReply, Event, NoteOff, NoteOn, Pulse, Transport
from bridge.observers import Announcer, Observer
from bridge.session import Session
from engine.messages import Continue, Drawn, FoundBars, Listened, Ready, Reply, Request
from engine.notes import Note
from tests.fakes import FakeClock, FakeDesk

READY = Ready("scripted", "cpu", 1000, 512, True, True, (), 0.1, 0.1, drafts=32)


def scale(start: int = 72) -> Callable[[int], Note]:
    """Return a script whose i-th answer note is the i-th semitone above `start`, one beat long."""
    return lambda index: Note(start + index % 12, 1.0)


class ScriptedEngine:
    """Draw the notes of a script; keep the context as a real engine would."""

    def __init__(self, script: Callable[[int], Note] | None = None, length: int = 4) -> None:
        self.script = script or scale()
        self.length = length
        self.phrase_end: float | None = 1.0
        self.phrase_ends: dict[int, float] = {}
        self.bars: FoundBars | None = None
        self.context: list[Note] = []
        self.requests: list[Continue] = []
        self.outbox: deque[Reply] = deque()
        self.restarts = 0
        self.stuck = False

    def send(self, request: Request) -> None:
        assert isinstance(request, Continue)
        self.requests.append(request)
        self.context = [*self.context[: request.keep], *request.append]
        if self.stuck:
            return
        self.outbox.append(Listened(request.request, len(self.context), self.phrase_end, self.bars))
        for index in range(request.count):
            number = request.goal.drawn_notes + index
            note = self.script(number)
            if number == 0 and request.goal.lead_rest_beats:
                note = Note(note.pitch, note.duration_beats, request.goal.lead_rest_beats)
            self.context.append(note)
            last = number + 1 >= self.length
            self.outbox.append(Drawn(request.request, index, note, self.phrase_ends.get(number, 0.1), last, 1.0))
            if last:
                break

    def restart(self) -> None:
        self.restarts += 1
        self.context, self.stuck = [], False
        self.outbox.clear()
        self.outbox.append(READY)


class Witness(Observer):
    """Write down what observers are told."""

    def __init__(self) -> None:
        self.logs: list[str] = []
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.learned: list[str] = []
        self.tempos: list[tuple[float, str]] = []
        self.controls: list[tuple[str, object, str]] = []
        self.states: list[str] = []
        self.presets: list[str] = []
        self.bars: list[tuple[str, float, float]] = []
        self.latencies_ms: list[float] = []
        self.since_key_ms: list[float | None] = []

    def on_log(self, text: str) -> None:
        self.logs.append(text)

    def on_warning(self, text: str) -> None:
        self.warnings.append(text)
        self.logs.append(text)

    def on_error(self, text: str) -> None:
        self.errors.append(text)

    def on_control(self, name: str, value: object, source: str) -> None:
        self.controls.append((name, value, source))

    def on_preset(self, name: str) -> None:
        self.presets.append(name)

    def on_learning(self, name: str) -> None:
        self.learned.append(f"{name}?")

    def on_bound(self, name: str, controller: str) -> None:
        self.learned.append(f"{name} = {controller}")

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        self.tempos.append((round(bpm, 1), source))

    def on_state(self, state: str) -> None:
        self.states.append(state)

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        self.bars.append((name, upbeat_beats, confidence))

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        self.latencies_ms.append(turn_to_note_ms)
        self.since_key_ms.append(off_to_note_ms)


class Stage:
    """Run a session against the fake clock, ticked every step_s. Times are seconds from the start."""

    step_s = 0.001

    def __init__(
        self,
        engine: ScriptedEngine | None = None,
        config: Config | None = None,
        observers: Iterable[Observer] = (),
        **controls: object,
    ) -> None:
        self.clock = FakeClock()
        self.engine = engine or ScriptedEngine()
        self.witness = Witness()
        self.sent: list[tuple[float, tuple[int, ...]]] = []
        table = Controls()
        table.update(
            {"turn": "fixed", "wait": 0.5, "grid": "off", "tempo_from": "fixed", "key_lock": 0, **controls}
        )
        announce = Announcer([*observers, self.witness])
        self.presets = FakeDesk()
        self.session = Session(config or Config(seed=1), table, self._send, self.engine, announce, self.presets)
        self.session.handle(EngineReply(0.0, READY))

    def _send(self, message: Sequence[int], due_s: float) -> None:
        self.sent.append((self.clock(), tuple(message)))

    def play(self, score: Iterable[tuple[float, float, int]]) -> None:
        """Play (onset, end, pitch) triples, in time, and let the session run meanwhile."""
        events: list[Event] = []
        for on_s, off_s, pitch in score:
            events += [NoteOn(on_s, pitch, 80), NoteOff(off_s, pitch)]
        for event in sorted(events, key=lambda event: (event.time_s, isinstance(event, NoteOn))):
            self.run(event.time_s)
            self.session.handle(event)

    def do(self, event: Event) -> None:
        """Let something happen now."""
        self.session.handle(event)

    def act(self, name: str) -> None:
        self.session.handle(Action(self.clock(), name, "test"))

    def controller(self, number: int, value: int) -> None:
        self.session.handle(ControlChange(self.clock(), number, value))

    def run(self, until_s: float) -> None:
        """Let time pass in steps, delivering the engine's replies."""
        while True:
            while self.engine.outbox:
                self.session.handle(EngineReply(self.clock(), self.engine.outbox.popleft()))
            self.session.tick(self.clock())
            if self.clock() >= until_s - 1e-9:
                return
            self.clock.advance(min(self.step_s, until_s - self.clock()))

    def stall(self, until_s: float) -> None:
        """Let time pass while nothing of ours runs."""
        self.clock.now_s = until_s

    @property
    def score(self) -> list[str]:
        """Return notes sent so far, as "1.90 on 72"; note-offs of what does not sound are left out."""
        lines: list[str] = []
        on: set[int] = set()
        for time_s, message in self.sent:
            kind = message[0] & 0xF0
            if kind == 0x90 or (kind == 0x80 and message[1] in on):
                on ^= {message[1]} if kind == 0x80 or message[1] not in on else set()
                lines.append(f"{time_s:.2f} {'on' if kind == 0x90 else 'off'} {message[1]}")
        return lines

    @property
    def hanging(self) -> set[tuple[int, int]]:
        """Return what a receiver still hears, as (channel, pitch), all-notes-off not counted as help."""
        on: set[tuple[int, int]] = set()
        for _, message in self.sent:
            kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1])
            if kind == 0x90:
                on.add(key)
            elif kind == 0x80:
                on.discard(key)
        return on


class Clocked(Stage):
    """A stage with a MIDI clock at a steady tempo, started at time 0 with beat 0 on the first pulse."""

    def __init__(
        self,
        bpm: float = 120.0,
        engine: ScriptedEngine | None = None,
        observers: Iterable[Observer] = (),
        **controls: object,
    ) -> None:
        super().__init__(engine, None, observers, **{"grid": "beat", "tempo_from": "auto", **controls})
        self._pulse_s = 60.0 / bpm / 24
        self._pulses = 0
        self.pulsing = True
        self.session.handle(Transport(0.0, "start"))

    def run(self, until_s: float) -> None:
        """Let time pass with the clock ticking."""
        while self.pulsing and self._pulses * self._pulse_s <= until_s:
            at_s = self._pulses * self._pulse_s
            super().run(at_s)
            self.session.handle(Pulse(at_s))
            self._pulses += 1
        super().run(until_s)


class Slow(Stage):
    """A stage whose engine takes its time: for a plan as a whole, else for each note; a newer request ends it."""

    def __init__(self, *, plan_s: float, note_s: float, engine: ScriptedEngine | None = None, **controls: object):
        super().__init__(engine, None, (), **controls)
        self._plan_s, self._note_s = plan_s, note_s
        self._coming: list[tuple[float, Reply]] = []

    def run(self, until_s: float) -> None:
        """Let time pass, delivering each reply when it is due."""
        while self.clock() < until_s - 1e-9:
            self._take_replies()
            while self._coming and self._coming[0][0] <= self.clock():
                self.session.handle(EngineReply(self.clock(), self._coming.pop(0)[1]))
            self.session.tick(self.clock())
            self.clock.advance(min(self.step_s, until_s - self.clock()))

    def _take_replies(self) -> None:
        newest = self.engine.requests[-1] if self.engine.requests else None
        replies, self.engine.outbox = self.engine.outbox, deque()
        for reply in replies:
            if not isinstance(reply, Listened | Drawn) or newest is None or reply.request != newest.request:
                continue
            if isinstance(reply, Listened):
                self._coming, at_s = [], self.clock()
            else:
                at_s = self.clock() + self._plan_s if newest.drafts > 1 else at_s + self._note_s
            self._coming.append((at_s, reply))
