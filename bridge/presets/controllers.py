"""The controllers that a player's knobs have been given: one file in the platform's folder for settings.

It is written as `cc` in a preset is, so that it can be read and mended by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bridge.bindings import parse_binding
from bridge.config import OFF, SUSTAIN_CC
from bridge.folders import config_folder
from bridge.presets.file import parse_preset
from engine.errors import UserError
from engine.files import write_whole


def learned_file() -> Path:
    """Return where they are kept; it need not exist."""
    return config_folder() / "controllers.yaml"


def read_learned(path: Path) -> dict[str, int | str]:
    """Return the controllers by the names of what they move; none where there is no file.

    Raises UserError with file and line for what is no controller, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
    preset = parse_preset("controllers", str(path), text)
    if preset.controls or set(preset.settings) - {"cc"}:
        raise UserError(f"{path}: it holds cc: and nothing else; what else is in it belongs into a preset")
    found = preset.settings.get("cc", {})
    return {str(name): each for name, each in found.items()} if isinstance(found, Mapping) else {}


def keep_learned(path: Path, name: str, controller: int | str) -> None:
    """Write one controller beside those that are kept; what had its number before is no longer kept.

    Raises UserError, and leaves the file as it is, where it cannot be read or written.
    """
    import yaml

    kept = {each: held for each, held in read_learned(path).items() if not _shared(held, [controller])}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, yaml.safe_dump({"cc": {**kept, name: controller}}, sort_keys=False).encode())
    except OSError as error:
        raise UserError(
            f"learned, but it cannot be kept in {path}: {error.strerror or error}; it holds until the end"
        ) from None


def with_learned(
    preset: Mapping[str, int | str],
    learned: Mapping[str, int | str],
    flags: Mapping[str, int | str],
    footswitch_cc: int,
) -> dict[str, int | str]:
    """Return whose controller holds: a flag's before one that was learned, that before a preset's.

    A number has one control: what was learned gives way to the flags, the preset to both. The two are at odds with
    nobody's wish, so that nothing is refused for it.
    """
    fixed = [*flags.values(), footswitch_cc, SUSTAIN_CC]
    own = {name: each for name, each in learned.items() if name not in flags and not _shared(each, fixed)}
    below = {name: each for name, each in preset.items() if name not in own and not _shared(each, own.values())}
    return {**below, **own, **flags}


def _shared(controller: int | str, others: Iterable[int | str]) -> bool:
    """Say whether a controller has a number that another of them has too."""
    numbers = set(_numbers(controller))
    return any(numbers & set(_numbers(other)) for other in others)


def _numbers(controller: int | str) -> tuple[int, ...]:
    """Return the controllers that are written so; none for nonsense, which `Config` refuses by its name."""
    try:
        return () if controller == OFF else parse_binding("", controller).numbers
    except UserError:
        return ()
