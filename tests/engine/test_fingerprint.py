"""A checksum tells weights apart, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.checkpoint_folder import known
from engine.fingerprint import DIGITS, checksum, of_checkpoint


def test_the_checksum_is_of_the_bytes_and_of_where_a_file_ends(tmp_path: Path) -> None:
    """The same bytes give the same digits under any name; one moved from a file to the next gives others."""
    for name, data in (("a", b"12"), ("b", b"3"), ("c", b"12"), ("d", b"1"), ("e", b"23")):
        (tmp_path / name).write_bytes(data)
    found = [checksum([tmp_path / name for name in names]) for names in ("ab", "cb", "de")]
    assert found[0] == found[1] != found[2]
    assert len(found[0]) == DIGITS


def test_a_changed_checkpoint_has_another_checksum(tmp_path: Path) -> None:
    """One byte of the config is enough; a copy elsewhere is the same."""
    shipped = known()["essen-pitch"]
    copy = Path(shutil.copytree(shipped, tmp_path / "copy"))
    assert of_checkpoint(copy) == of_checkpoint(shipped)
    (copy / "config.json").write_text((copy / "config.json").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert of_checkpoint(copy) != of_checkpoint(shipped)


def test_another_critic_is_another_checksum(tmp_path: Path) -> None:
    """A checkpoint's own critic chooses among its drafts, so a take depends on it."""
    copy = Path(shutil.copytree(known()["songbook"], tmp_path / "copy"))
    before = of_checkpoint(copy)
    (copy / "critic.safetensors").write_bytes((copy / "critic.safetensors").read_bytes() + b" ")
    assert of_checkpoint(copy) != before


def test_weights_that_are_gone_are_no_checksum(tmp_path: Path) -> None:
    """The error is the system's own."""
    with pytest.raises(OSError, match=r"config\.json"):
        of_checkpoint(tmp_path)
