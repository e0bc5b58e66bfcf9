"""A source is read, counted and kept as a prepared corpus."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from engine.errors import UserError
from tests.corpusfiles import abc_songs, midi_bytes, midi_file, midi_track, write_pitch_texts
from tests.trainer.songs import TWO_SONGS, made_songs
from tests.trainer.test_songbook import counted as counted
from tests.trainer.test_songbook import zip_of
from trainer.corpus import Corpus, read_songs, summarise
from trainer.prepare import is_papers_set, name_skipped, prepare
from trainer.readers.reader import Skipped
from trainer.repositories import REPOSITORIES
from trainer.store import is_store, load_corpus, write_store


def test_a_taken_name_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thing").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        prepare([str(tmp_path / "missing")], tmp_path / "out")


def test_prepare_skips_names_and_counts_a_damaged_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_pitch_texts(tmp_path / "songs", 3)
    (source / "bad.mid").write_bytes(midi_file([(60, 0, 480)])[:25])
    summary = prepare([str(source)], tmp_path / "out")
    out, err = capsys.readouterr()
    assert summary.songs == 3
    assert "skipped bad.mid" in err
    assert "songs/s" in out
    assert [s.name for s in load_corpus(tmp_path / "out").skipped] == ["bad.mid"]


def test_many_left_out_for_one_reason_are_one_line() -> None:
    """What is damaged is named each by itself beside them."""
    left_out = [Skipped(f"sheet {number}.mxl", "its authors are not free") for number in range(300)]
    console = Console(file=io.StringIO(), width=200)
    name_skipped(Corpus([], [Skipped("bad.mid", "cut off"), *left_out], 301), console)
    told = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert told[0] == "skipped bad.mid: cut off"
    assert told[1].startswith("skipped 300 pieces: its authors are not free; sheet 0.mxl")
    assert len(told) == 2


def test_prepared_and_raw_sources_give_the_same_songs(tmp_path: Path) -> None:
    raw = tmp_path / "tunes.abc"
    raw.write_text(abc_songs(12))
    prepare([str(raw)], tmp_path / "out", quiet=True)
    assert is_store(tmp_path / "out")
    assert load_corpus(tmp_path / "out").songs == load_corpus(raw).songs == read_songs(raw).songs


def test_the_papers_set_is_told_by_its_figures() -> None:
    assert not is_papers_set(summarise(TWO_SONGS))


def test_prepare_needs_exactly_one_source(tmp_path: Path) -> None:
    for sources, name in (((), None), (("x",), "paper")):
        with pytest.raises(UserError, match="one source"):
            prepare(sources, tmp_path / "out", name)


def test_a_songbook_is_prepared_from_copies_that_are_here(counted: None, tmp_path: Path) -> None:
    copies = [zip_of(tmp_path / f"{name}.zip", name) for name in REPOSITORIES]
    summary = prepare((), tmp_path / "out", "songbook", quiet=True, copies=copies)
    assert summary.regions == {"lied": 1, "standard": 1, "irish": 1, "hymn": 2}
    assert [song.region for song in load_corpus(tmp_path / "out").songs] == [
        "lied",
        "standard",
        "irish",
        "hymn",
        "hymn",
    ]


def test_a_corpus_that_is_not_whole_leaves_nothing_behind(counted: None, tmp_path: Path) -> None:
    changed = zip_of(tmp_path / "lieder.zip", "lieder", lambda data: data + b" ")
    (tmp_path / "cut.zip").write_bytes(changed.read_bytes()[:200])
    (tmp_path / "empty").mkdir()
    wrong = (("lieder.zip", "checksum"), ("cut.zip", "cut off"), ("empty", "no file of lieder"))
    for name, reason in wrong:
        with pytest.raises(UserError, match=reason):
            prepare((), tmp_path / "out", "lieder", quiet=True, copies=[tmp_path / name])
        assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.zip", "empty", "lieder.zip"]


def regions_of(folder: Path) -> list[str]:
    return [song.region for song in load_corpus(folder).songs]


def test_sources_are_joined_named_as_a_style_and_chosen_by_style(tmp_path: Path) -> None:
    """One corpus of a songbook alone, or another beside them as a style of its own."""
    write_store([replace(song, region=name) for song, name in zip(TWO_SONGS, ("lied", "hymn"), strict=True)],
                tmp_path / "two", "made up")  # fmt: skip
    write_store(made_songs(3), tmp_path / "three", "made up")
    prepare([str(tmp_path / "two")], tmp_path / "lied", quiet=True, only=["lied"])
    assert load_corpus(tmp_path / "lied").songs == [replace(TWO_SONGS[0], region="lied")]
    prepare([str(tmp_path / "three")], tmp_path / "folk", quiet=True, style="folk")
    assert regions_of(tmp_path / "folk") == ["folk"] * 3
    summary = prepare([str(tmp_path / "two"), str(tmp_path / "folk")], tmp_path / "both", quiet=True)
    assert regions_of(tmp_path / "both") == ["lied", "hymn", "folk", "folk", "folk"]
    assert summary.regions == {"folk": 3, "lied": 1, "hymn": 1}


def test_a_style_that_is_not_there_or_cannot_be_one_is_refused_with_those_that_are(tmp_path: Path) -> None:
    """Nothing is written then; no style is called any, for that is what stands for none."""
    write_store([replace(TWO_SONGS[0], region="lied")], tmp_path / "one", "made up")
    with pytest.raises(UserError, match=r"--only 'jig': no song is of that style; there are lied"):
        prepare([str(tmp_path / "one")], tmp_path / "out", quiet=True, only=["lied", "jig"])
    for name in ("any", " ", ""):
        with pytest.raises(UserError, match=r"--style .*: give the style a name of its own, such as folk"):
            prepare([str(tmp_path / "one")], tmp_path / "out", quiet=True, style=name)
    assert not (tmp_path / "out").exists()


def test_a_copy_goes_with_a_corpus_that_is_published_as_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="melody-train prepare mine --out"):
        prepare((), tmp_path / "out", "essen", copies=[Path("mine")])


def test_where_a_track_was_chosen_it_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [[(0, bytes((0x90 | channel, pitch, 90))) for pitch in (60, 62)] for channel in (0, 1)]
    tracks = [
        midi_track([event for note in line for event in (note, (480, note[1][:2] + b"\x00"))]) for line in lines
    ]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.mid").write_bytes(midi_bytes(tracks))
    prepare([str(tmp_path / "mine")], tmp_path / "out")
    assert "a.mid: the melody is taken from track 1" in capsys.readouterr().err
