"""What a page that opens now is shown first: the state of everything, the last notes, takes and lines. Pure."""

from __future__ import annotations

from collections import deque

from bridge.views.page.outbox import News, key_of

NOTES_KEPT, LINES_KEPT, TAKES_KEPT = 400, 30, 100
"""So much of the past is shown; a page that is open all night is told the same."""
PASSING = ("latency", "again", "preset_saved", "refused")
"""What is over when it has been told."""


class Board:
    """Remember what was told."""

    def __init__(self) -> None:
        self._states: dict[str, News] = {}
        self._takes: dict[int, News] = {}
        self._notes: deque[News] = deque(maxlen=NOTES_KEPT)
        self._lines: deque[News] = deque(maxlen=LINES_KEPT)

    def enter(self, news: News) -> None:
        """Take something in."""
        kind, key = news["is"], key_of(news)
        if kind == "note":
            self._notes.append(news)
        elif kind == "log":
            self._lines.append(news)
        elif kind == "take":
            self._takes[int(news["number"])] = news
            while len(self._takes) > TAKES_KEPT:
                del self._takes[self._oldest()]
        elif kind not in PASSING and key is not None:
            self._states[key] = news

    def _oldest(self) -> int:
        """Return the oldest take; a kept one goes last."""
        return min(self._takes, key=lambda number: (bool(self._takes[number]["kept"]), number))

    def everything(self) -> list[News]:
        """Return what there is to tell."""
        takes = [self._takes[number] for number in sorted(self._takes)]
        return [*takes, *self._states.values(), *self._notes, *self._lines]
