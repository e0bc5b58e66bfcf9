"""What the engine's context holds, as far as the bridge knows, and the requests that bring it up to date. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from engine.messages import BarEvidence, Continue, Drawn, Goal, Sampling
from engine.notes import Metre, Note


@dataclass(frozen=True, slots=True)
class Order:
    """Say what the engine is to have in mind, and what to draw behind it.

    context: every note, in order; count: notes to draw, 0 only listens; seed: of the whole answer;
    evidence: what is known of the call's bars beside its notes; drafts: whole answers to choose it from; heard:
    figures of the answers heard so far; draft: which of a plan's goes on singly, None for none.
    """

    context: tuple[Note, ...]
    count: int
    goal: Goal
    sampling: Sampling
    metre: Metre | None = None
    seed: int | None = None
    evidence: BarEvidence | None = None
    drafts: int = 1
    heard: tuple[tuple[int, ...], ...] = ()
    draft: int | None = None


class ContextMirror:
    """Mirror the engine's context; make the request that turns it into another with the least work."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._metre: Metre | None = None
        self._sampling = Sampling()
        self._request = 0
        self._awaited = 0

    @property
    def newest(self) -> int:
        """Return the number of the newest request."""
        return self._request

    @property
    def awaited(self) -> int:
        """Return how many drawn notes the newest request still owes."""
        return self._awaited

    def request(self, order: Order) -> Continue:
        """Return the request that makes the context the order's and draws behind it."""
        keep = 0
        if order.metre == self._metre:
            for mine, theirs in zip(order.context, self._notes, strict=False):
                if mine != theirs:
                    break
                keep += 1
        self._notes, self._metre, self._sampling = list(order.context), order.metre, order.sampling
        self._request += 1
        self._awaited = order.count
        return Continue(
            self._request,
            keep,
            order.context[keep:],
            order.metre,
            count=order.count,
            sampling=order.sampling,
            goal=order.goal,
            seed=order.seed,
            evidence=order.evidence,
            drafts=order.drafts,
            heard=order.heard,
            draft=order.draft,
        )

    def hand_over(self) -> Continue | None:
        """Return the request that gives another engine this context, to listen; None while there is nothing."""
        if not self._notes:
            return None
        return Continue(0, 0, tuple(self._notes), self._metre, sampling=self._sampling)

    def changed(self, context: Continue | None) -> None:
        """Mirror another engine from now on, which has this context and owes nothing."""
        self.forget()
        if context is not None:
            self._notes, self._metre = list(context.append), context.metre

    def is_current(self, request: int | None) -> bool:
        """Say whether a reply to this request is still wanted."""
        return request == self._request

    def received(self, drawn: Drawn) -> bool:
        """Enter a drawn note; False when it answers an old request and is to be dropped."""
        if not self.is_current(drawn.request):
            return False
        self._notes.append(drawn.note)
        self._awaited = 0 if drawn.last else max(0, self._awaited - 1)
        return True

    def forget(self) -> None:
        """Know nothing of the engine's context any more: it died, or lost it."""
        self._notes, self._awaited = [], 0
        self._request += 1
