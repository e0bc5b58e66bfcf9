"""A file or a folder stands whole under its name, or what stood there before does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.files import whole_folder, write_whole


def test_a_write_that_fails_leaves_what_stood_there_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up while the new file is written."""
    (tmp_path / "a").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_folder_appears_when_it_is_filled(tmp_path: Path) -> None:
    """Until the block ends nothing stands under the name."""
    with whole_folder(tmp_path / "new" / "a") as folder:
        (folder / "b").write_bytes(b"x")
        assert not (tmp_path / "new" / "a").exists()
    assert (tmp_path / "new" / "a" / "b").read_bytes() == b"x"


def test_a_folder_that_is_not_filled_leaves_nothing(tmp_path: Path) -> None:
    """A fault within the block takes its draft with it."""
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "a"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
