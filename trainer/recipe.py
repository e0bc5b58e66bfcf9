"""A recipe of training: a YAML file, or a shipped one by name, and what the command line puts over it."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import UserError


def overrides_from(pairs: Sequence[str]) -> dict[str, Any]:
    """Return KEY=VALUE pairs as a YAML file would read them; raise UserError for anything else."""
    import yaml

    overrides: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise UserError(f"--set {pair!r}: it takes KEY=VALUE, such as epochs=3")
        try:
            overrides[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise UserError(f"--set {pair!r}: {value!r} is no YAML value") from None
    return overrides


def find_config(name: str) -> Path:
    """Return a YAML file by path, or a shipped one by name; raise UserError with the shipped names."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = Path(str(importlib.resources.files("presets")))
    wanted = path.name.removesuffix(".yaml")
    found = {file.stem: file for file in sorted(shipped.glob("train-*.yaml"))}
    if wanted in found:
        return found[wanted]
    raise UserError(f"{name}: there is no such file; give a YAML file or one of {', '.join(found) or 'none'}")
