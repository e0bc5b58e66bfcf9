"""The checkpoints that are installed: where they stand, and what they may be used for. No numpy, no torch."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path

CONFIG, WEIGHTS = "config.json", "model.safetensors"
UNSTATED = "licence not stated"


def known() -> dict[str, Path]:
    """Return the shipped checkpoints by name."""
    shipped = Path(str(importlib.resources.files("presets"))) / "checkpoints"
    if not shipped.is_dir():
        return {}
    return {path.name: path for path in sorted(shipped.iterdir()) if (path / CONFIG).is_file()}


def licence_of(name_or_dir: str | Path) -> str:
    """Return what a checkpoint may be used for, in its config's words; UNSTATED where it has none.

    Never raises: whether the checkpoint can be played is found out where it is loaded.
    """
    folder = known().get(str(name_or_dir)) or Path(name_or_dir).expanduser()
    try:
        licence = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["licence"]
    except (OSError, ValueError, KeyError, TypeError):
        return UNSTATED
    return licence if isinstance(licence, str) and licence.strip() else UNSTATED
