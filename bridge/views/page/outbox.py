"""What waits to be told: of each state the newest, of events so many; whoever puts in never waits. Pure.

One thread puts, one takes; each step of either is a single act of a dict or a deque, so neither needs a lock.
"""

from __future__ import annotations

from collections import deque
from typing import Any

News = dict[str, Any]
"""One thing that is told: its kind in "is", and what belongs to it."""
EVENTS = ("note", "log", "refused")
"""Kinds of which each one counts; of the others only the newest."""
EVENTS_MOST = 1000
_ONE_OF = {"control": "name", "bound": "name", "take": "number"}
"""Kinds of which there are several states, by what tells them apart."""


def key_of(news: News) -> str | None:
    """Return what a later state takes the place of; None for an event."""
    kind = str(news["is"])
    if kind in EVENTS:
        return None
    return f"{kind} {news[_ONE_OF[kind]]}" if kind in _ONE_OF else kind


class Outbox:
    """Hold news until it is taken. Of more events than a thousand the oldest are lost, and that is known."""

    def __init__(self, most: int = EVENTS_MOST) -> None:
        self._states: dict[str, News] = {}
        self._events: deque[News] = deque(maxlen=most)
        self._lost = False

    def put(self, news: News) -> None:
        """Put something in."""
        key = key_of(news)
        if key is not None:
            self._states.pop(key, None)
            self._states[key] = news
            return
        if len(self._events) == self._events.maxlen:
            self._lost = True
        self._events.append(news)

    def take(self) -> list[News]:
        """Take out everything, states first, each kind in the order in which it came."""
        taken: list[News] = []
        for key in list(self._states):
            news = self._states.pop(key, None)
            if news is not None:
                taken.append(news)
        while self._events:
            taken.append(self._events.popleft())
        return taken

    def take_lost(self) -> bool:
        """Say whether events were lost since this was last asked."""
        lost, self._lost = self._lost, False
        return lost
