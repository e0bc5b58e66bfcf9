"""Split songs into what is learned from and what is held out, so that no copy of a tune stands in two parts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from engine.errors import UserError
from engine.notes import Song

PARTS = ("train", "validation", "test", "all")
HALVES = ("half-a", "half-b")
"""Splits that learn half of the training part each, so that there are drafts to tunes that are not remembered."""
SPLITS = ("interval", "paper", *HALVES)
FEW_SONGS, HELD_OF_FEW = 200, 0.2
"""Of fewer songs than this such a share at least is held out."""


def interval_key(song: Song) -> str:
    """Return the tune's identity: the intervals in semitones between its sounding notes, with commas.

    Rests are skipped and ties merged, so transposed and re-barred copies have the same key.
    """
    return ",".join(str(after - before) for before, after in pairwise(song.pitches))


def _digest(song: Song) -> int:
    """Return the SHA-256 of the interval key as ASCII, its first four bytes as a big-endian integer."""
    return int.from_bytes(hashlib.sha256(interval_key(song).encode("ascii")).digest()[:4], "big")


def part_of(song: Song) -> str:
    """Return the part a song falls into by its digest modulo 20: 0 is test, 1 validation, the rest train."""
    return {0: "test", 1: "validation"}.get(_digest(song) % 20, "train")


def half_of(song: Song) -> str:
    """Return which of HALVES a tune belongs to, whatever its part: its digest over 20, modulo 2."""
    return HALVES[_digest(song) // 20 % 2]


def paper_part(index: int, songs: int) -> str:
    """Return the part of the song at this position in the paper's split: the last tenth is validation."""
    return "validation" if index >= songs * 9 // 10 else "train"


def parts_of(songs: Sequence[Song], split: str = "interval") -> list[str]:
    """Return each song's part under a split of SPLITS; of the half that is not learned it is "left out"."""
    if split == "interval":
        return [part_of(song) for song in songs]
    if split == "paper":
        return [paper_part(index, len(songs)) for index in range(len(songs))]
    if split in HALVES:
        return [
            "left out" if part == "train" and half_of(song) != split else part
            for song, part in zip(songs, map(part_of, songs), strict=True)
        ]
    raise UserError(f"split {split!r} is none of {', '.join(SPLITS)}; choose one of these")


def songs_in(songs: Sequence[Song], part: str, split: str = "interval") -> list[Song]:
    """Return the songs of a part of PARTS, in order."""
    return [song for song, own in zip(songs, parts_of(songs, split), strict=True) if part in (own, "all")]


def check_part(part: str | None) -> None:
    """Raise UserError when a part is named that is none of PARTS."""
    if part is not None and part not in PARTS:
        raise UserError(f"--part {part!r} is none of {', '.join(PARTS)}; choose one of these")


@dataclass(frozen=True)
class PartChoice:
    """Hold the songs that are scored or continued, which part they are, and a remark where it is not the usual."""

    songs: list[Song]
    part: str
    remark: str = ""


def choose(
    songs: Sequence[Song], part: str | None, source: str, split: str = "interval", over: int = 0
) -> PartChoice:
    """Return the songs of a part that have more than `over` notes; raise UserError when there is none.

    Without a part it is the test part, or, of a source so small that nothing falls there, all of it.
    """
    long = [song for song in songs if len(song.notes) > over]
    if not long:
        raise UserError(f"{source}: no song has more than {over} notes; take another source or a shorter prompt")
    chosen = [song for song in songs_in(songs, part or "test", split) if len(song.notes) > over]
    if chosen:
        return PartChoice(chosen, part or "test")
    if part is not None:
        longer = f" with more than {over} notes" if over else ""
        raise UserError(
            f"{source}: none of its {len(songs)} songs{longer} falls into the part {part}; try --part all"
        )
    return PartChoice(long, "all", f"none of the {len(songs)} songs falls into the test part, so all are taken")


@dataclass(frozen=True)
class Learning:
    """Hold the songs to learn from, those that are held out to choose the weights by, and what to say of it."""

    train: list[Song]
    held_out: list[Song]
    remark: str


def learning_split(songs: Sequence[Song], split: str, source: str) -> Learning:
    """Return the training and the validation part.

    Of a source of few songs a fifth at least is held out, for one or two say little: the validation part, the test
    part, then the tunes with the lowest digests. A single tune is learned and validated.
    Raises UserError when there is nothing to learn from.
    """
    train, held_out = songs_in(songs, "train", split), songs_in(songs, "validation", split)
    if len(songs) < FEW_SONGS or not held_out:
        held_out = held_out + songs_in(songs, "test", split)
        wanted = max(1, round(HELD_OF_FEW * len(songs)))
        digests = {interval_key(song): _digest(song) for song in train}
        for tune, _ in sorted(digests.items(), key=itemgetter(1))[:-1]:
            if len(held_out) >= wanted:
                break
            held_out += [song for song in train if interval_key(song) == tune]
            train = [song for song in train if interval_key(song) != tune]
    if not train:
        raise UserError(f"{source}: none of its {len(songs)} songs falls into the training part; give more songs")
    if not held_out:
        return Learning(train, train, "one tune: nothing is held out, so the validation is of what it learns")
    return Learning(train, held_out, f"{len(train):,} songs to learn from, {len(held_out):,} held out to validate")
