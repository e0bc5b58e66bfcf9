"""Read a corpus: a folder, a file or a zip (a Python wheel is one) of songs in the formats of `readers.formats`.

A piece that cannot be read is named with the reason and left out; the rest goes on.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from engine.errors import UserError
from engine.notes import Song
from trainer.progress import Advance
from trainer.readers.formats import ENDINGS, reader_of
from trainer.readers.reader import ReadError, Skipped, SourceFile
from trainer.split import interval_key

# A wheel carries more than the collection; where one of these folders is there, it alone is read.
_COLLECTIONS = ("essen_folksong_collection", "essenFolksong")
# Words, not music, that come along with a collection.
_PROSE = frozenset(
    ("license", "licence", "readme", "copying", "notice", "requirements", "top_level", "entry_points")
)


@dataclass
class Corpus:
    """Hold what a source gave: songs in the order of their names, and what was left out."""

    songs: list[Song] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0


@dataclass(frozen=True)
class _File:
    """One file of a source: its name within it and how to get its bytes."""

    name: str
    read: Callable[[], bytes]


def read_songs(source: Path, progress: Advance | None = None) -> Corpus:
    """Read every song of a folder, file or zip, sorted by name.

    progress: called with the files done and in all after each file.
    Raise UserError when the source is missing, holds no file of a known format, or no song at all.
    """
    with _Opened(source) as files:
        corpus = Corpus(files=len(files))
        for done, file in enumerate(files, start=1):
            for piece in _read_file(file):
                if isinstance(piece, Song):
                    corpus.songs.append(piece)
                else:
                    corpus.skipped.append(piece)
            if progress is not None:
                progress(done, len(files))
    if not corpus.songs:
        first = corpus.skipped[0]
        raise UserError(
            f"{source}: none of its {len(files)} files holds a song ({first.name}: {first.reason}); "
            f"name a source with {ENDINGS} files"
        )
    return corpus


class _Opened:
    """List a source's files in a `with` block (a zip stays open within it)."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._zip: zipfile.ZipFile | None = None

    def __enter__(self) -> list[_File]:
        source = self._source
        if not source.exists():
            raise UserError(f"{source}: there is no such file or folder; name a folder, file or zip of songs")
        if source.is_dir():
            names = sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())
            files = [_File(name, (source / name).read_bytes) for name in _of_music(names)]
        elif reader_of(source.name):
            files = [_File(source.name, source.read_bytes)]
        elif zipfile.is_zipfile(source):
            archive = self._zip = zipfile.ZipFile(source)
            files = [_File(name, _Member(archive, name)) for name in _of_music(sorted(archive.namelist()))]
        else:
            raise UserError(f"{source}: it is neither a folder, a zip nor a {ENDINGS} file; name one of these")
        if not files:
            raise UserError(f"{source}: it holds no {ENDINGS} file; name a folder, file or zip of songs")
        return files

    def __exit__(self, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()


@dataclass(frozen=True)
class _Member:
    """Read one member of a zip when called."""

    archive: zipfile.ZipFile
    name: str

    def __call__(self) -> bytes:
        return self.archive.read(self.name)


def _of_music(names: Sequence[str]) -> list[str]:
    """Keep the names of music files, and of a known collection when it is among them."""
    music = []
    for name in names:
        path = PurePosixPath(name)
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
        prose = path.suffix.lower() == ".txt" and path.stem.lower() in _PROSE
        if reader_of(name) and not hidden and not prose:
            music.append(name)
    for collection in _COLLECTIONS:
        inside = [name for name in music if collection in PurePosixPath(name).parts]
        if inside:
            return inside
    return music


def _read_file(file: _File) -> Iterator[Song | Skipped]:
    """Yield each piece of a file."""
    reader = reader_of(file.name)
    try:
        if reader is not None:
            yield from reader(SourceFile(file.name, file.read()))
    except ReadError as error:
        yield Skipped(file.name, str(error))
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        # RuntimeError: a member that is encrypted or packed in an unknown way.
        yield Skipped(file.name, f"it cannot be read ({error})")


@dataclass(frozen=True)
class Summary:
    """Say what a corpus holds."""

    songs: int
    notes: int
    lowest: int
    highest: int
    pitches: int
    distinct: int
    distinct_transposed: int
    phrases: int
    longest: int
    regions: dict[str, int]

    @property
    def paper_tokens(self) -> int:
        """Return the tokens in the paper's sense: the notes and an end of text a song."""
        return self.notes + self.songs


def summarise(songs: Sequence[Song]) -> Summary:
    """Count songs, notes, range and distinct tunes (by pitches, and by intervals)."""
    pitches = {note.pitch for song in songs for note in song.notes}
    return Summary(
        songs=len(songs),
        notes=sum(len(song.notes) for song in songs),
        lowest=min(pitches),
        highest=max(pitches),
        pitches=len(pitches),
        distinct=len({song.pitches for song in songs}),
        distinct_transposed=len({interval_key(song) for song in songs}),
        phrases=sum(sum(song.phrase_ends) for song in songs if song.phrase_ends is not None),
        longest=max(len(song.notes) for song in songs),
        regions=dict(Counter(song.region for song in songs).most_common()),
    )
