"""The table of song corpora that permit any use: where each is published, its licence, and what it held when counted.

The checksum is of the content that is read, not of an archive: GitHub packs its archives anew when it likes, with
other bytes, and a folder or a git repository has none. It is SHA-256 over a line for each file that is read, sorted
by name: the name within the repository, a zero byte, the SHA-256 of its bytes in hexadecimal, a line feed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Repository:
    """Name a corpus in a public repository.

    style: what its songs are called in the prepared data; files: which are read, a pattern whose first group is
    the name within the repository; single: the one file that is fetched instead of the repository's archive;
    digest: as the module says; songs, notes, chords: as prepared; written: notes as they stand in the files.
    """

    style: str
    owner_and_name: str
    commit: str
    files: str
    digest: str
    licence: str
    contents: str
    songs: int
    notes: int
    written: int
    chords: int = 0
    single: str = ""

    @property
    def url(self) -> str:
        """Return where it is fetched: the archive of its commit, or its single file."""
        if self.single:
            return f"https://raw.githubusercontent.com/{self.owner_and_name}/{self.commit}/{self.single}"
        return f"https://codeload.github.com/{self.owner_and_name}/tar.gz/{self.commit}"

    def name_within(self, path: str) -> str | None:
        """Return a file's name within the repository if it is read, else None; what stands before it is passed over."""
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
        songs=1460,
        notes=217_377,
        written=254_330,
    ),
    "ewld": Repository(
        style="standard",
        owner_and_name="00sapo/OpenEWLD",
        commit="ec03cbd809ca5296ee708591b970d0423dcbe31c",
        files=r"dataset/.+\.mxl",
        digest="406b67583d91b3d3a8a3eeaddc281c3f6acf2e43a011170194ba1e8b2c701f78",
        licence='scores "intended to contain only Public Domain content" (README); its metadata database, CC BY-NC '
        "in part, is not read",
        contents="OpenEWLD: lead sheets of songs and standards in the public domain, with chord symbols",
        songs=502,
        notes=52_106,
        written=52_410,
        chords=19_086,
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
        songs=1195,
        notes=146_173,
        written=213_934,
    ),
    "hymns": Repository(
        style="hymn",
        owner_and_name="jclements3/HarpHymnal",
        commit="517a32e1e50f201fe2cdfb848bed7263b13bbdc0",
        files=r"(?:source/)?OpenHymnal\.abc",
        digest="ff9115a76f1373efb05719084d3d846a8eaac5558231736f6ac7355f771fc6ad",
        licence="the tunes are in the public domain, as each says of itself; two whose tune is not are left out",
        contents="The Open Hymnal: hymns in four voices, the soprano",
        songs=289,
        notes=15_343,
        written=15_168,
        single="source/OpenHymnal.abc",
    ),
}
"""The corpora by the name that fetches them, in the order in which a songbook holds them."""

SONGBOOK = "songbook"


def digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the checksum of files, each its name within the repository and its content."""
    digest = hashlib.sha256()
    for name, data in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()
