"""The talk with the engine: what was asked, what is owed, when to start it again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.engine.mirror import ContextMirror, Order
from bridge.take import Model
from engine.messages import PROTOCOL, Continue, Drawn, Failed, FoundBars, Hello, Listened, Ready, Reply, Request

PATIENCE_S = 10.0
"""An engine that owes a note and says nothing for this long is taken for stuck."""
LENIENCE = 4.0
"""So many times the usual time of what it has to do is waited for, where that is longer: slow is not stuck."""
LEARNS = 0.2
"""Weight of the newest note in what is known of the time that a note takes."""
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
class Meaning:
    """Hold what a reply means to the bridge; every field at its default is nothing.

    text: a line about the engine; ask_again: its context is unknown, ask anew; lost: it must be started again.
    """

    text: str = ""
    ready: Ready | None = None
    phrase_end: float | None = None
    bars: FoundBars | None = None
    drawn: Drawn | None = None
    ask_again: bool = False
    lost: str = ""


class Talk:
    """Ask the engine, drop late answers, know what it can, and start it again when it is lost.

    model: the weights that it has; read_from: the note at which its reading of the newest request began.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mirror = ContextMirror()
        self._asked_s: float | None = None
        self._unread = 0
        self._ready_s: float | None = None
        self._restart_s: float | None = None
        self._losses = self._failures = 0
        self._started_s: float | None = None
        self.ready = False
        self.most_drafts = 1
        self.model = Model()
        self.read_from = 0
        self.note_s = 0.0

    @property
    def asked(self) -> int:
        """Return the number of what was asked last."""
        return self._mirror.newest

    @property
    def awaited(self) -> int:
        """Return how many notes are on their way."""
        return self._mirror.awaited

    def ask(self, now_s: float, order: Order) -> int | None:
        """Send the request that an order makes, and return its number.

        Nothing while the engine is not ready or has nothing to read.
        """
        if not self.ready or not order.context:
            return None
        request = self._mirror.request(order)
        self._asked_s = now_s if order.count else None
        self._unread += len(request.append)
        self._engine.send(request)
        return request.request

    def received(self, reply: Reply, now_s: float) -> Meaning:
        """Return what a reply means; answers to old requests mean nothing but that the engine is at work."""
        if self._asked_s is not None:
            self._asked_s = now_s
        match reply:
            case Hello():
                wrong = reply.protocol != PROTOCOL
                return Meaning(lost=f"it speaks protocol {reply.protocol}, not {PROTOCOL}" if wrong else "")
            case Ready():
                return self._begins(reply, now_s)
            case Listened():
                if not self._mirror.is_current(reply.request):
                    return Meaning()
                self._unread, self.read_from = 0, reply.read_from
                return Meaning(phrase_end=reply.phrase_end, bars=reply.bars)
            case Drawn():
                self.note_s += LEARNS * (reply.step_ms / 1000 - self.note_s)
                if not self._mirror.received(reply):
                    return Meaning()
                self._failures = 0
                self._asked_s = now_s if self._mirror.awaited else None
                return Meaning(drawn=reply)
            case Failed():
                return self._failed(reply, now_s)

    def _begins(self, ready: Ready, now_s: float) -> Meaning:
        """Enter what the engine can that is ready now."""
        self.ready, self._ready_s, self.most_drafts = True, now_s, ready.drafts
        self.model = Model(ready.checkpoint, ready.source, ready.checksum, ready.device, ready.drafts)
        self.note_s = ready.step_ms / 1000
        millions = ready.parameters / 1e6
        way = f" ({ready.way})" if ready.way else ""
        text = (
            f"engine ready: {ready.checkpoint}, {millions:.1f}M parameters on {ready.device}{way}, "
            f"{ready.step_ms:.1f} ms a note, {_drafts(ready.drafts)}, loaded in {ready.load_s:.1f} s"
        )
        return Meaning(text=text, ready=ready, ask_again=True)

    def hand_over(self) -> Continue | None:
        """Return what gives another engine all that this one has in mind; None while that is nothing."""
        return self._mirror.hand_over()

    def changed(self, ready: Ready, context: Continue | None, now_s: float) -> Meaning:
        """Talk to another engine from now on, which is ready and has this context."""
        self._mirror.changed(context)
        self._asked_s = self._restart_s = None
        self._losses = self._failures = self._unread = 0
        return self._begins(ready, now_s)

    def _failed(self, reply: Failed, now_s: float) -> Meaning:
        if reply.fatal:
            return Meaning(lost=reply.text)
        if reply.request is None:  # no request of ours: it starts anew by itself, and will say when it is ready
            self.ready, self._started_s, self._asked_s = False, now_s, None
            self._mirror.forget()
            return Meaning(text=f"engine: {reply.text}")
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            return Meaning(lost=f"{self._failures} requests failed, the last with: {reply.text}")
        stale = reply.request is not None and not self._mirror.is_current(reply.request)
        self._mirror.forget()
        self._asked_s = None
        return Meaning(text=f"engine: {reply.text}", ask_again=not stale)

    def lost(self, now_s: float) -> str:
        """Enter that the engine is gone; return what is done about it, in words."""
        steady = self._ready_s is not None and now_s - self._ready_s > STEADY_S
        self.ready, self._asked_s, self._ready_s, self._failures = False, None, None, 0
        self._mirror.forget()
        self._unread = 0
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
        if self._asked_s is not None and now_s - self._asked_s > self._patience_s:
            return f"owes a note for {self._patience_s:.0f} s"
        return ""

    @property
    def _patience_s(self) -> float:
        """Return how long the engine may say nothing: it may be reading all that it was told since."""
        return max(PATIENCE_S, LENIENCE * self.note_s * (self._unread + 1))


def _drafts(most: int) -> str:
    return f"up to {most} drafts an answer" if most > 1 else "too slow to draft answers, so drawn note by note"
