"""A file that grows by whole lines: what the disk has taken is known, what it refuses leaves no half of a line."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ENDING = ".jsonl"
MOST_NAMES = 100


class JournalFile:
    """Append to a file that is new; raises OSError whenever the disk refuses."""

    def __init__(self, folder: Path, stem: str) -> None:
        """Make the folder where there is none, and in it a file of this name, or with a number behind it."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / (stem + ENDING)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        for number in range(2, MOST_NAMES):
            try:
                self._file = os.open(self.path, flags, 0o644)
                break
            except FileExistsError:
                self.path = folder / f"{stem}-{number}{ENDING}"
        else:
            raise FileExistsError(17, "too many files of this name", str(folder))
        self._whole = 0
        lock(self._file)

    def append(self, data: bytes) -> None:
        """Write whole lines, and have them on the disk; where that fails the file ends as it did before."""
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fsync(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._whole)
            raise
        self._whole += len(data)

    def moved(self, folder: Path) -> JournalFile:
        """Return a copy of it elsewhere, which goes on instead; this one is closed, and stays where it is."""
        copy = JournalFile(folder, self.path.stem)
        try:
            copy.append(self.path.read_bytes()[: self._whole])
        except OSError:
            copy.close()
            with contextlib.suppress(OSError):
                copy.path.unlink()
            raise
        self.close()
        return copy

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            os.close(self._file)


def lock(file: int) -> bool:
    """Mark an open file as being written, until it is closed or its process ends; return whether nobody else has.

    Where the system knows no such marks, nobody has.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_being_written(path: Path) -> bool:
    """Say whether a running program writes this journal."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not lock(file)
    finally:
        os.close(file)
