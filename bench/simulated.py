"""A session with a real engine in one process and in a time of its own: nothing waits, every run is the same.

Notes and the pulses of a DAW's clock are handed to the session as they would come from its ports. The engine
listens at once and needs PLAN_S for a plan, or less, where a newer request comes before; what it is asked for
meanwhile supersedes it, as in its own process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.config import Config
from bridge.controls import Controls, Value
from bridge.events import EngineReply, Event, NoteOff, NoteOn, Pulse, Transport
from bridge.hearing.transcribe import PlayedNote
from bridge.observers import Announcer, Observer
from bridge.session import Session
from engine.improviser import Improviser
from engine.messages import Continue, Ready, Reply, Request, Stop
from engine.notes import Note
from engine.server import serve

PLAN_S = 0.1
"""What drawing an answer takes here, of the 120 ms that a plan may take."""
NOTES_S = 0.01
"""What drawing the first notes one by one takes, as is done when there is no time for a plan."""
DRAFTS = 8


@dataclass
class Pipe:
    """Hand one request to the engine and keep its replies.

    superseded: another comes as soon as this one is taken up, so that it is listened to and nothing is drawn.
    """

    request: Request
    superseded: bool
    replies: list[Reply] = field(default_factory=list)
    _reads: int = 0
    _polls: int = 0

    def poll(self) -> bool:
        """Say whether another request waits: not when the engine gathers those it is to serve together."""
        self._polls += 1
        return self.superseded and self._polls > 1

    def recv(self) -> Request:
        """Return the request, then that it was the last."""
        self._reads += 1
        return self.request if self._reads == 1 else Stop()

    def send(self, reply: Reply) -> None:
        """Keep a reply."""
        self.replies.append(reply)


class NoPresets:
    """Have no preset to bring and nowhere to write one."""

    def recall(self, which: object) -> None:
        """Bring none."""

    def save(self, name: object, values: Mapping[str, Value]) -> None:
        """Write none."""

    def keep_controller(self, name: str, controller: int | str) -> None:
        """Keep none."""


class SimulatedEngine:
    """Serve requests with an improviser; `replies` hands out what has come by a time."""

    def __init__(self, improviser: Improviser, drafts: int = DRAFTS) -> None:
        improviser.reset()
        self._improviser, self._drafts = improviser, drafts
        self._outbox: deque[Reply] = deque([_ready(improviser, drafts)])
        self._asked: Continue | None = None
        self._due_s = 0.0
        self.now_s = 0.0

    def send(self, request: Request) -> None:
        """Listen at once; draw later."""
        assert isinstance(request, Continue)
        self._serve(request, superseded=True)
        held = len(self._improviser.context.notes)
        self._asked = replace(request, keep=held, append=()) if request.count else None
        self._due_s = self.now_s + (PLAN_S if request.drafts > 1 else NOTES_S)

    def restart(self) -> None:
        """Start afresh."""
        self._improviser.reset()
        self._outbox.append(_ready(self._improviser, self._drafts))

    def next_s(self) -> float | None:
        """Return when a reply is there next."""
        return self.now_s if self._outbox else self._due_s if self._asked is not None else None

    def replies(self, now_s: float) -> Iterable[Reply]:
        """Return what has come by now."""
        self.now_s = now_s
        if self._asked is not None and self._due_s <= now_s:
            request, self._asked = self._asked, None
            self._serve(request, superseded=False)
        while self._outbox:
            yield self._outbox.popleft()

    def _serve(self, request: Continue, *, superseded: bool) -> None:
        pipe = Pipe(request, superseded)
        serve(pipe, self._improviser, self._drafts)  # type: ignore[arg-type]
        self._outbox.extend(pipe.replies)


class Simulation:
    """Play into a session, from time 0 on. bpm: of a DAW's clock that starts then, or None without one."""

    def __init__(
        self,
        engine: SimulatedEngine,
        bpm: float | None = None,
        controls: Mapping[str, object] | None = None,
        observers: Iterable[Observer] = (),
        seed: int = 1,
    ) -> None:
        table = Controls()
        table.update(controls or {})
        self.now_s = 0.0
        self.sent: list[tuple[float, tuple[int, ...]]] = []
        self._engine = engine
        self._pulse_s = 60.0 / bpm / 24 if bpm else None
        self._pulses = 0
        announce = Announcer(observers)
        self.session = Session(Config(seed=seed), table, self._send, engine, announce, NoPresets())
        if bpm:
            self.session.handle(Transport(0.0, "start"))

    def _send(self, message: Sequence[int], due_s: float) -> None:
        self.sent.append((self.now_s, tuple(message)))

    @property
    def onsets_s(self) -> list[float]:
        """Return when the answers' notes began."""
        return [time_s for time_s, message in self.sent if message[0] & 0xF0 == 0x90]

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard."""
        return self.session.transcript

    def play(self, notes: Iterable[PlayedNote], stop_at_answer: bool = False) -> None:
        """Play notes, each with its end; stop_at_answer: no further than to the first note of an answer."""
        events: list[Event] = []
        for note in notes:
            assert note.end_s is not None
            events += [NoteOn(note.onset_s, note.pitch, note.velocity), NoteOff(note.end_s, note.pitch)]
        for event in sorted(events, key=lambda event: (event.time_s, isinstance(event, NoteOn))):
            self.run(event.time_s, stop_at_answer)
            if stop_at_answer and self.onsets_s:
                return
            self.session.handle(event)

    def run(self, until_s: float, stop_at_answer: bool = False) -> None:
        """Let time pass."""
        while not (stop_at_answer and self.onsets_s):
            next_s = self._step()
            if self.now_s >= until_s:
                return
            self.now_s = min(max(next_s, self.now_s + 1e-6), until_s)

    def _step(self) -> float:
        """Do what is due now; return when something is next."""
        while self._pulse_s is not None and self._pulses * self._pulse_s <= self.now_s:
            self.session.handle(Pulse(self._pulses * self._pulse_s))
            self._pulses += 1
        self._engine.now_s = self.now_s
        for reply in self._engine.replies(self.now_s):
            self.session.handle(EngineReply(self.now_s, reply))
        times_s = [self.session.tick(self.now_s), self._engine.next_s()]
        if self._pulse_s is not None:
            times_s.append(self._pulses * self._pulse_s)
        return min((time_s for time_s in times_s if time_s is not None), default=float("inf"))


def _ready(improviser: Improviser, drafts: int) -> Ready:
    checkpoint = improviser.checkpoint
    config = checkpoint.config
    return Ready(
        checkpoint=checkpoint.path.name,
        device=checkpoint.device_name,
        parameters=checkpoint.parameters,
        context=config.context,
        has_durations=config.n_durations > 0,
        has_phrase_end=config.phrase_end,
        styles=checkpoint.tokenizer.styles,
        load_s=0.0,
        step_ms=PLAN_S,
        drafts=drafts,
    )
