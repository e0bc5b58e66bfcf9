"""The folder of sessions: found, recovered, and a take had by its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.recording.journal_file import JournalFile
from bridge.recording.library import default_folder, find_take, folder_of, journals, read_session, recover
from engine.errors import UserError
from tests.bridge.recording.takes import an_evening


def evening(folder: Path, name: str) -> Path:
    """Write a journal of one take."""
    path = folder / f"{name}.jsonl"
    path.write_bytes(an_evening().journal())
    return path


def test_where_sessions_go_is_off_a_folder_or_the_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the user's music, where there is such a folder."""
    assert folder_of("off") is None
    assert folder_of(str(tmp_path)) == tmp_path
    for name, there in (("music", True), ("no music", False)):
        monkeypatch.setenv("XDG_MUSIC_DIR", str(tmp_path / name))
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        if there:
            (tmp_path / name).mkdir()
        if os.name == "posix" and os.uname().sysname == "Linux":
            expected = tmp_path / name / "melody-bridge" if there else tmp_path / "data/melody-bridge/sessions"
            assert folder_of("") == default_folder() == expected


def test_a_session_that_had_no_end_gets_its_file_and_one_that_is_being_written_does_not(tmp_path: Path) -> None:
    """Once: what is whole is left alone; what is no journal, too."""
    killed, running = evening(tmp_path, "killed"), JournalFile(tmp_path, "running")
    running.append(an_evening().journal())
    (tmp_path / "rubbish.jsonl").write_text("rubbish")
    assert list(recover(tmp_path)) == [killed.with_suffix(".mid")]
    assert list(recover(tmp_path)) == []
    running.close()
    assert list(recover(tmp_path)) == [tmp_path / "running.mid"]
    assert list(recover(tmp_path / "none")) == []


def test_a_take_is_found_in_the_last_session_or_in_the_one_that_is_named(tmp_path: Path) -> None:
    """The beginning of the name is enough where it is the only one's."""
    for name in ("2026-11-04-200000", "2026-11-05-203112", "2026-11-05-203112-2"):
        evening(tmp_path, name)
    assert find_take(tmp_path, "1").journal.stem == "2026-11-05-203112-2"
    assert find_take(tmp_path, "2026-11-04/1").take.number == 1
    assert find_take(tmp_path, "2026-11-05-203112/1").journal.stem == "2026-11-05-203112"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x", "it takes a number, as 3, or session and number"),
        ("../../etc/passwd/1", "no session in"),
        ("2026-11/1", "several sessions begin so"),
        ("2026-11-04/7", "2026-11-04-200000 has take 1 alone"),
        ("9" * 5000, "has take 1 alone"),
    ],
)
def test_a_take_that_is_not_there_is_said_with_what_there_is(tmp_path: Path, name: str, said: str) -> None:
    """One sentence, and the next step."""
    for each in ("2026-11-04-200000", "2026-11-05-203112"):
        evening(tmp_path, each)
    with pytest.raises(UserError, match=said):
        find_take(tmp_path, name)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The file, and why."""
    (tmp_path / "x.jsonl").write_text("rubbish")
    with pytest.raises(UserError, match=r"x\.jsonl: it is no journal"):
        read_session(tmp_path / "x.jsonl")
    with pytest.raises(UserError, match=r"y\.jsonl: not readable"):
        read_session(tmp_path / "y.jsonl")
    assert journals(tmp_path / "none") == []
