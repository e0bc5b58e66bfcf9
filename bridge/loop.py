"""The loop: waits for the next deadline, note or message, and hands each to the session. Owns the thread."""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bridge.events import Action, ControlChange, EngineDied, EngineReply, Event, NoteOff, NoteOn
from bridge.ports.loopback import Ports
from engine.errors import UserError
from engine.messages import Failed, Ready

POLL_BUSY_S = 0.001
"""Ports are polled this often while something is played: it bounds how late a note is seen."""
POLL_IDLE_S = 0.008
"""And this often when nothing has been played for a while: only the first note of a phrase is seen so late."""
PLAYED = (NoteOn, NoteOff, ControlChange)
"""A DAW's clock is not playing: its pulses may wait, their stamps tell when they came."""
IDLE_AFTER_S = 2.0
TICK_IDLE_S = 0.05
EARLY_S = 0.0005
"""So long before a message is due the loop stops waiting and looks at the clock until it is time: to be woken, and
to be given Python's lock, takes that long now and then. The cost is a hundredth of a core in a fast answer."""
BATCH = 256
COLLECT_EVERY_S = 30.0
WATCH_S = 0.005
"""The ports' own state is not asked for while a message is due so soon: some systems take milliseconds to tell."""


class LoopSession(Protocol):
    """What the loop needs of the session."""

    @property
    def busy(self) -> bool:
        """Say whether something is played, awaited or about to sound."""

    @property
    def sounds_s(self) -> float | None:
        """Return when the next message is to leave, or None."""

    def handle(self, event: Event) -> None:
        """Take in what happened."""

    def tick(self, now_s: float) -> float | None:
        """Let time pass; return when to be called again."""

    def close(self) -> None:
        """Release every note."""


