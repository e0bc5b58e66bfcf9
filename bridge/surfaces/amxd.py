"""The container of a Max for Live device and the patcher in it, without Max: JSON behind a header. Pure.

"ampf", version 4, the kind of device, "meta" and four bytes, "ptch" and the patcher's JSON with its length, closed
by a zero; lengths are little-endian. Dates are left at zero, so that the same patch gives the same bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

MIDI_EFFECT = b"mmmm"
ENUM, FLOAT, INT = 2, 0, 1
"""Kinds of a Live parameter."""
CUSTOM_UNIT = 9
Rect = tuple[float, float, float, float]


@dataclass
class Patch:
    """Collect boxes and lines; a box is known by its name, and stands in the order in which it was added."""

    boxes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def box(self, name: str, maxclass: str, inlets: int, outlets: int, **more: Any) -> None:
        """Add a box of any kind."""
        place = len(self.boxes)
        rect = [40.0 + place % 8 * 170.0, 220.0 + place // 8 * 34.0, 160.0, 22.0]
        shape = {"numinlets": inlets, "numoutlets": outlets, "outlettype": [""] * outlets, "patching_rect": rect}
        self.boxes.append({"box": {"id": name, "maxclass": maxclass, **shape, **more}})

    def object(self, name: str, text: str, inlets: int = 1, outlets: int = 1) -> None:
        """Add an object by what would be typed into it."""
        self.box(name, "newobj", inlets, outlets, text=text)

    def message(self, name: str, text: str) -> None:
        """Add a message box."""
        self.box(name, "message", 2, 1, text=text)

    def shown(
        self,
        name: str,
        maxclass: str,
        rect: Rect,
        outlets: int,
        parameter: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Add a box in the device's face. parameter: what Live knows of it, where it is one of Live's."""
        face: dict[str, Any] = {"presentation": 1, "presentation_rect": list(rect)}
        if parameter is not None:
            face |= {"parameter_enable": 1, "varname": name, "saved_attribute_attributes": {"valueof": parameter}}
        self.box(name, maxclass, 1, outlets, **face, **more)

    def line(self, source: str, target: str, outlet: int = 0, inlet: int = 0) -> None:
        """Join an outlet to an inlet, counted from the left."""
        self.lines.append({"patchline": {"source": [source, outlet], "destination": [target, inlet]}})

    def chain(self, *names: str) -> None:
        """Join boxes in a row, first outlet to first inlet."""
        for source, target in pairwise(names):
            self.line(source, target)


def write_amxd(patch: Patch, width: float, banks: Sequence[str]) -> bytes:
    """Return the bytes of a MIDI effect. banks: the parameters of the first bank on a controller, in order."""
    first = {"index": 0, "name": "", "parameters": list(banks)}
    patcher = {
        "fileversion": 1,
        "appversion": {"major": 8, "minor": 6, "revision": 5, "architecture": "x64", "modernui": 1},
        "classnamespace": "box",
        "rect": [100.0, 100.0, 1500.0, 900.0],
        "openrect": [0.0, 0.0, width, 169.0],
        "openinpresentation": 1,
        "default_fontsize": 10.0,
        "default_fontname": "Ableton Sans Medium",
        "gridsize": [8.0, 8.0],
        "devicewidth": width,
        "description": "melody-bridge: its controls, its actions and its notes",
        "boxes": patch.boxes,
        "lines": patch.lines,
        "dependency_cache": [],
        "latency": 0,
        "parameters": {"parameterbanks": {"0": first}},
        "project": {
            "version": 1,
            "creationdate": 0,
            "modificationdate": 0,
            "amxdtype": struct.unpack("<I", MIDI_EFFECT)[0],
            "contents": {"patchers": {}},
            "layout": {},
            "searchpath": {},
            "readonly": 0,
        },
    }
    text = json.dumps({"patcher": patcher}, indent="\t").encode() + b"\n\x00"
    meta = b"meta" + struct.pack("<I", 4) + bytes(4)
    return b"ampf" + struct.pack("<I", 4) + MIDI_EFFECT + meta + b"ptch" + struct.pack("<I", len(text)) + text


def read_amxd(data: bytes) -> dict[str, Any]:
    """Return the patcher in a device's bytes; raise ValueError for what is no such container, or a cut one."""
    if data[:4] != b"ampf" or data[12:16] != b"meta":
        raise ValueError("no Max for Live device")
    (meta,) = struct.unpack_from("<I", data, 16)
    at = 20 + meta
    if data[at : at + 4] != b"ptch":
        raise ValueError("no patcher in it")
    (size,) = struct.unpack_from("<I", data, at + 4)
    text = data[at + 8 : at + 8 + size]
    if len(text) != size or not text.endswith(b"\0"):
        raise ValueError("it is cut off")
    patcher: dict[str, Any] = json.loads(text[:-1])["patcher"]
    return patcher
