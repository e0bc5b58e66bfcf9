"""Read the corpora of `repositories`: from a copy that is here or fetched, checked, each song with its style.

What is peculiar to one corpus is done here: Irish dances have their written-out repeats folded and their keynote
by the experts' table; of the hymns those whose tune is in copyright are left out, and of the lead sheets those
that may be (`free_authors`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from engine.errors import UserError
from engine.notes import Key, Note, Song
from trainer.archives import DAMAGED, Archive, File, NoSuchCommitError
from trainer.corpus import Corpus
from trainer.free_authors import all_free
from trainer.progress import Advance
from trainer.readers.formats import reader_of
from trainer.readers.reader import Skipped
from trainer.repeats import folded
from trainer.repositories import REPOSITORIES, Repository, digest_of

MOST_BYTES = 256 << 20
"""Of all files that are kept of a corpus."""
_GRACE_BEATS = 0.05
_RESERVED = re.compile(r"\((?:lyrics, )?music, and setting\) may be|This tune and setting may be")
_TUNE = re.compile(r"^(?=X:)", re.MULTILINE)


@dataclass(frozen=True)
class Copy:
    """Hold the files of a corpus that were found in a source, by their names within the repository."""

    name: str
    source: Path
    files: tuple[tuple[str, bytes], ...]

    @property
    def repository(self) -> Repository:
        """Return which corpus it is a copy of."""
        return REPOSITORIES[self.name]


def copy_in(name: str, source: Path) -> Copy | None:
    """Return a corpus's files as a source has them, or None where it has none of them.

    Raise UserError when the source is missing, damaged or larger than any of the corpora.
    """
    repository = REPOSITORIES[name]
    content: list[tuple[str, bytes]] = []
    size = 0
    try:
        with Archive(source, repository.commit) as files:
            for file in files:
                inner = repository.name_within(file.name)
                if inner is not None:
                    # A single file may stand alone, without the folder that it has in the repository.
                    content.append((repository.single or inner, _content(source, file)))
                    size += len(content[-1][1])
                    if size > MOST_BYTES:
                        raise UserError(
                            f"{source}: its files of {name} are larger than {MOST_BYTES >> 20} MiB, which is "
                            "not what was counted; give a copy of "
                            f"{repository.owner_and_name} at {repository.commit[:7]}"
                        )
    except NoSuchCommitError:
        # A repository of another corpus, or one without the commit that was counted.
        return None
    return Copy(name, source, tuple(content)) if content else None


def checked(copy: Copy) -> Copy:
    """Return a copy whose content is as it was counted; raise UserError for another."""
    digest = digest_of(copy.files)
    wanted = copy.repository
    if digest != wanted.digest:
        raise UserError(
            f"{copy.source}: its {len(copy.files):,} files of {copy.name} have the checksum {digest[:16]}…, not "
            f"{wanted.digest[:16]}…: it is cut off, changed or another version; give a copy of "
            f"{wanted.owner_and_name} at commit {wanted.commit[:7]}, or leave out --from to fetch it"
        )
    return copy


def read_copy(copy: Copy, progress: Advance | None = None, every_author: bool = False) -> Corpus:
    """Return the songs of a copy, each with its style; pieces that cannot be read are named.

    progress: called with the files done and in all after each file; every_author: take lead sheets, too, of which
    not all authors are known to have died long ago.
    """
    files, left_out = _music(copy, every_author)
    corpus = Corpus(files=len(files), skipped=list(left_out))
    for done, (name, data) in enumerate(files, start=1):
        corpus.take(File(f"{copy.name}/{name}", _Bytes(data)))
        if progress is not None:
            progress(done, len(files))
    roots = _roots(copy)
    corpus.songs = [_finished(song, copy.repository.style, roots) for song in corpus.songs]
    # That a melody was taken from the track beside its chords need not be said of a corpus that is known.
    corpus.remarks.clear()
    return corpus


@dataclass(frozen=True)
class _Bytes:
    data: bytes

    def __call__(self) -> bytes:
        return self.data


def _content(source: Path, file: File) -> bytes:
    try:
        return file.read()
    except DAMAGED as error:
        raise UserError(f"{source}: {file.name} in it is damaged or cut off ({error}); get it again") from None


def _music(copy: Copy, every_author: bool) -> tuple[list[tuple[str, bytes]], list[Skipped]]:
    """Return the files with music, without what is or may be in copyright, and the latter by name."""
    files = [(name, data) for name, data in copy.files if reader_of(name)]
    if copy.name == "hymns":
        return _free_hymns(copy.name, files)
    if copy.name == "ewld" and not every_author:
        free = [(name, data) for name, data in files if all_free(PurePosixPath(name).parts[1])]
        left = sorted({name for name, _ in files} - {name for name, _ in free})
        reason = "not all of its authors are known to have died before 1948 (--every-author takes it)"
        return free, [Skipped(f"{copy.name}/{name}", reason) for name in left]
    return files, []


def _free_hymns(corpus: str, files: Sequence[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], list[Skipped]]:
    left_out: list[Skipped] = []
    free = []
    for name, data in files:
        blocks = _TUNE.split(data.decode("utf-8", "replace"))
        for index, block in enumerate(blocks):
            if _RESERVED.search(" ".join(re.findall(r"^C:(.*)$", block, re.MULTILINE))):
                number = block[2:].split("\n", 1)[0].strip()
                left_out.append(Skipped(f"{corpus}/{name}: X:{number}", "its tune is in copyright"))
                # What the next tune's head says stands behind the last music of this one.
                blocks[index] = "".join(re.findall(r"^%OHMETRICAL.*\n", block, re.MULTILINE)[-1:])
        free.append((name, "".join(blocks).encode()))
    return free, left_out


def _roots(copy: Copy) -> dict[str, int]:
    """Return the keynotes of tunes by the names of their files, as pitch classes."""
    roots: dict[str, int] = {}
    for name, data in copy.files:
        if name.endswith("roots.csv"):
            for row in csv.reader(data.decode("utf-8", "replace").splitlines()):
                if len(row) == 2 and row[1].isdigit():
                    roots[row[0]] = int(row[1]) % 12
    return roots


def _finished(song: Song, style: str, roots: dict[str, int]) -> Song:
    song = replace(song, region=style)
    if style != "irish":
        return song
    root = roots.get(PurePosixPath(song.source).stem)
    if root is not None:
        song = replace(song, key=Key(song.key.fifths if song.key else 0, root))
    return folded(replace(song, notes=without_graces(song.notes)))


def without_graces(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Return notes without those shorter than a twentieth of a beat, whose time the next one gets back."""
    kept: list[Note] = []
    lent = rest = 0.0
    for index, note in enumerate(notes):
        if note.duration_beats < _GRACE_BEATS and index + 1 < len(notes):
            lent += note.duration_beats
            rest += note.rest_beats
            continue
        beats = round((note.duration_beats + lent) * 48) / 48 if lent else note.duration_beats
        kept.append(Note(note.pitch, beats or note.duration_beats, note.rest_beats + rest))
        lent = rest = 0.0
    return tuple(kept)
