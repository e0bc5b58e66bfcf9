"""Read a corpus: a folder, a file or a zip (a Python wheel is one) of songs in four formats.

Pitch texts (`.txt`), MIDI (`.mid`, `.midi`), Humdrum (`.krn`) and ABC (`.abc`) are told by their names.
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
from trainer.abc import read_abc
from trainer.kern import read_kern
from trainer.midi import read_midi
from trainer.pitchtext import read_pitch_text
from trainer.rawsong import ReadError
from trainer.split import interval_key

FORMATS = (".txt", ".mid", ".midi", ".krn", ".abc")
# A wheel carries more than the collection; where one of these folders is there, it alone is read.
_COLLECTIONS = ("essen_folksong_collection", "essenFolksong")
# Words, not music, that come along with a collection.
_PROSE = frozenset(
    ("license", "licence", "readme", "copying", "notice", "requirements", "top_level", "entry_points")
)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Skipped:
    """Name a piece that was left out, and why."""

    name: str
    reason: str


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


def read_songs(source: Path, progress: Progress | None = None) -> Corpus:
    """Read every song of a folder, file or zip, sorted by name.

    progress: called with (files done, files in all, name of the file) after each file.
    Raise UserError when the source is missing, holds no file of a known format, or no song at all.
    """
    with _Opened(source) as files:
        corpus = Corpus(files=len(files))
        for done, file in enumerate(files, start=1):
            for name, result in _read_file(file):
                if isinstance(result, Song):
                    corpus.songs.append(result)
                else:
                    corpus.skipped.append(Skipped(name, str(result)))
            if progress is not None:
                progress(done, len(files), file.name)
    if not corpus.songs:
        first = corpus.skipped[0]
        raise UserError(
            f"{source}: none of its {len(files)} files holds a song ({first.name}: {first.reason}); "
            f"name a source with {', '.join(FORMATS)} files"
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
        elif source.suffix.lower() in FORMATS:
            files = [_File(source.name, source.read_bytes)]
        elif zipfile.is_zipfile(source):
            archive = self._zip = zipfile.ZipFile(source)
            files = [_File(name, _Member(archive, name)) for name in _of_music(sorted(archive.namelist()))]
        else:
            raise UserError(
                f"{source}: it is neither a folder, a zip nor a {', '.join(FORMATS)} file; name one of these"
            )
        if not files:
            raise UserError(
                f"{source}: it holds no {', '.join(FORMATS)} file; name a folder, file or zip of songs"
            )
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
        if path.suffix.lower() in FORMATS and not hidden and not prose:
            music.append(name)
    for collection in _COLLECTIONS:
        inside = [name for name in music if collection in PurePosixPath(name).parts]
        if inside:
            return inside
    return music


def _read_file(file: _File) -> Iterator[tuple[str, Song | ReadError]]:
    """Yield (name, song or reason) for each piece of a file."""
    path = PurePosixPath(file.name)
    kind = path.suffix.lower()
    try:
        data = file.read()
        if kind in (".mid", ".midi"):
            yield file.name, read_midi(data, file.name, _region(path))
            return
        text = _decode(data)
        if kind == ".krn":
            yield file.name, read_kern(text, file.name, path.parent.name)
        elif kind == ".txt":
            yield file.name, read_pitch_text(text, file.name, path.parent.name)
        else:
            yield from read_abc(text, file.name)
    except ReadError as error:
        yield file.name, error
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        # RuntimeError: a member that is encrypted or packed in an unknown way.
        yield file.name, ReadError(f"it cannot be read ({error})")


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The Essen files come from DOS: bytes that Latin-1 has no letters for are its code page's.
        dos = any(0x80 <= byte < 0xA0 for byte in data)
        return data.decode("cp437" if dos else "latin-1")


def _region(path: PurePosixPath) -> str:
    """Return a MIDI file's region: the letters its name starts with in the Essen set, else its folder."""
    if path.parent.name in _COLLECTIONS:
        letters = ""
        for character in path.stem:
            if not character.isalpha():
                break
            letters += character
        return letters
    return path.parent.name


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
