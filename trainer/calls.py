"""Calls of a corpus, each with what its tune really goes on with and with answers of ours to it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from engine.errors import UserError
from engine.key import MAJOR_SCALES, estimate_key
from engine.notes import Metre, Note, Song
from trainer.bars import positions_of, usable
from trainer.split import half_of, part_of

PHRASES = 2
"""A call is so many phrases, and what is held against an answer the same number after it."""
NEAR = 0.125
"""Only continuations are taken that are as long as their call but for this share: answers are as long, too."""
LONGEST_BEATS = 64.0

Notes = tuple[Note, ...]


@dataclass(frozen=True)
class Call:
    """Hold a call of a tune (its number in the corpus), the real continuation, and the written metre there.

    key: the whole tune's, its tonic pitch class and whether its third is minor; None where nobody asked.
    """

    tune: int
    notes: Notes
    real: Notes
    metre: Metre
    key: tuple[int, bool] | None = None


@dataclass(frozen=True)
class Drafted:
    """Hold answers to a call: found is the metre they were drawn under, None where it was not sure;
    log_probabilities: of the real continuation and of the drafts under it, in nats."""

    call: Call
    found: Metre | None
    drafts: tuple[Notes, ...]
    log_probabilities: tuple[float, ...]


def beats_of(notes: Sequence[Note]) -> float:
    """Return a melody's length without the rest before it."""
    return sum(note.duration_beats + note.rest_beats for note in notes) - notes[0].rest_beats if notes else 0.0


def calls_in(songs: Sequence[Song], part: str, count: int, skip: int = 0, half: str | None = None) -> list[Call]:
    """Return `count` calls of the songs of a part, shuffled by a fixed seed, behind the first `skip`.

    half: of these calls only those of this half's tunes (trainer/split.py), so fewer.
    """
    found = []
    for number, song in enumerate(songs):
        if part_of(song) == part and usable(song):
            found += _calls_of(number, song)
    random.Random(1).shuffle(found)
    some = found[skip : skip + count]
    return [call for call in some if half is None or half_of(songs[call.tune]) == half]


def key_of(notes: Sequence[Note]) -> tuple[int, bool] | None:
    """Return the key of a melody, its tonic pitch class and whether its third is minor; None without notes."""
    key = estimate_key(notes)
    return (key.tonic, key.scale not in MAJOR_SCALES) if key is not None else None


def _calls_of(number: int, song: Song) -> list[Call]:
    assert song.phrase_ends is not None
    assert song.metre is not None
    places, key = positions_of(song), key_of(song.notes)
    cuts = [0, *(index + 1 for index, end in enumerate(song.phrase_ends) if end)]
    found = []
    for first in range(0, len(cuts) - 2 * PHRASES, PHRASES):
        begin, middle, end = cuts[first], cuts[first + PHRASES], cuts[first + 2 * PHRASES]
        call, real = song.notes[begin:middle], song.notes[middle:end]
        length = beats_of(call)
        near = abs(beats_of(real) - length) <= NEAR * length
        if near and len(call) >= 4 and len(real) >= 3 and 2.0 <= length <= LONGEST_BEATS:
            metre = replace(song.metre, upbeat_beats=places[begin] % song.metre.beats_per_bar)
            found.append(Call(number, (replace(call[0], rest_beats=0.0), *call[1:]), real, metre, key))
    return found


def write_drafts(file: Path, many: Sequence[Drafted]) -> None:
    """Keep drafts as JSON; raise UserError when the disk refuses."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(one) for one in many]) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: the drafts could not be kept ({error.strerror}); name another file") from error


def read_drafts(file: Path) -> list[Drafted]:
    """Return drafts that `write_drafts` kept; raise UserError when these are none."""
    try:
        return [
            Drafted(
                Call(
                    one["call"]["tune"],
                    _notes(one["call"]["notes"]),
                    _notes(one["call"]["real"]),
                    Metre(**one["call"]["metre"]),
                    tuple(one["call"]["key"]) if one["call"].get("key") else None,
                ),
                Metre(**one["found"]) if one["found"] else None,
                tuple(_notes(notes) for notes in one["drafts"]),
                tuple(one["log_probabilities"]),
            )
            for one in json.loads(file.read_text(encoding="utf-8"))
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file}: no kept drafts ({error!r}); name another file") from error


def _notes(rows: Sequence[dict[str, float]]) -> Notes:
    return tuple(Note(int(row["pitch"]), row["duration_beats"], row["rest_beats"]) for row in rows)
