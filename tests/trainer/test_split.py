"""What is learned from and what is held out: by tune, and sensibly where there are few."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.notes import Note, Song
from tests.corpusfiles import write_pitch_texts
from trainer.corpus import read_songs
from trainer.split import (
    HALVES,
    check_part,
    choose,
    half_of,
    interval_key,
    learning_split,
    paper_part,
    part_of,
    parts_of,
    songs_in,
)


def tune(*pitches: int) -> Song:
    return Song(" ".join(map(str, pitches)), tuple(Note(pitch, 1.0) for pitch in pitches))


# Tunes of three notes, by the part that they fall into.
BY_PART: dict[str, list[Song]] = {"train": [], "validation": [], "test": []}
for leap in range(1, 100):
    BY_PART[part_of(tune(0, leap, 1))].append(tune(0, leap, 1))


def test_the_split_is_the_hash_of_the_intervals() -> None:
    """SHA-256 of the joined intervals, its first four bytes big-endian modulo 20: 0 test, 1 validation."""
    song = Song("a", (Note(60, 1.0), Note(64, 1.0, 2.0), Note(62, 1.0)))
    assert interval_key(song) == "4,-2"
    number = int.from_bytes(hashlib.sha256(b"4,-2").digest()[:4], "big") % 20
    assert part_of(song) == ("test" if number == 0 else "validation" if number == 1 else "train")


def test_the_split_gives_all_three_parts_about_their_share(tmp_path: Path) -> None:
    parts = parts_of(read_songs(write_pitch_texts(tmp_path, 600)).songs)
    assert 15 <= parts.count("test") <= 50
    assert 15 <= parts.count("validation") <= 50


def test_transposed_and_slower_copies_fall_into_one_part() -> None:
    pitches = (60, 62, 64, 60, 55)
    for shift in range(-12, 13):
        copy = Song("b", tuple(Note(p + shift, 2.0, 1.0) for p in pitches))
        assert part_of(copy) == part_of(Song("a", tuple(Note(p, 1.0) for p in pitches)))


def test_the_papers_split_is_the_last_tenth() -> None:
    assert [paper_part(i, 20) for i in range(20)].count("validation") == 2
    assert paper_part(17, 20) == "train"
    assert paper_part(18, 20) == "validation"


def test_halves_share_out_the_training_part_alone(tmp_path: Path) -> None:
    """Each training tune is learned by one half, about as many by either; what is held out is so for both."""
    songs = read_songs(write_pitch_texts(tmp_path, 600)).songs
    one, other = (songs_in(songs, "train", half) for half in HALVES)
    assert sorted(song.title for song in (*one, *other)) == sorted(song.title for song in songs_in(songs, "train"))
    assert 0.4 < len(one) / len(songs_in(songs, "train")) < 0.6
    assert {half_of(song) for song in one} == {HALVES[0]}
    for part in ("validation", "test"):
        assert songs_in(songs, part, HALVES[0]) == songs_in(songs, part, HALVES[1]) == songs_in(songs, part)


def test_a_small_source_holds_out_a_fifth_at_least() -> None:
    """One or two songs would say little of the weights; nothing is validated by what was learned from."""
    train, test = BY_PART["train"], BY_PART["test"]
    parts = learning_split([*train[:6], *test[:2]], "interval", "here")
    assert (parts.train, parts.held_out) == (train[:6], test[:2])
    alone = learning_split(train[:8], "interval", "here")
    assert len(alone.train) == 6
    assert not set(alone.train) & set(alone.held_out)
    assert "6 songs to learn from, 2 held out" in alone.remark


def test_copies_of_the_tune_that_is_held_out_are_held_out_too() -> None:
    """A transposed copy is the same tune."""
    one, other = BY_PART["train"][:2]
    songs = [moved for song in (one, other) for moved in (song, tune(*(pitch + 2 for pitch in song.pitches)))]
    parts = learning_split(songs, "interval", "here")
    assert not {interval_key(song) for song in parts.train} & {interval_key(song) for song in parts.held_out}
    assert len(parts.held_out) == 2


def test_a_single_tune_is_learned_and_the_remark_says_that_nothing_is_held_out() -> None:
    """One song can be fine-tuned on; the figure is then told for what it is."""
    song = BY_PART["train"][0]
    parts = learning_split([song], "interval", "here")
    assert (parts.train, parts.held_out) == ([song], [song])
    assert "nothing is held out" in parts.remark
    with pytest.raises(UserError, match="falls into the training part"):
        learning_split([BY_PART["test"][0]], "interval", "here")


def test_a_few_songs_are_all_taken_where_no_part_is_named_and_none_is_in_the_test_part() -> None:
    """A folder of eight songs is no reason to refuse; a part that is named and empty is."""
    few = BY_PART["train"][:8]
    choice = choose(few, None, "here")
    assert (choice.songs, choice.part) == (few, "all")
    assert "all are taken" in choice.remark
    with pytest.raises(UserError, match="--part all"):
        choose(few, "test", "here")
    mixed = [*few, BY_PART["test"][0]]
    assert choose(mixed, None, "here").songs == [BY_PART["test"][0]] == songs_in(mixed, "test")
    with pytest.raises(UserError, match=r"'tset' is none of train, validation, test, all"):
        check_part("tset")


def test_songs_shorter_than_the_prompt_are_not_chosen() -> None:
    """What is to be continued must have something to be compared with."""
    with pytest.raises(UserError, match="more than 8 notes"):
        choose(BY_PART["train"], None, "here", over=8)
