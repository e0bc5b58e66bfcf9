"""What a run leaves on disk is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import trainer.state
from engine.errors import UserError


def test_a_full_disk_leaves_what_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, the sentence says so and the file of before is whole."""
    kept = tmp_path / "kept"
    trainer.state.write_atomically(kept, b"before")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="disk is full"):
        trainer.state.write_atomically(kept, b"after")
    assert kept.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
