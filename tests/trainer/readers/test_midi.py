"""MIDI files as songs: title, region, and what is no song; their bytes are `engine.midi_file`'s matter."""

from __future__ import annotations

import pytest

from engine.notes import Note
from tests.corpusfiles import midi_file, song_of
from trainer.readers.midi import read_midi
from trainer.readers.reader import ReadError

TWO = [(60, 0, 480), (62, 480, 960)]


def test_a_file_is_its_melody_in_beats_without_a_metre() -> None:
    song = song_of(read_midi, midi_file([(60, 0, 480), (62, 480, 720), (64, 960, 1120)]))
    assert song.notes == (Note(60, 1.0), Note(62, 0.5), Note(64, 1 / 3, 0.5))
    assert song.metre is None


def test_its_title_is_the_tracks_name_or_the_files() -> None:
    assert song_of(read_midi, midi_file(TWO), "folk/Lied 7.mid").title == "Lied 7"
    assert song_of(read_midi, midi_file(TWO, extra=[b"\xff\x03\x04Lied"]), "folk/a.mid").title == "Lied"


def test_its_region_is_its_folder_and_in_the_essen_set_the_letters_of_its_name() -> None:
    assert song_of(read_midi, midi_file(TWO), "x/ireland/a1.mid").region == "ireland"
    assert song_of(read_midi, midi_file(TWO), "essen_folksong_collection/natmn087.mid").region == "natmn"


def test_what_is_damaged_or_no_melody_says_why() -> None:
    with pytest.raises(ReadError, match="cut off"):
        song_of(read_midi, midi_file(TWO)[:-9])
    with pytest.raises(ReadError, match="single note"):
        song_of(read_midi, midi_file(TWO[:1]))
