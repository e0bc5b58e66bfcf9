"""The table of formats: which reader takes which files. A new reader is a row here."""

from __future__ import annotations

from pathlib import PurePosixPath

from trainer.readers.abc import read_abc
from trainer.readers.kern import read_kern
from trainer.readers.midi import read_midi
from trainer.readers.musicxml import read_musicxml, read_mxl
from trainer.readers.pitch_text import read_pitch_text
from trainer.readers.reader import Reader

READERS: dict[str, Reader] = {
    ".txt": read_pitch_text,
    ".mid": read_midi,
    ".midi": read_midi,
    ".krn": read_kern,
    ".abc": read_abc,
    ".mxl": read_mxl,
    ".musicxml": read_musicxml,
    ".xml": read_musicxml,
}
"""Readers by the ending of a file's name, in lower case."""

ENDINGS = ", ".join(READERS)


def reader_of(name: str) -> Reader | None:
    """Return the reader of a file by its name, or None where there is none."""
    return READERS.get(PurePosixPath(name).suffix.lower())
