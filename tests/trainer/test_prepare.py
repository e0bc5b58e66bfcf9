"""A source is read, counted and kept as a prepared corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from tests.corpusfiles import abc_songs, midi_file, write_pitch_texts
from tests.trainer.songs import TWO_SONGS
from trainer.corpus import read_songs, summarise
from trainer.prepare import is_papers_set, prepare
from trainer.store import is_store, load_corpus


def test_a_taken_name_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thing").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        prepare(str(tmp_path / "missing"), tmp_path / "out")


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
    assert not is_papers_set(summarise(TWO_SONGS))


def test_prepare_needs_exactly_one_source(tmp_path: Path) -> None:
    for source, name in ((None, None), ("x", "paper")):
        with pytest.raises(UserError, match="one source"):
            prepare(source, tmp_path / "out", name)
