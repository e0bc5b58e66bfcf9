"""The prepared corpus: what goes in comes out, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import UserError
from engine.notes import Chord, Key
from tests.trainer.songs import TWO_SONGS
from trainer.store import NOTE_TYPE, open_notes, read_store, write_store


def test_songs_come_out_of_the_store_as_they_went_in(tmp_path: Path) -> None:
    write_store(TWO_SONGS, tmp_path / "store", "src")
    songs = read_store(tmp_path / "store").songs
    assert songs == TWO_SONGS
    assert [song.source for song in songs] == ["a.abc: X:1", "b.txt"]


def test_the_notes_are_one_flat_memory_mapped_file(tmp_path: Path) -> None:
    write_store(TWO_SONGS, tmp_path / "store", "src")
    notes = open_notes(tmp_path / "store")
    assert isinstance(notes, np.memmap)
    assert notes.dtype == NOTE_TYPE
    assert notes["pitch"].tolist() == [60, 62, 60, 62, 127]


def test_a_failed_write_leaves_nothing_under_the_final_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(UserError, match="No space left"):
        write_store(TWO_SONGS, tmp_path / "store", "src")
    assert list(tmp_path.iterdir()) == []


def test_a_store_whose_files_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    write_store(TWO_SONGS, tmp_path / "store", "src")
    index = json.loads((tmp_path / "store" / "songs.json").read_text())
    index["songs"].pop()
    (tmp_path / "store" / "songs.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match="belong together"):
        read_store(tmp_path / "store")
    (tmp_path / "store" / "songs.json").write_text("{")
    with pytest.raises(UserError, match="prepare it again"):
        read_store(tmp_path / "store")


def test_keys_and_chords_come_out_as_they_went_in_and_an_index_without_them_is_read(tmp_path: Path) -> None:
    """Corpora that were prepared before there were keys and chords still load."""
    chords = (Chord(0.0, 0, (0, 4, 7), 0, "major"), Chord(2.0, 7, (0, 4, 7, 10), 11, "dominant"))
    song = replace(TWO_SONGS[0], key=Key(-1, 2), chords=chords)
    write_store([song], tmp_path / "store", "src")
    assert read_store(tmp_path / "store").songs == [song]
    index = json.loads((tmp_path / "store" / "songs.json").read_text())
    del index["songs"][0]["key"], index["songs"][0]["chords"]
    (tmp_path / "store" / "songs.json").write_text(json.dumps(index))
    assert read_store(tmp_path / "store").songs == TWO_SONGS[:1]
