"""Pictures of the surfaces, drawn from what their files say: `python -m bench.surfaces [--out docs/surfaces]`.

Nobody else's program is asked: where a thing stands, its colour, its text and where its bar is at the start are
read from the file and drawn by one rule (extra `train`: matplotlib).
"""

from __future__ import annotations

import argparse
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bridge.surfaces.amxd import read_amxd
from trainer.pictures import new_figure, save_png

SHIPPED = Path("presets/surfaces")
INCHES_A_POINT = 1 / 130
DARK, SURFACE, ACCENT, GREY = "#15171c", "#2a2e38", "#339fa8", "#4d5768"


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle to draw: place and size in points from the upper left, colour, text, and a bar 0..1."""

    x: float
    y: float
    w: float
    h: float
    colour: str
    text: str = ""
    bar: float | None = None
    dial: bool = False


Picture = tuple[str, float, float, list[Shape]]
"""A page's title, its width and height in points, and what is on it."""


def touchosc_pictures(data: bytes) -> Iterator[Picture]:
    """Yield each page of a `.tosc` file."""
    root = ElementTree.fromstring(zlib.decompress(data))
    for page in root.findall("./node/children/node/children/node"):
        held = _properties(page)
        shapes = [_touchosc_shape(node) for node in page.findall("./children/node")]
        yield str(held["name"]), held["frame"][2], held["frame"][3], shapes


def _touchosc_shape(node: ElementTree.Element) -> Shape:
    held = _properties(node)
    starts = {value.findtext("key"): value.findtext("default") or "" for value in node.findall("./values/value")}
    bar = float(starts["x"]) if node.get("type") == "FADER" else None
    x, y, w, h = held["frame"]
    colour = held["color"] if held["background"] == "1" else "none"
    return Shape(x, y, w, h, colour, starts.get("text", ""), bar)


def _properties(node: ElementTree.Element) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for item in node.findall("./properties/property"):
        value = item.find("value")
        assert value is not None
        parts = [float(part.text or 0) for part in value]
        kind = item.get("type")
        plain = parts if kind == "r" else "#" + "".join(f"{round(255 * part):02x}" for part in parts[:3])
        held[item.findtext("key") or ""] = plain if parts else value.text or ""
    return held


def stage_control_pictures(data: bytes) -> Iterator[Picture]:
    """Yield each tab of an Open Stage Control session."""
    for tab in json.loads(data)["content"]["tabs"]:
        shapes = [shape for widget in tab["widgets"] for shape in _stage_control_shapes(widget)]
        width = max(shape.x + shape.w for shape in shapes) + 8
        yield tab["label"], width, max(shape.y + shape.h for shape in shapes) + 8, shapes


