"""Corpora read from copies, checked, with their styles."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.notes import Key, Note
from tests.corpusfiles import midi_bytes, midi_track, musicxml, mxl, xml_note
from tests.trainer.test_archives import bare_repository
from trainer import songbook
from trainer.repositories import REPOSITORIES, digest_of
from trainer.songbook import Copy, checked, copy_in, read_copy, without_graces

SCORE = mxl(musicxml([xml_note("G4", 2, "la") * 3, xml_note("A4", 6)]))
HYMN = "V:S\nV:B\nK:G\n[V:S] G A B c |]\n"
HYMNAL = (
    f"X:1\nT:Free\nC: copyright: public domain.\n{HYMN}\n"
    f"X:2\nT:Bound\nC: copyright: This hymn (lyrics, music, and setting) may be freely reproduced\n{HYMN}\n"
    "%OHMETRICAL 2 2\n"
    f"X:3\nT:Words are bound\nC: copyright: Words: Copyright 2009, A. These lyrics may be freely reproduced. Tune "
    f"public domain.\n{HYMN}w: a b c d\n"
)


def dance(root: int = 60) -> bytes:
    """Return eight bars of 2/4 in eighths, twice, each bar's first note loudest."""
    events: list[tuple[int, bytes]] = [(0, b"\xff\x58\x04\x02\x02\x18\x08"), (0, b"\xff\x59\x02\x01\x00")]
    for number in range(2 * 32):
        pitch = root + (number % 32) * 7 % 12
        loud = 105 if number % 4 == 0 else 80
        events += [(1, bytes((0x90, pitch, loud))), (239, bytes((0x80, pitch, 0)))]
    return midi_bytes([midi_track(events)])


CONTENT: dict[str, dict[str, bytes]] = {
    "lieder": {"scores/A/_/B/lc1.mxl": SCORE, "scores/A/_/B/lc1.mscz": b"no score of ours"},
    "ewld": {"dataset/Scott_Joplin/B/B.mxl": SCORE, "OpenEWLD.db": b"metadata"},
    "irish": {"cre_corpus/MIDI/Jig.mid": dance(), "cre_corpus/roots.csv": b",root\nJig,9\n"},
    "hymns": {"source/OpenHymnal.abc": HYMNAL.encode()},
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the small corpora of this file be those that were counted."""
    for name, files in CONTENT.items():
        repository = REPOSITORIES[name]
        digest = digest_of((each, data) for each, data in files.items() if repository.name_within(each))
        monkeypatch.setitem(REPOSITORIES, name, replace(repository, digest=digest))


def folder_of(path: Path, names: Iterable[str] = CONTENT) -> Path:
    """Write corpora into a folder, as repositories one over the other."""
    for name in names:
        for file, data in CONTENT[name].items():
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (path / file).write_bytes(data)
    return path


def zip_of(path: Path, name: str, change: Callable[[bytes], bytes] = bytes) -> Path:
    """Write a corpus as GitHub packs it: below a folder of the repository's name."""
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in CONTENT[name].items():
            archive.writestr(f"Repository-abc/{file}", change(data))
    return path


def copy_of(name: str, path: Path) -> Copy:
    copy = copy_in(name, path)
    assert copy is not None
    return copy


@pytest.mark.parametrize("name", REPOSITORIES)
def test_each_corpus_gets_its_style_from_a_folder_and_a_zip_alike(
    counted: None, tmp_path: Path, name: str
) -> None:
    loose = read_copy(checked(copy_of(name, folder_of(tmp_path / "loose"))))
    packed = read_copy(checked(copy_of(name, zip_of(tmp_path / "x.zip", name))))
    assert loose.songs == packed.songs
    assert {song.region for song in loose.songs} == {REPOSITORIES[name].style}
    assert all(song.source.startswith(f"{name}/") for song in loose.songs)


def test_a_git_repository_is_read_at_the_commit_that_was_counted(
    counted: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare, commit = bare_repository(tmp_path / "bare", folder_of(tmp_path / "loose", ["lieder"]))
    assert copy_in("lieder", bare) is None, "it lacks the commit"
    monkeypatch.setitem(REPOSITORIES, "lieder", replace(REPOSITORIES["lieder"], commit=commit))
    assert len(read_copy(checked(copy_of("lieder", bare))).songs) == 1


def test_another_content_is_refused_with_what_to_do(counted: None, tmp_path: Path) -> None:
    changed = copy_of("lieder", zip_of(tmp_path / "x.zip", "lieder", lambda data: data + b" "))
    with pytest.raises(UserError, match=r"checksum .* OpenScore/Lieder at commit bca1224, or leave out --from"):
        checked(changed)


def test_a_source_without_the_corpus_has_no_copy(counted: None, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert copy_in("lieder", tmp_path / "empty") is None
    assert copy_in("lieder", folder_of(tmp_path / "other", ["irish"])) is None


def test_a_damaged_member_is_named(counted: None, tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "x.zip", "lieder")
    data = bytearray(archive.read_bytes())
    place = data.index(SCORE) + len(SCORE) // 2
    data[place] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(UserError, match=r"lc1\.mxl in it is damaged"):
        copy_in("lieder", archive)


def test_a_dance_is_folded_and_its_keynote_is_the_experts(counted: None, tmp_path: Path) -> None:
    [song] = read_copy(copy_of("irish", folder_of(tmp_path))).songs
    assert len(song.notes) == 32
    assert song.key == Key(1, 9)
    assert song.metre is not None
    assert song.phrase_ends is not None
    assert sum(song.phrase_ends) == 2


def test_a_hymn_whose_tune_is_in_copyright_is_left_out_and_named(counted: None, tmp_path: Path) -> None:
    corpus = read_copy(copy_of("hymns", folder_of(tmp_path)))
    assert [song.title for song in corpus.songs] == ["Free", "Words are bound"]
    assert [skipped.name for skipped in corpus.skipped] == ["hymns/source/OpenHymnal.abc: X:2"]
    assert corpus.songs[1].phrase_ends is not None, "its verse stands before it, behind the one left out"


def test_a_lead_sheet_is_left_out_and_named_unless_all_its_authors_died_long_ago(
    counted: None, tmp_path: Path
) -> None:
    folder_of(tmp_path, ["ewld"])
    both = "dataset/Lorenz_Hart-Richard_Rodgers/C/C.mxl"
    (tmp_path / both).parent.mkdir(parents=True)
    (tmp_path / both).write_bytes(SCORE)
    copy = copy_of("ewld", tmp_path)
    corpus = read_copy(copy)
    assert [song.source for song in corpus.songs] == ["ewld/dataset/Scott_Joplin/B/B.mxl"]
    assert [skipped.name for skipped in corpus.skipped] == [f"ewld/{both}"]
    assert len(read_copy(copy, every_author=True).songs) == 2


def test_grace_notes_that_are_written_out_give_their_time_back() -> None:
    grace = [Note(60, 0.5), Note(62, 1 / 48), Note(64, 23 / 48), Note(65, 0.5)]
    assert without_graces(grace) == (Note(60, 0.5), Note(64, 0.5), Note(65, 0.5))


def test_a_copy_that_is_larger_than_any_corpus_is_refused_before_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip that is already here can swell as one that is fetched can."""
    monkeypatch.setattr(songbook, "MOST_BYTES", len(SCORE) - 1)
    with pytest.raises(
        UserError, match="larger than 0 MiB, which is not what was counted; give a copy of OpenScore"
    ):
        copy_in("lieder", zip_of(tmp_path / "x.zip", "lieder"))
