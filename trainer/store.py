"""Keep a prepared corpus: one flat, memory-mapped file of notes and a JSON index of songs.

`notes.npy` holds every note of every song in order, a record each of NOTE_TYPE; `songs.json` says where
each song starts and what its source tells of it; key and chords stand there where they are told, so an index from
before there were any is read as well. Written once, as a whole: the folder appears under its
name when it is finished. Both tokenizers encode from it, and songs come out as they went in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import UserError
from engine.files import whole_folder
from engine.notes import Chord, Key, Metre, Note, Song
from trainer.corpus import Corpus, read_songs
from trainer.progress import Advance
from trainer.readers.reader import Skipped

NOTES_FILE, INDEX_FILE = "notes.npy", "songs.json"
FORMAT = "melody-bridge corpus 1"
NOTE_TYPE = np.dtype([("pitch", "u1"), ("duration_beats", "<f8"), ("rest_beats", "<f8"), ("phrase_end", "u1")])


def is_store(path: Path) -> bool:
    """Say whether a folder is a prepared corpus."""
    return (path / INDEX_FILE).is_file() and (path / NOTES_FILE).is_file()


def write_store(songs: Sequence[Song], folder: Path, source: str, skipped: Sequence[Skipped] = ()) -> None:
    """Write songs as a prepared corpus; the folder must not exist yet, or be empty.

    It is written beside its final name and renamed when complete, so an interrupted run leaves
    nothing there. Raise UserError when the name is taken or the disk refuses.
    """
    folder = folder.absolute()
    refuse_taken(folder)
    index = {
        "format": FORMAT,
        "source": source,
        "skipped": [[item.name, item.reason] for item in skipped],
        "songs": _index(songs),
    }
    try:
        with whole_folder(folder) as partial:
            with open(partial / NOTES_FILE, "wb") as file:
                np.save(file, _records(songs))
                _sync(file.fileno(), file.flush)
            with open(partial / INDEX_FILE, "w", encoding="utf-8") as text:
                json.dump(index, text, ensure_ascii=False, indent=0)
                _sync(text.fileno(), text.flush)
    except OSError as error:
        raise UserError(
            f"{folder}: the prepared corpus cannot be written ({error.strerror}); free or name a place"
        ) from None


def refuse_taken(folder: Path) -> None:
    """Raise UserError when something stands under the name already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder}: it exists already; remove it or choose another --out")


def read_store(folder: Path) -> Corpus:
    """Return the songs of a prepared corpus; raise UserError when it is damaged or of another format."""
    index, records = _open(folder)
    songs = []
    for entry in index["songs"]:
        songs.append(_song(entry, records[entry["start"] : entry["start"] + entry["notes"]]))
    return Corpus(songs, [Skipped(name, reason) for name, reason in index["skipped"]], len(songs))


def open_notes(folder: Path) -> npt.NDArray[Any]:
    """Map the notes of a prepared corpus into memory, read-only: records of NOTE_TYPE, shape (notes,)."""
    return _open(folder)[1]


def load_corpus(source: Path, progress: Advance | None = None) -> Corpus:
    """Return the songs of a source, whether prepared or raw (a folder, file or zip of songs).

    Raise UserError as `read_store` and `read_songs` do.
    """
    return read_store(source) if is_store(source) else read_songs(source, progress)


def _sync(descriptor: int, flush: Any) -> None:
    flush()
    os.fsync(descriptor)


def _open(folder: Path) -> tuple[dict[str, Any], npt.NDArray[Any]]:
    try:
        index = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
        records = np.load(folder / NOTES_FILE, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise UserError(f"{folder}: the prepared corpus cannot be read ({error}); prepare it again") from None
    if not isinstance(index, dict) or index.get("format") != FORMAT or records.dtype != NOTE_TYPE:
        raise UserError(f"{folder}: it is no corpus of the format {FORMAT!r}; prepare it again")
    if sum(entry["notes"] for entry in index["songs"]) != len(records):
        raise UserError(f"{folder}: {NOTES_FILE} and {INDEX_FILE} do not belong together; prepare it again")
    return index, records


def _records(songs: Sequence[Song]) -> npt.NDArray[Any]:
    rows: list[tuple[int, float, float, bool]] = []
    for song in songs:
        ends = song.phrase_ends or (False,) * len(song.notes)
        rows.extend(
            (note.pitch, note.duration_beats, note.rest_beats, end)
            for note, end in zip(song.notes, ends, strict=True)
        )
    return np.array(rows, dtype=NOTE_TYPE)


def _index(songs: Sequence[Song]) -> list[dict[str, Any]]:
    entries, start = [], 0
    for song in songs:
        told: dict[str, Any] = {}
        if song.key is not None:
            told["key"] = astuple(song.key)
        if song.chords:
            told["chords"] = [astuple(chord) for chord in song.chords]
        entries.append(
            {
                "title": song.title,
                "start": start,
                "notes": len(song.notes),
                "metre": list(astuple(song.metre)) if song.metre else None,
                "phrases": song.phrase_ends is not None,
                "region": song.region,
                "durations": song.has_durations,
                "final_rest_beats": song.final_rest_beats,
                "source": song.source,
                **told,
            }
        )
        start += len(song.notes)
    return entries


def _song(entry: dict[str, Any], records: npt.NDArray[Any]) -> Song:
    rows = records.tolist()
    return Song(
        title=entry["title"],
        notes=tuple(Note(pitch, duration, rest) for pitch, duration, rest, _ in rows),
        metre=Metre(*entry["metre"]) if entry["metre"] else None,
        phrase_ends=tuple(bool(row[3]) for row in rows) if entry["phrases"] else None,
        region=entry["region"],
        has_durations=entry["durations"],
        final_rest_beats=entry["final_rest_beats"],
        source=entry["source"],
        key=Key(*entry["key"]) if entry.get("key") else None,
        chords=tuple(
            Chord(onset, root, tuple(tones), bass, kind)
            for onset, root, tones, bass, kind in entry.get("chords", ())
        ),
    )
