"""What the engine's context holds, as far as the bridge knows, and the requests that bring it up to date. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engine.messages import Continue, Drawn, Goal, Sampling
from engine.notes import Metre, Note

MEMORY_NOTES = 256
"""A session's memory. At the end of an answer a longer transcript is cut to half of this from the front, when
nobody waits for the engine: it reads the rest anew in one prefill."""


def trimmed(transcript: Sequence[Note]) -> list[Note]:
    """Return the transcript, cut to its last half memory when it has outgrown the memory."""
    notes = list(transcript)
    return notes if len(notes) <= MEMORY_NOTES else notes[-MEMORY_NOTES // 2 :]


class EngineContext:
    """Mirror the engine's context; make the request that turns it into another with the least work."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._metre: Metre | None = None
        self._request = 0
        self._awaited = 0

    @property
    def awaited(self) -> int:
        """Return how many drawn notes the newest request still owes."""
        return self._awaited

    def ask(
        self,
        wanted: Sequence[Note],
        *,
        count: int,
        sampling: Sampling,
        goal: Goal,
        metre: Metre | None = None,
        seed: int | None = None,
    ) -> Continue:
        """Return the request that makes the context `wanted` and draws `count` notes behind it."""
        keep = 0
        if metre == self._metre:
            for mine, theirs in zip(wanted, self._notes, strict=False):
                if mine != theirs:
                    break
                keep += 1
        self._notes, self._metre = list(wanted), metre
        self._request += 1
        self._awaited = count
        return Continue(
            self._request,
            keep,
            tuple(wanted[keep:]),
            metre,
            count=count,
            sampling=sampling,
            goal=goal,
            seed=seed,
        )

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
