"""Calls of a corpus stand in the written bars, beside what is as long as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from engine.notes import Metre, Note, Song
from tests.corpusfiles import abc_songs
from trainer.calls import Call, Drafted, beats_of, calls_in, key_of, read_drafts, write_drafts
from trainer.corpus import read_songs
from trainer.split import HALVES, half_of, part_of


def songs(folder: Path, count: int = 60, phrases: int = 9) -> list[Song]:
    """Return random tunes in 3/4, each phrase two bars."""
    (folder / "tunes.abc").write_text(abc_songs(count, phrases=phrases))
    return read_songs(folder / "tunes.abc").songs


def test_a_call_is_two_phrases_and_the_two_after_it_answer(tmp_path: Path) -> None:
    """Of nine phrases come three calls: the first two phrases, the next two, and the next."""
    tunes = songs(tmp_path)
    calls = calls_in(tunes, "train", 1000)
    learned = [number for number, song in enumerate(tunes) if part_of(song) == "train"]
    assert sorted(call.tune for call in calls) == sorted(3 * learned)
    for call in calls:
        notes = tunes[call.tune].notes
        assert (*call.notes, *call.real) in [notes[begin : begin + 24] for begin in (0, 12, 24)]
        assert call.metre == Metre(3.0, 0.0, 1.0)
        assert beats_of(call.notes) == beats_of(call.real) == 12.0
        assert call.key == key_of(tunes[call.tune].notes)


def test_calls_come_in_one_order_and_may_be_skipped(tmp_path: Path) -> None:
    """What one skips, another takes: no call twice."""
    tunes = songs(tmp_path)
    every = calls_in(tunes, "train", 1000)
    assert calls_in(tunes, "train", 5) + calls_in(tunes, "train", 1000, 5) == every


def test_calls_of_a_half_are_those_of_its_tunes(tmp_path: Path) -> None:
    """Of the same calls in the same order, each is taken with one half."""
    tunes = songs(tmp_path)
    some = calls_in(tunes, "train", 40, 3)
    halves = [calls_in(tunes, "train", 40, 3, half) for half in HALVES]
    for half, calls in zip(HALVES, halves, strict=True):
        assert calls == [call for call in some if half_of(tunes[call.tune]) == half]
    assert all(halves)


def test_kept_drafts_are_the_same_when_they_are_taken_again(tmp_path: Path) -> None:
    """Notes, metres and costs survive the file; another file is refused in a sentence."""
    notes = (Note(60, 1 / 3), Note(62, 1.5, 0.5))
    many = [Drafted(Call(3, notes, notes[:1], Metre(4.0, 3.5, 1.0)), Metre(3.0), (notes, notes[1:]), (-1.5, -2.0))]
    file = tmp_path / "kept" / "drafts.json"
    write_drafts(file, many)
    assert read_drafts(file) == many
    file.write_text('[{"call": 1}]')
    with pytest.raises(UserError, match="no kept drafts"):
        read_drafts(file)
