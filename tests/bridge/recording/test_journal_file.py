"""A file that grows by whole lines, whatever the disk does."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bridge.recording.journal_file import JournalFile, is_being_written


def full_after(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk take so many bytes more."""
    write, room = os.write, [size]

    def write_some(file: int, data: bytes) -> int:
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(file, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", write_some)


def test_lines_that_the_disk_takes_are_there_at_once(tmp_path: Path) -> None:
    """In a folder that is made for them."""
    file = JournalFile(tmp_path / "new" / "folder", "evening")
    file.append(b"one\n")
    file.append(b"two\n")
    assert file.path.read_bytes() == b"one\ntwo\n"
    file.close()


def test_a_full_disk_leaves_no_half_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it took of the last append is gone, so that the same can be appended again."""
    file = JournalFile(tmp_path, "evening")
    file.append(b"one\n")
    with monkeypatch.context() as patch:
        full_after(3, patch)
        with pytest.raises(OSError, match="No space"):
            file.append(b"two\nthree\n")
    assert file.path.read_bytes() == b"one\n"
    file.append(b"two\nthree\n")
    assert file.path.read_bytes() == b"one\ntwo\nthree\n"
    file.close()


def test_two_sessions_that_begin_in_one_second_have_files_of_their_own(tmp_path: Path) -> None:
    """Nothing that is there is ever written over."""
    files = [JournalFile(tmp_path, "evening") for _ in range(3)]
    assert [file.path.name for file in files] == ["evening.jsonl", "evening-2.jsonl", "evening-3.jsonl"]
    for file in files:
        file.close()


def test_it_can_go_on_elsewhere(tmp_path: Path) -> None:
    """With all that it had; the first part stays where it was."""
    file = JournalFile(tmp_path / "a", "evening")
    file.append(b"one\n")
    moved = file.moved(tmp_path / "b")
    moved.append(b"two\n")
    assert moved.path.read_bytes() == b"one\ntwo\n"
    assert file.path.read_bytes() == b"one\n"
    moved.close()


def test_whether_a_journal_is_being_written_is_known(tmp_path: Path) -> None:
    """Until its file is closed."""
    file = JournalFile(tmp_path, "evening")
    assert is_being_written(file.path)
    file.close()
    assert not is_being_written(file.path)
    assert not is_being_written(tmp_path / "none")
