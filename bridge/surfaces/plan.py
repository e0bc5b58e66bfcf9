"""What a surface shows and where, for every program the same: made from the tables of controls and actions. Pure.

The first page is for playing: what is told, the actions, the controls that a player's hands look for (those with a
controller of their own), the presets. Behind it stand the others, in the table's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.actions import ACTIONS
from bridge.control_pages import STARTS, is_main, with_pages
from bridge.control_pages import decimals as decimals
from bridge.controls import TABLE, Control
from bridge.presets.file import Preset

WIDTH, HEIGHT = 1024, 724
"""The canvas of a page in points: a tablet's 1024 by 768 without the row of tabs."""
GAP = 8
COLUMNS = 3
TOLD = ("state", "preset", "tempo", "tonality", "metre")
"""What labels show, by the address at which it is told."""
CONTROLS = {control.name: control for control in TABLE}
MAIN = tuple(control for control in TABLE if is_main(control))
BUTTONS = tuple(row.name for row in ACTIONS if row.osc and not row.argument)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Say where a bridge listens and where a surface does: OSC's prefix, the bridge's port, the surface's own."""

    prefix: str = "/melody"
    bridge_port: int = 9000
    surface_port: int = 9001


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle in points, from the page's upper left corner."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Widget:
    """Describe one thing on a page.

    kind: "caption" (text), "fader", "value" and "choices" (of a control), "action" (a button), "presets" (a button
    for each), "told" (a label) or "meter" (0..1), of what is told; name: of the control, the action, the address.
    """

    kind: str
    name: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class Page:
    """Hold what one page shows."""

    title: str
    widgets: tuple[Widget, ...]


def plan_pages() -> tuple[Page, ...]:
    """Return every page."""
    others: dict[str, list[Control]] = {title: [] for title in STARTS}
    for title, control in with_pages(TABLE):
        if control not in MAIN:
            others[title].append(control)
    return (_play_page(), *(Page(title, tuple(_cells(controls))) for title, controls in others.items()))


def _play_page() -> Page:
    told, actions, faders, presets = 64, 112, 372, HEIGHT - 64 - 112 - 372 - 5 * GAP
    y = GAP
    widgets = []
    for name, frame in zip((*TOLD, "phrase_end"), split(Frame(GAP, y, WIDTH - 2 * GAP, told), 6), strict=True):
        caption, below = Frame(frame.x, frame.y, frame.w, 20), Frame(frame.x, frame.y + 20, frame.w, frame.h - 20)
        kind = "meter" if name == "phrase_end" else "told"
        widgets += [Widget("caption", name, caption), Widget(kind, name, below)]
    y += told + GAP
    row = tiles(Frame(GAP, y, WIDTH - 2 * GAP, actions), len(BUTTONS))
    widgets += [Widget("action", name, frame) for name, frame in zip(BUTTONS, row, strict=True)]
    y += actions + GAP
    row = split(Frame(GAP, y, WIDTH - 2 * GAP, faders), len(MAIN))
    for control, frame in zip(MAIN, row, strict=True):
        widgets += [
            Widget("caption", control.name, Frame(frame.x, frame.y, frame.w, 24)),
            Widget("fader", control.name, Frame(frame.x, frame.y + 26, frame.w, frame.h - 58)),
            Widget("value", control.name, Frame(frame.x, frame.y + frame.h - 30, frame.w, 30)),
        ]
    y += faders + GAP
    return Page("play", (*widgets, Widget("presets", "preset", Frame(GAP, y, WIDTH - 2 * GAP, presets))))


def _cells(controls: Sequence[Control]) -> Iterator[Widget]:
    """Yield the widgets of a page of controls, each in a cell with its name above."""
    rows = -(-len(controls) // COLUMNS)
    height = (HEIGHT - GAP) // rows
    for row in range(rows):
        across = split(Frame(GAP, GAP + row * height, WIDTH - 2 * GAP, height - GAP), COLUMNS)
        for control, cell in zip(controls[row * COLUMNS : (row + 1) * COLUMNS], across, strict=False):
            yield Widget("caption", control.name, Frame(cell.x, cell.y, cell.w, 24))
            inner = Frame(cell.x, cell.y + 26, cell.w, cell.h - 26)
            if control.kind != "choice":
                yield Widget("fader", control.name, Frame(inner.x, inner.y, inner.w, inner.h - 34))
                yield Widget("value", control.name, Frame(inner.x, inner.y + inner.h - 30, inner.w, 30))
            elif control.open:
                yield Widget("value", control.name, Frame(inner.x, inner.y, inner.w, 40))
            else:
                yield Widget("choices", control.name, inner)


def split(frame: Frame, parts: int, gap: int = GAP) -> list[Frame]:
    """Return so many frames of one width side by side within a frame."""
    width = (frame.w - (parts - 1) * gap) // parts
    return [Frame(frame.x + i * (width + gap), frame.y, width, frame.h) for i in range(parts)]


def tiles(frame: Frame, count: int, gap: int = 4) -> list[Frame]:
    """Return frames of one size for so many buttons, in rows."""
    columns = tile_columns(frame, count)
    rows = -(-count // columns)
    height = (frame.h - (rows - 1) * gap) // rows
    found = [
        tile
        for row in range(rows)
        for tile in split(Frame(frame.x, frame.y + row * (height + gap), frame.w, height), columns, gap)
    ]
    return found[:count]


def tile_columns(frame: Frame, count: int) -> int:
    """Return in how many columns so many buttons stand best: twice as wide as high, and no place left empty."""

    def fit(columns: int) -> float:
        rows = -(-count // columns)
        ratio = (frame.w / columns) / (frame.h / rows) / 2
        return min(ratio, 1 / ratio) * count / (columns * rows)

    return max(range(1, count + 1), key=fit)


def preset_labels(presets: Sequence[Preset]) -> list[tuple[str, str]]:
    """Return name and label of each preset."""
    return [(preset.name, f"{preset.number} {preset.name}") for preset in presets]
