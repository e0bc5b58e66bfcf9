"""Open pages: each is shown everything, then told what is new; one that does not read costs nobody anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bridge.controls import Controls
from bridge.events import Action, SetControl
from bridge.presets.file import Preset
from bridge.views.page.hall import HEARTBEAT_S, PageHall, Visitor
from bridge.views.page.outbox import EVENTS_MOST
from tests.fakes import FakeClock


class House:
    """A hall with a clock, a shelf and an inbox."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.controls = Controls()
        self.asked: list[SetControl | Action] = []
        self.shelf: list[Preset] = [Preset("echo", "Stays close.", 2)]
        self.reads = 0
        self.hall = PageHall(self.controls, self.asked.append, self._presets, clock=self.clock)

    def _presets(self) -> Sequence[Preset]:
        self.reads += 1
        return list(self.shelf)

    def news(self, visitor: Visitor) -> list[dict[str, Any]]:
        """Return what the visitor is told now."""
        self.hall.pump()
        frame = visitor.frame(self.clock())
        return [] if frame is None else list(json.loads(frame)["news"])


def test_who_comes_late_is_shown_what_holds() -> None:
    """Tables first, then presets, values and the notes of a moment ago."""
    house = House()
    house.hall.observer.on_control("bpm", 90.0, "osc")
    house.hall.observer.on_player_note(1.0, 60, 80)
    kinds = [news["is"] for news in house.news(house.hall.enter())]
    assert kinds[:4] == ["hello", "rows", "actions", "models"]
    assert sorted(kinds[4:]) == ["control", "note", "presets"]


def test_two_pages_are_told_the_same() -> None:
    """What one moves reaches both, through the session and back."""
    house = House()
    first, second = house.hall.enter(), house.hall.enter()
    assert house.news(first) == house.news(second)
    first.hear('{"set": "bpm", "to": 90}')
    assert house.asked == [SetControl(0.0, "bpm", 90, "page")]
    house.hall.observer.on_control("bpm", 90.0, "page")
    assert house.news(first) == house.news(second) != []


def test_what_cannot_be_understood_is_said_to_that_page_alone() -> None:
    """And reaches nobody's inbox."""
    house = House()
    first, second = house.hall.enter(), house.hall.enter()
    house.news(first)
    house.news(second)
    first.hear("<script>")
    assert [news["is"] for news in house.news(first)] == ["refused"]
    assert house.news(second) == []
    assert house.asked == []


def test_a_page_hears_a_heartbeat_and_otherwise_only_news() -> None:
    """Once a second, with the bridge's time."""
    house = House()
    visitor = house.hall.enter()
    house.news(visitor)
    assert visitor.frame(HEARTBEAT_S - 0.01) is None
    assert json.loads(visitor.frame(HEARTBEAT_S) or "") == {"now_s": HEARTBEAT_S, "news": []}


def test_a_page_that_missed_too_much_is_shown_everything_again() -> None:
    """Its outbox is bounded; what it is sent then is what holds, not what was lost."""
    house = House()
    visitor = house.hall.enter()
    house.news(visitor)
    for round_ in range(3):
        for number in range(EVENTS_MOST):
            house.hall.observer.on_player_note(round_ + number / 2000, 60, 80)
        house.hall.pump()
    news = house.news(visitor)
    assert news[0]["is"] == "hello"
    assert len(news) < EVENTS_MOST
    assert house.news(visitor) == []


def test_a_server_that_stood_still_shows_everything_again() -> None:
    """More happened than waits between session and server."""
    house = House()
    visitor = house.hall.enter()
    house.news(visitor)
    for number in range(EVENTS_MOST + 1):
        house.hall.observer.on_player_note(number / 1000, 60, 80)
    assert house.news(visitor)[0]["is"] == "hello"


def test_a_page_that_left_is_told_nothing_more() -> None:
    """Nothing gathers for it."""
    house = House()
    visitor = house.hall.enter()
    house.hall.leave(visitor)
    house.hall.leave(visitor)
    for _ in range(10):
        house.hall.observer.on_log("x")
    house.hall.pump()
    assert visitor.outbox.take() == []


def test_a_saved_preset_is_on_the_shelf_of_every_page() -> None:
    """The shelf is read when something was saved, and when a page comes, not at every look."""
    house = House()
    visitor = house.hall.enter()
    house.news(visitor)
    house.hall.enter()
    assert house.reads == 1
    house.shelf.append(Preset("evening", "", 13))
    house.hall.observer.on_preset_saved("evening")
    told = next(news for news in house.news(visitor) if news["is"] == "presets")
    assert [row["name"] for row in told["rows"]] == ["echo", "evening"]
    house.clock.advance(60.0)
    house.hall.enter()
    assert house.reads == 3


def test_what_the_engine_offers_reaches_the_page() -> None:
    """The choices of a control may be others when the engine is ready."""
    house = House()
    visitor = house.hall.enter()
    house.news(visitor)
    house.controls.with_choices("style", ("any", "polka"))
    house.hall.observer.on_engine("engine ready", True)
    rows = next(news["rows"] for news in house.news(visitor) if news["is"] == "rows")
    assert next(row["choices"] for row in rows if row["name"] == "style") == ["any", "polka"]