def _stage_control_shapes(widget: dict[str, Any]) -> Iterator[Shape]:
    x, y, w, h = (widget[key] for key in ("left", "top", "width", "height"))
    colour = widget.get("colorWidget", GREY)
    match widget["type"]:
        case "fader":
            scale = widget.get("range", {"min": 0, "max": 1})
            yield Shape(x, y, w, h, colour, bar=travel(scale, widget.get("default", scale["min"])))
        case "switch":
            labels, columns = widget["values"]["labels"], widget["gridTemplate"]
            rows = -(-len(labels) // columns)
            for i, label in enumerate(labels):
                lit = widget["values"]["values"][i] == widget["default"]
                at = x + i % columns * w / columns, y + i // columns * h / rows
                yield Shape(*at, w / columns - 3, h / rows - 3, ACCENT if lit else GREY, label)
        case "input":
            text = f"{widget['default']} {widget.get('unit', '')}".strip()
            yield Shape(x, y, w, h, SURFACE, text)
        case "button":
            yield Shape(x, y, w, h, colour, widget["label"])
        case _:
            yield Shape(x, y, w, h, SURFACE if "address" in widget else "none", widget["default"])


def travel(scale: dict[str, float], value: float) -> float:
    """Return where a value lies, 0..1, on a scale told by points joined by straight lines."""
    points = sorted((_share(key), number) for key, number in scale.items())
    for (start, low), (end, high) in pairwise(points):
        if low <= value <= high:
            return start + (end - start) * (value - low) / (high - low)
    raise ValueError(f"{value} lies outside {scale}")


def _share(key: str) -> float:
    return {"min": 0.0, "max": 1.0}[key] if key in ("min", "max") else float(key.rstrip("%")) / 100


def live_pictures(data: bytes) -> Iterator[Picture]:
    """Yield the face of a Max for Live device."""
    patcher = read_amxd(data)
    boxes = [box["box"] for box in patcher["boxes"] if box["box"].get("presentation")]
    shapes = [shape for box in boxes for shape in _live_shapes(box)]
    yield "melody-bridge", patcher["devicewidth"], patcher["openrect"][3], shapes


def _live_shapes(box: dict[str, Any]) -> Iterator[Shape]:
    x, y, w, h = box["presentation_rect"]
    known = box.get("saved_attribute_attributes", {}).get("valueof", {})
    match box["maxclass"]:
        case "live.dial":
            low, high, (start,) = known["parameter_mmin"], known["parameter_mmax"], known["parameter_initial"]
            turned = ((start - low) / (high - low)) ** (1 / known["parameter_exponent"])
            yield Shape(x, y, w, 14, "none", known["parameter_shortname"])
            yield Shape(x, y + 14, w, h - 28, ACCENT, "", turned, dial=True)
            yield Shape(x, y + h - 14, w, 14, "none", known["parameter_units"] % start)
        case "umenu":
            yield Shape(x, y, w, h, GREY, f"{box['items'][0]} ▾")
        case "live.toggle":
            yield Shape(x, y, w, h, ACCENT if known["parameter_initial"] == [1] else GREY)
        case "comment":
            yield Shape(x, y, w, h, "none", box["text"])
        case _:
            yield Shape(x, y, w, h, GREY, box["text"])


def draw(path: Path, pictures: Sequence[Picture], columns: int) -> None:
    """Write pages side by side, each under its title."""
    rows = -(-len(pictures) // columns)
    width, height = max(p[1] for p in pictures), max(p[2] for p in pictures) + 24
    figure = new_figure(columns * width * INCHES_A_POINT, rows * height * INCHES_A_POINT)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for (title, w, h, shapes), axes in zip(pictures, grid.flat, strict=False):
        axes.set(xlim=(0, w), ylim=(h, 0), aspect="equal")
        axes.set_title(title, fontsize=8, loc="left", pad=2)
        _rectangle(axes, 0, 0, w, h, DARK)
        for shape in shapes:
            _draw(axes, shape)
    save_png(figure, path)


def _draw(axes: Any, shape: Shape) -> None:
    x, y, w, h = shape.x, shape.y, shape.w, shape.h
    if shape.dial and shape.bar is not None:
        from matplotlib.patches import Arc

        size, middle = min(w, h) * 0.9, (x + w / 2, y + h / 2)
        axes.add_patch(Arc(middle, size, size, theta1=120, theta2=60, color=GREY, linewidth=2))
        axes.add_patch(
            Arc(middle, size, size, theta1=120, theta2=120 + 300 * shape.bar, color=ACCENT, linewidth=2)
        )
        angle = math.radians(120 + 300 * shape.bar)
        tip = middle[0] + size / 2 * math.cos(angle), middle[1] + size / 2 * math.sin(angle)
        axes.plot((middle[0], tip[0]), (middle[1], tip[1]), color="white", linewidth=1)
    elif shape.bar is not None:
        _rectangle(axes, x, y, w, h, SURFACE)
        share = shape.bar
        lying = w >= h
        _rectangle(
            axes,
            x,
            y if lying else y + h * (1 - share),
            w * share if lying else w,
            h if lying else h * share,
            shape.colour,
        )
    elif shape.colour != "none":
        _rectangle(axes, x, y, w, h, shape.colour)
    if shape.text:
        room = w / max(1.0, 0.62 * len(shape.text))
        size = min(9.0, h * 0.5, room) * 72 * INCHES_A_POINT * 1.35
        axes.text(
            x + w / 2, y + h / 2, shape.text, color="white", fontsize=size, ha="center", va="center", clip_on=True
        )


def _rectangle(axes: Any, x: float, y: float, w: float, h: float, colour: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), w, h, facecolor=colour, edgecolor="none"))


def main() -> int:
    """Draw the shipped surfaces."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.surfaces", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=Path("docs/surfaces"), metavar="DIR")
    out: Path = parser.parse_args().out
    for name, suffix, read, columns in (
        ("touchosc", ".tosc", touchosc_pictures, 2),
        ("stage-control", ".stage-control.json", stage_control_pictures, 2),
        ("live", ".amxd", live_pictures, 1),
    ):
        draw(out / f"{name}.png", list(read((SHIPPED / f"melody-bridge{suffix}").read_bytes())), columns)
        print(out / f"{name}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
