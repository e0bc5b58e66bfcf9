"""What tells one set of weights from another: a checksum of all that decides which notes are drawn. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from engine.installed import critic_file

DIGITS = 16
"""Hexadecimal digits of a checksum that are told: 64 bits, more than enough to tell two files apart."""
CHUNK_BYTES = 1 << 20


def checksum(files: Iterable[Path]) -> str:
    """Return the first DIGITS of the SHA-256 of the files' bytes, one behind the other, each with its size.

    Raises OSError when one cannot be read.
    """
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.stat().st_size}:".encode())
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()[:DIGITS]


def of_checkpoint(folder: Path) -> str:
    """Return the checksum of a checkpoint and of the critic that chooses among its drafts."""
    return checksum([folder / "config.json", folder / "model.safetensors", critic_file(folder)])
