"""The settings of a session: defaults, then a preset, then what the command line says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.config import Config
from bridge.controls import spelled_out
from bridge.presets.controllers import learned_file, read_learned, with_learned
from bridge.presets.file import Preset
from bridge.presets.shelf import SUFFIXES, Shelf, read_file


def load_preset(name: str) -> Preset:
    """Return a preset by its name, its number, or the path of its file. Raises UserError as `Shelf.find` does."""
    shelf, path = Shelf(), Path(name)
    if name.strip().lower() not in shelf.names() and (path.suffix in SUFFIXES or len(path.parts) > 1):
        return read_file(path)
    return shelf.find(name)


def make_config(preset: str | None, **overrides: object) -> Config:
    """Return the settings: defaults, then the preset's, then `overrides` that are not None (the flags).

    `overrides["controls"]` and `overrides["cc"]` are merged key by key; controllers that were learned come in
    as `with_learned` says. Raises UserError as `load_preset` and `Config` do.
    """
    found = load_preset(preset) if preset else Preset("")
    values: dict[str, Any] = {**found.settings, "controls": found.controls, "preset": found.name}
    merged = {**values, **{name: value for name, value in overrides.items() if value is not None}}
    for name in ("controls", "cc"):
        below, above = values.get(name, {}), merged.get(name, {})
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            merged[name] = {**below, **(spelled_out(above) if name == "controls" else above)}
    preset_cc, flags = values.get("cc", {}), overrides.get("cc") or {}
    learned = read_learned(learned_file())
    if learned and isinstance(preset_cc, Mapping) and isinstance(flags, Mapping):
        footswitch = merged.get("footswitch_cc", Config().footswitch_cc)
        merged["cc"] = with_learned(preset_cc, learned, flags, footswitch)
    return Config(**merged)
