"""What a reader of music files is given and what it gives: bytes with a name in, songs and reasons out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.notes import Song


class ReadError(ValueError):
    """Say why one piece of a source cannot be read; the caller names the piece, counts it and goes on."""


@dataclass(frozen=True)
class Skipped:
    """Name a piece that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Remark:
    """Name a piece of which something was chosen in reading, and say what."""

    name: str
    text: str


@dataclass(frozen=True)
class SourceFile:
    """Hold one file of a source: its path within it, with slashes, and its bytes."""

    name: str
    data: bytes

    @property
    def path(self) -> PurePosixPath:
        """Return its name as a path."""
        return PurePosixPath(self.name)

    @property
    def folder(self) -> str:
        """Return the name of the folder that it lies in, which stands for a region where the file names none."""
        return self.path.parent.name

    @property
    def text(self) -> str:
        """Return the bytes as text: UTF-8, or else what old collections are written in."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # The Essen files come from DOS: bytes that Latin-1 has no letters for are its code page's.
            dos = any(0x80 <= byte < 0xA0 for byte in self.data)
            return self.data.decode("cp437" if dos else "latin-1")


Reader = Callable[[SourceFile], Iterator[Song | Skipped | Remark]]
"""Yields each piece of a file, as a Song, or as Skipped where it alone cannot be read; raises ReadError when the
whole file cannot. A Song's `source` names the file (and the piece, where there are several).
Where something was chosen, a Remark says so."""


def require_melody(notes: Sequence[object]) -> None:
    """Raise ReadError unless there are two notes at least: fewer have no interval, so no tune."""
    if not notes:
        raise ReadError("it holds no notes")
    if len(notes) < 2:
        raise ReadError("it holds a single note; a melody needs two at least")
