"""The table of song corpora that permit any use: where each is published, its licence, what it gives.

The checksum is of the content that is read, not of an archive: GitHub packs its archives anew when it likes, with
other bytes, and a folder or a git repository has none. It is SHA-256 over a line for each file that is read,
sorted by name: the name within the repository, a zero byte, the SHA-256 of its bytes in hexadecimal, a line feed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

ARCHIVES, FILES = "https://codeload.github.com", "https://raw.githubusercontent.com"
"""Where GitHub gives archives of commits (as `/OWNER/NAME/tar.gz/COMMIT`) and single files."""


@dataclass(frozen=True)
class Counts:
    """Hold what a corpus gives when it is prepared.

    metre, upbeat, phrases: songs with a metre, with one that begins before a bar line, with phrase ends.
    """

    songs: int
    notes: int
    chords: int
    metre: int
    upbeat: int
    phrases: int


@dataclass(frozen=True)
class Repository:
    """Name a corpus in a public repository.

    style: what its songs are called in the prepared data; files: which are read, a pattern whose first group is
    the name within the repository; single: the one file that is fetched instead of the repository's archive;
    digest: as the module says; counts: what it gives as prepared.
    """

    style: str
    owner_and_name: str
    commit: str
    files: str
    digest: str
    licence: str
    contents: str
    counts: Counts
    single: str = ""

    @property
    def url(self) -> str:
        """Return where it is fetched: the archive of its commit, or its single file."""
        if self.single:
            return f"{FILES}/{self.owner_and_name}/{self.commit}/{self.single}"
        return f"{ARCHIVES}/{self.owner_and_name}/tar.gz/{self.commit}"

    def name_within(self, path: str) -> str | None:
        """Return a file's name within the repository if it is read, else None; what stands before is left off."""
        found = re.search(rf"(?:^|/)({self.files})$", path)
        return found[1] if found else None


REPOSITORIES = {
    "lieder": Repository(
        style="lied",
        owner_and_name="OpenScore/Lieder",
        commit="bca122458de6da362abe62dd6aec62e25d7759b1",
        files=r"scores/.+\.mxl",
        digest="5ccd5396c9f200d429b68551d4f3413c13420066645ff380eccd2080dafd1627",
        licence="CC0 1.0 (LICENSE.txt); credit to OpenScore is asked for",
        contents="OpenScore Lieder: songs of the 19th century, the sung line",
        counts=Counts(1460, 217_377, 2, 1207, 800, 1459),
    ),
    "ewld": Repository(
        style="standard",
        owner_and_name="00sapo/OpenEWLD",
        commit="ec03cbd809ca5296ee708591b970d0423dcbe31c",
        files=r"dataset/.+\.mxl",
        digest="406b67583d91b3d3a8a3eeaddc281c3f6acf2e43a011170194ba1e8b2c701f78",
        licence='scores "intended to contain only Public Domain content" (README), which is not so of all: the '
        "298 of 502 of which not all authors died before 1948 are left out; its metadata database, CC BY-NC in "
        "part, is not read",
        contents="OpenEWLD: lead sheets of songs and standards in the public domain, with chord symbols",
        counts=Counts(204, 22_009, 6_955, 197, 113, 194),
    ),
    "irish": Repository(
        style="irish",
        owner_and_name="polifonia-project/folk_ngram_analysis",
        commit="9d8ccf9fe40ffdd2a1787e75527062fc1d07c669",
        files=r"cre_corpus/(?:MIDI/.+\.mid|roots\.csv)",
        digest="d2204ca87f17bbc1248cc97c3711865a115e3adddebc505fef781a4bafb7d07f",
        licence="CC BY 4.0 (README and LICENSE.md of cre_corpus, by Danny Diamond and others); the consent of "
        "Bill Black, who wrote the tunes down as ABC before, is not shown there",
        contents="Ceol Rince na hÉireann: Irish dance tunes, as MIDI with repeats unfolded",
        counts=Counts(1195, 146_173, 0, 1111, 639, 1111),
    ),
    "hymns": Repository(
        style="hymn",
        owner_and_name="jclements3/HarpHymnal",
        commit="517a32e1e50f201fe2cdfb848bed7263b13bbdc0",
        files=r"(?:source/)?OpenHymnal\.abc",
        digest="ff9115a76f1373efb05719084d3d846a8eaac5558231736f6ac7355f771fc6ad",
        licence="the tunes are in the public domain, as each says of itself; two whose tune is not are left out",
        contents="The Open Hymnal: hymns in four voices, the soprano",
        single="source/OpenHymnal.abc",
        counts=Counts(289, 15_348, 0, 272, 128, 289),
    ),
}
"""The corpora by the name that fetches them, in the order in which a songbook holds them."""

SONGBOOK = "songbook"
"""The name that stands for all of them."""


def names_of(name: str) -> list[str]:
    """Return the corpora that a name stands for."""
    return list(REPOSITORIES) if name == SONGBOOK else [name]


def as_markdown() -> str:
    """Return the corpora as a table: what is published where, under which licence, and what it gives."""
    head = (
        "corpus",
        "style",
        "published",
        "checksum",
        "songs",
        "notes",
        "chords",
        "metre",
        "upbeat",
        "phrase ends",
        "licence",
    )
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, each in REPOSITORIES.items():
        counts = each.counts
        shares = (f"{100 * part / counts.songs:.0f} %" for part in (counts.metre, counts.upbeat, counts.phrases))
        cells = (
            f"`{name}`: {each.contents}",
            f"`{each.style}`",
            f"{each.owner_and_name} {each.commit[:7]}",
            f"{each.digest[:16]}…",
            *(f"{number:,}" for number in (counts.songs, counts.notes, counts.chords)),
            *shares,
            each.licence,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the checksum of files, each its name within the repository and its content."""
    digest = hashlib.sha256()
    for name, data in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()
