"""Where this platform keeps a program's files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "melody-bridge"


def config_folder(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the player's own settings are kept; it need not exist.

    Linux and others: $XDG_CONFIG_HOME or ~/.config (XDG Base Directory Specification); macOS:
    ~/Library/Application Support; Windows: %APPDATA%.
    """
    if platform == "win32":
        return Path(environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / NAME
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    chosen = Path(environ.get("XDG_CONFIG_HOME") or "")
    return (chosen if chosen.is_absolute() else Path.home() / ".config") / NAME


def sessions_folder(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where sessions are recorded; it need not exist.

    In the user's folder for music where there is one, else with the programs' data.
    """
    music = music_folder(platform, environ)
    return music / NAME if music.is_dir() else data_folder(platform, environ) / "sessions"


def music_folder(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the user's music is; it need not exist.

    Linux and others: $XDG_MUSIC_DIR, else as user-dirs.dirs says (xdg-user-dirs), else ~/Music; elsewhere ~/Music.
    """
    if platform in ("win32", "darwin"):
        return Path.home() / "Music"
    told = environ.get("XDG_MUSIC_DIR") or _user_dir("XDG_MUSIC_DIR", platform, environ)
    return Path(told) if told and Path(told).is_absolute() else Path.home() / "Music"


def data_folder(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where a program's data are kept; it need not exist.

    Linux and others: $XDG_DATA_HOME or ~/.local/share (XDG Base Directory Specification); macOS and Windows: the
    folder of the settings.
    """
    if platform in ("win32", "darwin"):
        return config_folder(platform, environ)
    chosen = Path(environ.get("XDG_DATA_HOME") or "")
    return (chosen if chosen.is_absolute() else Path.home() / ".local" / "share") / NAME


def _user_dir(name: str, platform: str, environ: Mapping[str, str]) -> str:
    """Return what xdg-user-dirs has noted for a folder, as in XDG_MUSIC_DIR="$HOME/Musik"; "" where it has not."""
    try:
        noted = (config_folder(platform, environ).parent / "user-dirs.dirs").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    found = re.search(rf'^{name}="(.*)"$', noted, re.MULTILINE)
    return found[1].replace("$HOME", str(Path.home())) if found else ""
