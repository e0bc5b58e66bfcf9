"""Where presets stand: those that travel with the program, and the player's own beside them.

A name is looked up among the names that there are, and a new one must be a slug: whatever arrives from outside, no
name becomes a path. The one exception is the command line's `--preset FILE.yaml`, which `read_file` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.controls import suggest
from bridge.folders import config_folder
from bridge.presets.file import LAST_NUMBER, Preset, format_preset, parse_preset
from engine.errors import UserError
from engine.files import write_whole

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SUFFIXES = (".yaml", ".yml")
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{digit}" for kind in ("com", "lpt") for digit in range(10))}
"""What Windows takes for a device, whatever suffix follows."""


def _presets() -> Traversable:
    from importlib import resources  # slow to load, and a start without a preset does without it

    return resources.files("presets")


def bundled_names() -> list[str]:
    """Return the presets that travel with the program."""
    names = (entry.name for entry in _presets().iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and name[:6] != "train-")


def bundled_presets() -> list[Preset]:
    """Return the presets that travel with the program, by their numbers."""
    return sorted(map(_bundled, bundled_names()), key=lambda preset: preset.number or 0)


def _bundled(name: str) -> Preset:
    text = (_presets() / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_preset(name, f"{name}.yaml", text)


def read_file(path: Path) -> Preset:
    """Return the preset in a YAML file. Raises UserError as `parse_preset` does, and where there is no file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"preset {path}: no such file ({error.strerror})") from None
    return parse_preset(path.stem, str(path), text)


def slug(name: object) -> str:
    """Return a name as a new preset may bear it: in small letters, spaces as hyphens.

    Raises UserError for what is not made of letters, digits and hyphens, or is too long.
    """
    small = re.sub(r"[\s_]+", "-", str(name).strip().lower())
    if not _SLUG.fullmatch(small) or small in _DEVICES:
        raise UserError(
            f"preset name {str(name)[:80]!r} refused; "
            "it takes letters a to z, digits and hyphens, a letter first, 40 in all"
        )
    return small


class Shelf:
    """Find presets by name or number, and save new ones. own: the player's folder; it need not exist."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = config_folder() / "presets" if own is None else own

    @property
    def own_folder(self) -> Path:
        """Return where the player's own presets stand."""
        return self._own

    def names(self) -> list[str]:
        """Return every preset's name; one of the player's own hides a bundled one."""
        return sorted({*bundled_names(), *self._files()})

    def read(self, name: str) -> Preset:
        """Return the preset of this name, written in any case.

        Raises UserError naming the nearest when there is none, and as `parse_preset` does.
        """
        wanted, own = name.strip().lower(), self._files()
        if wanted in own:
            return read_file(own[wanted])
        if wanted not in bundled_names():
            raise UserError(f"unknown preset '{name}'" + suggest(wanted, self.names()))
        return _bundled(wanted)

    def numbered(self) -> dict[int, Preset]:
        """Return the presets that have a number, by it; the player's own come first. Broken ones are left out."""
        found: dict[int, Preset] = {}
        for preset in self._readable():
            if preset.number is not None:
                found.setdefault(preset.number, preset)
        return dict(sorted(found.items()))

    def presets(self) -> list[Preset]:
        """Return every preset that can be read, by their numbers, then by name."""
        return sorted(self._readable(), key=lambda preset: (preset.number or LAST_NUMBER + 1, preset.name))

    def find(self, which: object) -> Preset:
        """Return a preset by its name, or by its number as a number or as digits.

        Raises UserError, naming those that there are, when there is none.
        """
        number = _whole(which)
        if number is None:
            return self.read(str(which)[:80])
        numbered = self.numbered()
        if number not in numbered:
            known = ", ".join(f"{each} {preset.name}" for each, preset in numbered.items())
            raise UserError(f"there is no preset {number}; there are {known}")
        return numbered[number]

    def save(self, preset: Preset) -> Preset:
        """Write a preset of the player's own; without a number it gets the next free one. Return it as it stands.

        One of its name that the player saved before is replaced, and keeps its number and sentence.

        Raises UserError for a name that is no slug, or a bundled preset's, and when it cannot be written.
        """
        name = slug(preset.name)
        if name in bundled_names():
            raise UserError(f"preset '{name}' comes with the program and stays as it is; choose another name")
        before = next((own for own in self._readable() if own.name == name and name in self._files()), None)
        if before is not None:
            about, number = before.about, before.number
        else:
            about, number = preset.about, self._free_number()
        named = Preset(name, about, number, preset.settings, preset.controls)
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            write_whole(self._own / f"{name}.yaml", format_preset(named).encode())
        except OSError as error:
            raise UserError(f"preset '{name}' cannot be saved in {self._own}: {error.strerror or error}") from None
        return named

    def _free_number(self) -> int | None:
        """Return the number behind the last that is taken; None where that is none of MIDI's."""
        last = max(self.numbered(), default=0)
        return last + 1 if last < LAST_NUMBER else None

    def _files(self) -> dict[str, Path]:
        """Return the player's own files by their names in small letters."""
        try:
            return {path.stem.lower(): path for path in sorted(self._own.iterdir()) if path.suffix in SUFFIXES}
        except OSError:
            return {}

    def _readable(self) -> Iterator[Preset]:
        """Yield every preset that can be read, the player's own first."""
        own = self._files()
        for name in sorted(self.names(), key=lambda name: (name not in own, name)):
            try:
                yield self.read(name)
            except UserError:
                continue


def _whole(which: object) -> int | None:
    """Return a number, or its digits, as an int; None for a name."""
    if isinstance(which, str):
        return int(which) if which.strip().isascii() and which.strip().isdigit() else None
    if isinstance(which, int | float) and not isinstance(which, bool) and which == which // 1:
        return int(which)
    return None
