"""A session for Open Stage Control: JSON, its widgets' properties as its reference names them. Pure.

Everything is in the controls' own units. A curve is told by its points, which the program joins by straight lines:
its own logarithmic scale is another curve than ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bridge.controls import Control
from bridge.presets.file import Preset
from bridge.surfaces.plan import CONTROLS, Page, Widget, Wiring, decimals, plan_pages, preset_labels, tile_columns

VERSION = "1.25.0"
"""The first version behind the last conversion that its loader makes of older sessions."""
CURVE_POINTS = 20
MOST_STEPS = 128
SUBSCRIBE = "send('{prefix}/subscribe')\nsetInterval('subscribe', () => send('{prefix}/subscribe'), 20000)\n"
"""Whoever subscribes without a port is told at the one it sends from."""
PAGE_COLOUR, ACTION_COLOUR, ALARM_COLOUR, FADER_COLOUR = "#15171c", "#d18529", "#cc332e", "#339fa8"


def stage_control_session(wiring: Wiring, presets: Sequence[Preset]) -> bytes:
    """Return the bytes of a session file."""
    session = {
        "createdWith": "Open Stage Control",
        "version": VERSION,
        "type": "session",
        "content": {
            "type": "root",
            "id": "root",
            "colorBg": PAGE_COLOUR,
            "onCreate": SUBSCRIBE.format(prefix=wiring.prefix),
            "tabs": [_tab(wiring, presets, page) for page in plan_pages()],
        },
    }
    return (json.dumps(session, indent=1, ensure_ascii=False) + "\n").encode()


def _tab(wiring: Wiring, presets: Sequence[Preset], page: Page) -> dict[str, Any]:
    widgets = [
        {"id": f"{page.title}.{widget.kind}.{widget.name}", **_place(widget), **_widget(wiring, presets, widget)}
        for widget in page.widgets
    ]
    return {"type": "tab", "id": page.title, "label": page.title, "colorBg": PAGE_COLOUR, "widgets": widgets}


def _place(widget: Widget) -> dict[str, int]:
    frame = widget.frame
    return {"left": frame.x, "top": frame.y, "width": frame.w, "height": frame.h}


def _widget(wiring: Wiring, presets: Sequence[Preset], widget: Widget) -> dict[str, Any]:
    name, address = widget.name, f"{wiring.prefix}/{widget.name}"
    match widget.kind:
        case "caption":
            return {"type": "text", "default": name.replace("_", " "), "bypass": True}
        case "told":
            return {"type": "text", "address": address, "decimals": 1, "default": "–"}
        case "meter":
            look = {"horizontal": True, "design": "compact", "interaction": False, "colorWidget": ACTION_COLOUR}
            return {"type": "fader", "address": address, "bypass": True, **look}
        case "fader":
            standing = widget.frame.h > widget.frame.w
            return {"type": "fader", "address": address, "horizontal": not standing, **_scale(CONTROLS[name])}
        case "value":
            return {"type": "input", "address": address, **_number(CONTROLS[name])}
        case "action":
            colour = ALARM_COLOUR if name == "panic" else ACTION_COLOUR
            look = {"label": name, "wrap": "soft", "colorWidget": colour, "alphaFillOff": 0.35}
            return {"type": "button", "mode": "momentary", "address": address, **look}
        case "choices":
            choices = CONTROLS[name].choices
            return _switch(widget, address, choices, choices, CONTROLS[name].default)
        case _:
            names, labels = zip(*preset_labels(presets), strict=True)
            return _switch(widget, address, names, labels, "")


def _switch(
    widget: Widget, address: str, values: Sequence[str], labels: Sequence[str], default: object
) -> dict[str, Any]:
    return {
        "type": "switch",
        "address": address,
        "typeTags": "s",
        "layout": "grid",
        "gridTemplate": tile_columns(widget.frame, len(values)),
        "values": {"labels": list(labels), "values": list(values)},
        "default": default,
    }


def _scale(control: Control) -> dict[str, Any]:
    """Return range and curve of a fader: its ends, and for a curve that bends the points between."""
    ends = {"min": _tidy(control.low), "max": _tidy(control.high)}
    points = {}
    if control.curve == "log":
        for i in range(1, CURVE_POINTS):
            value = control.low * (control.high / control.low) ** (i / CURVE_POINTS)
            points[f"{100 * i / CURVE_POINTS:g}%"] = round(value, 6)
    whole = control.kind == "int"
    steps = (
        {"steps": int(control.high - control.low) + 1} if whole and control.high - control.low < MOST_STEPS else {}
    )
    return {
        "range": {"min": ends["min"], **points, "max": ends["max"]},
        "default": _tidy(float(control.default)),
        "decimals": 4 if not whole else 0,
        "typeTags": "i" if whole else "f",
        "doubleTap": True,
        "colorWidget": FADER_COLOUR,
        **steps,
    }


def _number(control: Control) -> dict[str, Any]:
    if control.kind == "choice":
        return {"default": control.default, "typeTags": "s"}
    whole = control.kind == "int"
    return {
        "unit": control.unit,
        "numeric": _tidy(control.step),
        "decimals": decimals(control),
        "default": _tidy(float(control.default)),
        "typeTags": "i" if whole else "f",
    }


def _tidy(number: float) -> float | int:
    return int(number) if number == int(number) else number
