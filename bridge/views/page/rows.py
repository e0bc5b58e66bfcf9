"""The tables as the page shows them: controls in their groups, actions, presets; and the files of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import TYPE_CHECKING

from bridge.actions import ACTIONS
from bridge.control_pages import decimals, with_pages
from bridge.controls import Control
from bridge.presets.file import Preset
from bridge.views.page.outbox import News

if TYPE_CHECKING:
    from bridge.ports.web import Asset

KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
INDEX = "index.html"


def control_rows(table: Iterable[Control]) -> News:
    """Return every control, in the table's order."""
    rows = [
        {
            "name": control.name,
            "page": page,
            "kind": control.kind,
            "low": control.low,
            "high": control.high,
            "step": control.step,
            "decimals": decimals(control),
            "unit": control.unit,
            "log": control.curve == "log",
            "choices": list(control.choices),
            "default": control.default,
            "home": round(control.position(control.default), 5),
            "sentence": control.sentence,
        }
        for page, control in with_pages(table)
    ]
    return {"is": "rows", "rows": rows}


def action_rows() -> News:
    """Return every action that can be asked for from afar."""
    rows = [
        {"name": row.name, "sentence": _plain(row.sentence), "key": row.key, "argument": row.argument}
        for row in ACTIONS
        if row.osc
    ]
    return {"is": "actions", "rows": rows}


def preset_rows(presets: Iterable[Preset]) -> News:
    """Return every preset."""
    rows = [{"name": preset.name, "number": preset.number, "about": preset.about} for preset in presets]
    return {"is": "presets", "rows": rows}


def model_rows(licences: Mapping[str, str]) -> News:
    """Return every model that is installed, with what it may be used for."""
    return {"is": "models", "rows": [{"name": name, "licence": licence} for name, licence in licences.items()]}


def _plain(sentence: str) -> str:
    """Return a sentence without the marks and links of the pages of documentation."""
    told = re.sub(r": \[[^]]*\]\([^)]*\)$", "", sentence)
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", told).replace("`", "")


def read_site() -> dict[str, Asset]:
    """Return the files of the site by their paths; nothing else can be asked for."""
    from bridge.ports.web import Asset

    site: dict[str, Asset] = {}
    for entry in resources.files("bridge.views.page").joinpath("static").iterdir():
        kind = KINDS.get(entry.name.rpartition(".")[2])
        if kind is not None:
            path = "/" if entry.name == INDEX else f"/{entry.name}"
            site[path] = Asset(f"{kind}; charset=utf-8", entry.read_bytes())
    return site
