"""The folder of sessions: found, recovered, and a take had by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.folders import sessions_folder
from bridge.recording.journal_file import JournalFile
from bridge.recording.library import find_take, folder_of, journals, make_midi, read_session, undone
from engine.errors import UserError
from tests.bridge.recording.takes import an_evening


def evening(folder: Path, name: str) -> Path:
    """Write a journal of one take."""
    path = folder / f"{name}.jsonl"
    path.write_bytes(an_evening().journal())
    return path


def test_where_sessions_go_is_off_a_folder_or_the_platforms(tmp_path: Path) -> None:
    """As --record says."""
    assert folder_of("off") is None
    assert folder_of("OFF ") is None
    assert folder_of(str(tmp_path)) == tmp_path
    assert folder_of("") == sessions_folder()


def test_a_session_that_had_no_end_is_undone_and_one_that_is_being_written_is_not(tmp_path: Path) -> None:
    """Until its file is made."""
    killed, running = evening(tmp_path, "killed"), JournalFile(tmp_path, "running")
    running.append(an_evening().journal())
    assert list(undone(tmp_path)) == [killed]
    make_midi(killed, killed.with_suffix(".mid"))
    assert list(undone(tmp_path)) == []
    running.close()
    assert list(undone(tmp_path)) == [running.path]
    assert list(undone(tmp_path / "none")) == []


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
