"""The pages that are open: each is shown everything when it comes, then told what is new, as fast as it reads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bridge.controls import Controls
from bridge.events import Action, SetControl
from bridge.observers import Observer
from bridge.presets.file import Preset
from bridge.views.page.asked import asked
from bridge.views.page.board import Board
from bridge.views.page.outbox import News, Outbox
from bridge.views.page.rows import action_rows, control_rows, model_rows, preset_rows
from bridge.views.page.told import Told
from bridge.views.roll import LONGEST_S
from engine.errors import UserError

HEARTBEAT_S = 1.0
"""A page that hears nothing for longer knows that the way to it is broken."""
SHELF_S = 5.0
"""The shelf of presets is looked at when a page comes, at most so often."""

Put = Callable[[SetControl | Action], None]


class Visitor:
    """One open page."""

    def __init__(self, hall: PageHall) -> None:
        self._hall = hall
        self.outbox = Outbox()
        self._shown = False
        self._sent_s = 0.0

    def show_again(self) -> None:
        """Have everything shown at the next frame."""
        self._shown = False

    def frame(self, now_s: float) -> str | None:
        """Return what is new since the last frame; all there is at first, and where too much was missed."""
        if self.outbox.take_lost():
            self._shown = False
        news = self.outbox.take()
        if not self._shown:
            self._shown = True
            news = self._hall.everything()
        if not news and now_s - self._sent_s < HEARTBEAT_S:
            return None
        self._sent_s = now_s
        return f'{{"now_s":{now_s:.4f},"news":[{",".join(map(_json, news))}]}}'

    def hear(self, text: str) -> None:
        """Do what the page asks for; what cannot be understood is said to it alone."""
        try:
            self._hall.put(asked(text, self._hall.clock()))
        except UserError as error:
            self.outbox.put({"is": "refused", "text": str(error)})


def _json(news: News) -> str:
    """Return one thing as JSON: one at a time, for nothing else of the program runs while it is made."""
    return json.dumps(news, ensure_ascii=False, separators=(",", ":"))


class PageHall:
    """Take in what the session tells, and hand it on to every open page.

    `observer` belongs to the session's thread, everything else to the server's.
    """

    def __init__(
        self,
        controls: Controls,
        put: Put,
        presets: Callable[[], Sequence[Preset]],
        licences: Mapping[str, str] = MappingProxyType({}),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """put: takes what pages ask for; presets: reads the shelf; licences: of the models, by their names."""
        self.put, self.clock = put, clock
        self._controls, self._presets = controls, presets
        self._models = model_rows(licences)
        self._feed, self._board = Outbox(), Board()
        self._visitors: list[Visitor] = []
        self._shelf_s = -float("inf")
        self.observer: Observer = Told(controls, self._feed)

    def pump(self) -> None:
        """Take in what was told since."""
        if self._feed.take_lost():
            for visitor in self._visitors:
                visitor.show_again()
        for news in self._feed.take():
            self._spread(news)

    def enter(self) -> Visitor:
        """Let a page in."""
        self.pump()
        self._look_at_shelf()
        visitor = Visitor(self)
        self._visitors.append(visitor)
        return visitor

    def leave(self, guest: Any) -> None:
        """Let a page go."""
        if guest in self._visitors:
            self._visitors.remove(guest)

    def everything(self) -> list[News]:
        """Return what a page is shown first."""
        tables = [
            {"is": "hello", "longest_s": LONGEST_S},
            control_rows(self._controls.table.values()),
            action_rows(),
            self._models,
        ]
        return [*tables, *self._board.everything()]

    def _spread(self, news: News) -> None:
        self._board.enter(news)
        for visitor in self._visitors:
            visitor.outbox.put(news)
        if news["is"] == "engine":  # what it offers may be new choices
            for visitor in self._visitors:
                visitor.outbox.put(control_rows(self._controls.table.values()))
        elif news["is"] == "preset_saved":
            self._shelf_s = -float("inf")
            self._look_at_shelf()

    def _look_at_shelf(self) -> None:
        if self.clock() - self._shelf_s >= SHELF_S:
            self._shelf_s = self.clock()
            self._spread(preset_rows(self._presets()))
