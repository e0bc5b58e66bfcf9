"""Where each platform keeps a program's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.folders import config_folder


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "~/.config/melody-bridge"),
        ("linux", {"XDG_CONFIG_HOME": "/etc/mine"}, "/etc/mine/melody-bridge"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, "~/.config/melody-bridge"),
        ("darwin", {"XDG_CONFIG_HOME": "/etc/mine"}, "~/Library/Application Support/melody-bridge"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/melody-bridge"),
    ],
)
def test_the_players_settings_stand_where_the_platform_keeps_them(
    platform: str, environ: dict[str, str], folder: str
) -> None:
    """XDG's variable counts where it is absolute, as its specification says."""
    assert config_folder(platform, environ) == Path(folder).expanduser()
