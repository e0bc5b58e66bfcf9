"""The checkpoints that are installed: where they stand, and what they may be used for. No numpy, no torch."""

from __future__ import annotations

import importlib.resources
import json
from dataclasses import dataclass
from pathlib import Path

CONFIG, WEIGHTS, CRITIC = "config.json", "model.safetensors", "critic.safetensors"
UNSTATED = "licence not stated"


@dataclass(frozen=True, slots=True)
class Installed:
    """Hold a checkpoint that can be asked for by name.

    source: what --checkpoint takes to load it; licence: what it may be used for; weights_bytes: of its file.
    """

    source: str
    licence: str
    weights_bytes: int


def critic_file(checkpoint: Path) -> Path:
    """Return the weights of the critic of a checkpoint: those in its folder, else those that ship."""
    own = checkpoint / CRITIC
    return own if own.is_file() else Path(str(importlib.resources.files("presets"))) / "critic" / CRITIC


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


def installed(first: str = "") -> dict[str, Installed]:
    """Return the checkpoints that can be asked for, by name.

    first: the one that a session begins with; where it is none that ships it is there by its folder's name too, or
    by `first` itself where that is the name of one that ships.
    """
    found = {name: _installed(name, path) for name, path in known().items()}
    if first and first not in found:
        name = folder_name(first)
        found[first if name in found else name] = _installed(first, Path(first).expanduser())
    return found


def name_of(first: str) -> str:
    """Return the name in `installed(first)` of the one that a session begins with."""
    name = folder_name(first)
    return first if first in known() or name in known() else name


def folder_name(name_or_dir: str) -> str:
    """Return the name of a checkpoint, or of its folder, which may be the current one (".")."""
    path = Path(name_or_dir).expanduser()
    return path.name if path.name not in ("", "..") else path.resolve().name


def _installed(source: str, path: Path) -> Installed:
    try:
        weights_bytes = (path / WEIGHTS).stat().st_size
    except OSError:
        weights_bytes = 0
    return Installed(source, licence_of(path), weights_bytes)