class Loop:
    """Run a session until it is told to end (`stop`, the action "quit", SIGINT, SIGTERM)."""

    def __init__(
        self,
        session: LoopSession,
        ports: Ports,
        inbox: queue.SimpleQueue[Event],
        *,
        complain: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
        watch: Callable[[float], Event | None] = lambda now_s: None,
    ) -> None:
        """complain: takes a line about a fault; watch: looks after another port, and says what became of it."""
        self._watch = watch
        self._session, self._ports, self._inbox = session, ports, inbox
        self._complain, self._clock = complain, clock
        self._stopping = False
        self._was_ready = False
        self._busy_s = -float("inf")
        self._tick_s = -float("inf")
        self._deadline_s: float | None = None
        self._collected_s = clock()
        self._last_fault = ""

    @property
    def stopping(self) -> bool:
        """Say whether it is told to end."""
        return self._stopping

    def stop(self) -> None:
        """End the loop soon; may be called from a signal handler or another thread.

        The event wakes the inbox: in CPython 3.11 a timed `SimpleQueue.get` that a signal interrupts just as its
        time runs out waits for ever. `put` is safe in a handler; SimpleQueue is reentrant.
        """
        self._stopping = True
        self._inbox.put(Action(self._clock(), "quit", "stop"))

    def run(self) -> None:
        """Go on until stopped, then release every note.

        Raises UserError when the engine cannot be started in the first place.
        """
        first: Event | None = None
        try:
            while not self._stopping:
                self.round(first)
                first = self._wait()
        finally:
            self._session.close()

    def round(self, first: Event | None = None) -> None:
        """Do everything that is due now; `first` is an event taken from the inbox while waiting."""
        self._keep_time()
        now_s = self._clock()
        self._guarded(lambda: self._listen(now_s))
        for event in self._batch(first):
            self._take(event)
        now_s = self._clock()
        if self._due(now_s):
            self._guarded(lambda: self._tick(now_s))
        if self._session.busy:
            self._busy_s = now_s

    def _listen(self, now_s: float) -> None:
        """Take what the ports have heard, and their coming and going."""
        for heard in self._ports.poll(now_s):
            if isinstance(heard, PLAYED):
                self._busy_s = now_s
            self._handle(heard)
        sounds_s = self._session.sounds_s
        if sounds_s is None or sounds_s - self._clock() > WATCH_S:
            for news in (self._ports.watch(now_s), self._watch(now_s)):
                if news is not None:
                    self._handle(news)

    def _due(self, now_s: float) -> bool:
        """Say whether the session wants its tick: by its deadline, after news, else 20 times a second."""
        if self._busy_s >= now_s - TICK_IDLE_S or now_s - self._tick_s >= TICK_IDLE_S:
            return True
        return self._deadline_s is not None and now_s >= self._deadline_s

    def _tick(self, now_s: float) -> None:
        self._tick_s = now_s
        self._deadline_s = None
        self._deadline_s = self._session.tick(now_s)

    def _wait(self) -> Event | None:
        now_s = self._clock()
        idle = now_s - self._busy_s > IDLE_AFTER_S
        if idle and now_s - self._collected_s > COLLECT_EVERY_S:
            gc.collect()
            self._collected_s = now_s
        timeout_s = POLL_IDLE_S if idle else POLL_BUSY_S
        if self._deadline_s is not None:
            timeout_s = min(timeout_s, self._deadline_s - now_s)
        sounds_s = self._session.sounds_s
        if sounds_s is None or sounds_s - now_s > timeout_s + EARLY_S:
            return self._next_event(timeout_s)
        event = self._next_event(sounds_s - now_s - EARLY_S)
        if event is None and sounds_s - self._clock() <= EARLY_S:
            while self._clock() < sounds_s:
                pass
        return event

    def _next_event(self, timeout_s: float) -> Event | None:
        try:
            return self._inbox.get(timeout=timeout_s) if timeout_s > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return None

    def _batch(self, first: Event | None) -> Sequence[Event]:
        events = [] if first is None else [first]
        with contextlib.suppress(queue.Empty):
            while len(events) < BATCH:
                events.append(self._inbox.get_nowait())
        return events

    def _take(self, event: Event) -> None:
        if isinstance(event, Action) and event.name == "quit":
            self._stopping = True
            return
        if not self._was_ready:
            self._first_start(event)
        self._handle(event)
        self._deadline_s = event.time_s

    def _first_start(self, event: Event) -> None:
        """Before the first "ready" a broken engine is the user's to mend; afterwards it is ours."""
        if isinstance(event, EngineReply) and isinstance(event.reply, Ready):
            self._was_ready = True
        elif isinstance(event, EngineReply) and isinstance(event.reply, Failed) and event.reply.fatal:
            raise UserError(event.reply.text)
        elif isinstance(event, EngineDied):
            raise UserError(event.text)

    def _handle(self, event: Event) -> None:
        self._guarded(lambda: self._session.handle(event))
        self._keep_time()

    def _keep_time(self) -> None:
        """Let the session send what is due now: before anything else is looked at, and between any two events."""
        sounds_s, now_s = self._session.sounds_s, self._clock()
        if sounds_s is not None and sounds_s <= now_s:
            self._guarded(lambda: self._tick(now_s))

    def _guarded(self, act: Callable[[], object]) -> None:
        """Do it; a fault of our own silences everything, is told once, and does not end the session."""
        try:
            act()
        except UserError as error:
            self._complain(str(error))
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            text = f"fault: {type(error).__name__}: {error} ({os.path.basename(place.filename)}:{place.lineno})"
            if text != self._last_fault:
                self._last_fault = text
                self._complain(text + "; everything released, going on")
            with contextlib.suppress(Exception):
                self._session.close()


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Let what ends a program call `stop`, and let Ctrl-Z not freeze it with notes on; main thread only."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: stop())
    if hasattr(signal, "SIGTSTP"):
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)


@contextlib.contextmanager
def no_collections() -> Iterator[None]:
    """Keep Python's garbage collector from pausing the loop; the loop collects while nobody plays."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
