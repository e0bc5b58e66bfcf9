"""Every surface's file, and writing them into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.presets.file import Preset
from bridge.surfaces.live_device import live_device
from bridge.surfaces.plan import Wiring
from bridge.surfaces.reaper import reaper_effect, reaper_pattern
from bridge.surfaces.stage_control import stage_control_session
from bridge.surfaces.touchosc import touchosc_layout
from engine.errors import UserError
from engine.files import write_whole

NAME = "melody-bridge"


def surface_files(wiring: Wiring, presets: Sequence[Preset]) -> dict[str, bytes]:
    """Return the surfaces by their files' names. presets: those that get a button."""
    return {
        f"{NAME}.tosc": touchosc_layout(wiring, presets),
        f"{NAME}.stage-control.json": stage_control_session(wiring, presets),
        f"{NAME}.ReaperOSC": reaper_pattern(wiring),
        f"{NAME}.jsfx": reaper_effect(),
        f"{NAME}.amxd": live_device(wiring, presets),
    }


def write_surfaces(folder: Path, wiring: Wiring, presets: Sequence[Preset]) -> list[Path]:
    """Write every surface into a folder, which is made; return the files. Raises UserError where it cannot be."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in surface_files(wiring, presets).items():
            write_whole(folder / name, data)
            written.append(folder / name)
    except OSError as error:
        raise UserError(
            f"--out {folder}: it cannot be written ({error.strerror or error}); name another"
        ) from None
    return written
