"""Where each platform keeps a program's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.folders import config_folder, data_folder, music_folder, sessions_folder


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


def test_sessions_go_beside_the_music_where_there_is_such_a_folder(tmp_path: Path) -> None:
    """As the variable says, else as the desktop has noted it; without one, with the programs' data."""
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    (tmp_path / "user-dirs.dirs").write_text(f'# noted\nXDG_MUSIC_DIR="{tmp_path}/Musik"\n', encoding="utf-8")
    assert music_folder("linux", environ) == tmp_path / "Musik"
    assert sessions_folder("linux", environ) == tmp_path / "data" / "melody-bridge" / "sessions"
    (tmp_path / "Musik").mkdir()
    assert sessions_folder("linux", environ) == tmp_path / "Musik" / "melody-bridge"
    assert music_folder("linux", environ | {"XDG_MUSIC_DIR": "/tunes"}) == Path("/tunes")
    assert music_folder("linux", {"XDG_CONFIG_HOME": str(tmp_path / "none")}) == Path.home() / "Music"
    assert music_folder("darwin", environ) == Path.home() / "Music"


def test_a_relative_folder_is_none() -> None:
    """The specification says so: what is not absolute is ignored."""
    assert data_folder("linux", {"XDG_DATA_HOME": "data"}) == Path.home() / ".local/share/melody-bridge"
    assert music_folder("linux", {"XDG_MUSIC_DIR": "tunes", "XDG_CONFIG_HOME": "/none"}) == Path.home() / "Music"
