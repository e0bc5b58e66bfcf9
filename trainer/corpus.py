"""Read a corpus: a folder, file, zip (or Python wheel), tar or git of songs in the formats of `readers.formats`.

A piece that cannot be read is named with the reason and left out; the rest goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from engine.errors import UserError
from engine.notes import Song
from trainer.archives import DAMAGED, Archive, File
from trainer.progress import Advance
from trainer.readers.formats import ENDINGS, reader_of
from trainer.readers.reader import ReadError, Remark, Skipped, SourceFile
from trainer.split import interval_key

# A wheel carries more than the collection; where one of these folders is there, it alone is read.
_COLLECTIONS = ("essen_folksong_collection", "essenFolksong")
# Words, not music, that come along with a collection.
_PROSE = frozenset(
    ("license", "licence", "readme", "copying", "notice", "requirements", "top_level", "entry_points")
)


@dataclass
class Corpus:
    """Hold what a source gave: songs in the order of their names, what was left out, and what was chosen."""

    songs: list[Song] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0
    remarks: list[Remark] = field(default_factory=list)

    def add(self, other: Corpus) -> None:
        """Add what another source gave; what was chosen there has been told."""
        self.songs += other.songs
        self.skipped += other.skipped
        self.files += other.files

    def take(self, file: File) -> None:
        """Read a file and add its pieces."""
        for piece in _read_file(file):
            if isinstance(piece, Song):
                self.songs.append(piece)
            elif isinstance(piece, Remark):
                self.remarks.append(piece)
            else:
                self.skipped.append(piece)


def read_songs(source: Path, progress: Advance | None = None) -> Corpus:
    """Read every song of a folder, file or zip, sorted by name.

    progress: called with the files done and in all after each file.
    Raise UserError when the source is missing, holds no file of a known format, or no song at all.
    """
    with Archive(source) as found:
        files = _music_files(source, found)
        corpus = Corpus(files=len(files))
        for done, file in enumerate(files, start=1):
            corpus.take(file)
            if progress is not None:
                progress(done, len(files))
    if not corpus.songs:
        first = corpus.skipped[0]
        raise UserError(
            f"{source}: none of its {len(files)} files holds a song ({first.name}: {first.reason}); "
            f"name a source with {ENDINGS} files"
        )
    return corpus


def _music_files(source: Path, found: Sequence[File]) -> list[File]:
    """Return the files of a source that hold music; raise UserError where there is none."""
    if source.is_file() and [file.name for file in found] == [source.name]:
        if not reader_of(source.name):
            raise UserError(
                f"{source}: it is neither a folder, a zip, a tar, a git repository nor a {ENDINGS} file; "
                "name one of these"
            )
        return list(found)
    music = set(_of_music([file.name for file in found]))
    if not music:
        raise UserError(f"{source}: it holds no {ENDINGS} file; name a folder, file or zip of songs")
    return [file for file in found if file.name in music]


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


def _read_file(file: File) -> Iterator[Song | Skipped | Remark]:
    """Yield each piece of a file."""
    reader = reader_of(file.name)
    try:
        if reader is not None:
            yield from reader(SourceFile(file.name, file.read()))
    except ReadError as error:
        yield Skipped(file.name, str(error))
    except DAMAGED as error:
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
