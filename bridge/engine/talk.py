"""The session's side of the talk with the engine: what was asked, what is owed, when to start it again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.engine.context import EngineContext
from engine.messages import PROTOCOL, Drawn, Failed, Goal, Hello, Listened, Ready, Reply, Request, Sampling
from engine.notes import Metre, Note

PATIENCE_S = 10.0
"""An engine that owes a note for this long is taken for stuck."""
STEADY_S = 60.0
"""An engine that has lived this long is started again at once; a shorter life doubles the pause before."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
LOADING_S = 180.0
"""An engine that is not ready by then hangs; GPT-2 XL from a slow disk takes a minute."""
MOST_FAILURES = 3
"""Requests that fail one after the other before the engine is started again."""


class Engine(Protocol):
    """What the bridge needs of the engine process."""

    def send(self, request: Request) -> None:
        """Hand a request over without waiting for it."""

    def restart(self) -> None:
        """End the process, whatever it does, and start it anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what a reply means to the session; every field at its default is nothing.

    text: a line about the engine; ask_again: its context is unknown, ask anew; lost: it must be started again.
    """

    text: str = ""
    ready: Ready | None = None
    phrase_end: float | None = None
    drawn: Drawn | None = None
    ask_again: bool = False
    lost: str = ""


class EngineClient:
    """Ask the engine, drop late answers, know whether it is ready, and start it again when it is lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._context = EngineContext()
        self._asked_s: float | None = None
        self._ready_s: float | None = None
        self._restart_s: float | None = None
        self._losses = self._failures = 0
        self._started_s: float | None = None
        self.ready = False

    @property
    def awaited(self) -> int:
        """Return how many notes are on their way."""
        return self._context.awaited

    def ask(
        self,
        now_s: float,
        wanted: Sequence[Note],
        *,
        count: int,
        goal: Goal,
        sampling: Sampling,
        seed: int,
        metre: Metre | None,
    ) -> None:
        """Have the engine's context made `wanted` and `count` notes drawn; nothing while it is not ready."""
        if not self.ready or not wanted:
            return
        request = self._context.ask(wanted, count=count, sampling=sampling, goal=goal, metre=metre, seed=seed)
        self._asked_s = now_s if count else None
        self._engine.send(request)

    def received(self, reply: Reply, now_s: float) -> Outcome:
        """Return what a reply means; answers to old requests mean nothing."""
        match reply:
            case Hello():
                wrong = reply.protocol != PROTOCOL
                return Outcome(lost=f"it speaks protocol {reply.protocol}, not {PROTOCOL}" if wrong else "")
            case Ready():
                self.ready, self._ready_s = True, now_s
                millions = reply.parameters / 1e6
                text = (
                    f"engine ready: {reply.checkpoint}, {millions:.1f}M parameters on {reply.device}, "
                    f"{reply.step_ms:.1f} ms a note, loaded in {reply.load_s:.1f} s"
                )
                return Outcome(text=text, ready=reply, ask_again=True)
            case Listened():
                current = self._context.is_current(reply.request)
                return Outcome(phrase_end=reply.phrase_end if current else None)
            case Drawn():
                if not self._context.received(reply):
                    return Outcome()
                self._failures = 0
                self._asked_s = now_s if self._context.awaited else None
                return Outcome(drawn=reply)
            case Failed():
                return self._failed(reply)

    def _failed(self, reply: Failed) -> Outcome:
        if reply.fatal:
            return Outcome(lost=reply.text)
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            return Outcome(lost=f"{self._failures} requests failed, the last with: {reply.text}")
        stale = reply.request is not None and not self._context.is_current(reply.request)
        self._context.forget()
        self._asked_s = None
        return Outcome(text=f"engine: {reply.text}", ask_again=not stale)

    def lost(self, now_s: float) -> str:
        """Enter that the engine is gone; return what is done about it, in words."""
        steady = self._ready_s is not None and now_s - self._ready_s > STEADY_S
        self.ready, self._asked_s, self._ready_s, self._failures = False, None, None, 0
        self._context.forget()
        self._losses = 1 if steady else self._losses + 1
        pause_s = min(FIRST_PAUSE_S * 2 ** (self._losses - 2), LONGEST_PAUSE_S) if self._losses > 1 else 0.0
        self._restart_s = now_s + pause_s
        return f"starting it again in {pause_s:g} s" if pause_s else "starting it again"

    def tick(self, now_s: float) -> str:
        """Start the engine again when its pause is over; return why it is to be taken for lost, or ""."""
        if self._restart_s is not None:
            if now_s >= self._restart_s:
                self._restart_s, self._started_s = None, now_s
                self._engine.restart()
            return ""
        if self._started_s is None:
            self._started_s = now_s
        if not self.ready and now_s - self._started_s > LOADING_S:
            return f"is not ready after {LOADING_S:g} s"
        if self._asked_s is not None and now_s - self._asked_s > PATIENCE_S:
            return f"owes a note for {PATIENCE_S:g} s"
        return ""
