"""Where this platform keeps a program's files."""

from __future__ import annotations

import os
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
