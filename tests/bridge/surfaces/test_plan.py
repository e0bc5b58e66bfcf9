"""What surfaces show: everything once, in its place, and nothing over anything else."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.actions import ACTIONS
from bridge.controls import TABLE, Controls
from bridge.surfaces.plan import HEIGHT, WIDTH, Frame, Page, decimals, plan_pages, split, tiles

PAGES = plan_pages()


def overlap(one: Frame, other: Frame) -> bool:
    across = one.x < other.x + other.w and other.x < one.x + one.w
    return across and one.y < other.y + other.h and other.y < one.y + one.h


def test_every_control_has_one_place_to_be_moved_or_seen() -> None:
    """A number a fader with its value below, a choice its buttons; one whose choices are unknown is only shown."""
    widgets = [widget for page in PAGES for widget in page.widgets]
    for control in TABLE:
        kinds = sorted(widget.kind for widget in widgets if widget.name == control.name)
        if control.kind != "choice":
            assert kinds == ["caption", "fader", "value"]
        else:
            assert kinds == ["caption", "value" if control.open else "choices"]


def test_every_action_that_needs_no_argument_has_a_button() -> None:
    """And there is a place for the presets."""
    buttons = [widget.name for page in PAGES for widget in page.widgets if widget.kind == "action"]
    assert buttons == [row.name for row in ACTIONS if row.osc and not row.argument]
    assert sum(widget.kind == "presets" for widget in PAGES[0].widgets) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_nothing_lies_over_anything_else_or_off_the_page(page: Page) -> None:
    """Each within the canvas, and large enough for a finger where it is touched."""
    for widget in page.widgets:
        frame = widget.frame
        assert frame.x >= 0
        assert frame.y >= 0
        assert frame.x + frame.w <= WIDTH
        assert frame.y + frame.h <= HEIGHT
        if widget.kind in ("fader", "action", "choices", "presets"):
            assert min(frame.w, frame.h) >= 40
    for one, other in combinations(page.widgets, 2):
        assert not overlap(one.frame, other.frame), (one, other)


@given(st.integers(1, 40), st.integers(60, 1000), st.integers(60, 400))
def test_buttons_fill_a_frame_without_touching(count: int, width: int, height: int) -> None:
    """As many as asked for, of one size, within the frame."""
    frame = Frame(5, 7, width * 4, height * 4)
    found = tiles(frame, count)
    assert len(found) == count
    assert len({(tile.w, tile.h) for tile in found}) == 1
    assert not any(overlap(one, other) for one, other in combinations(found, 2))
    assert all(tile.x + tile.w <= frame.x + frame.w and tile.y + tile.h <= frame.y + frame.h for tile in found)


def test_frames_side_by_side_have_one_width() -> None:
    """With the gap between them."""
    assert split(Frame(0, 0, 100, 10), 2, 10) == [Frame(0, 0, 45, 10), Frame(55, 0, 45, 10)]


def test_a_number_is_shown_as_fine_as_its_step() -> None:
    """No more, no less."""
    shown = {name: decimals(Controls().find(name)) for name in ("temperature", "swing", "bpm", "offset", "top_k")}
    assert shown == {"temperature": 2, "swing": 3, "bpm": 1, "offset": 0, "top_k": 0}
