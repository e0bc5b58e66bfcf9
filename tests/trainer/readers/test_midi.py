"""MIDI files as songs: title, region, and what is no song; their bytes are `engine.midi_file`'s matter."""

from __future__ import annotations

import pytest

from engine.notes import Key, Note, Song
from tests.corpusfiles import midi_bytes, midi_file, midi_track, song_of
from trainer.readers.midi import read_midi
from trainer.readers.reader import ReadError, Remark, SourceFile

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


def test_of_several_tracks_the_melody_is_found_and_named() -> None:
    def track(name: bytes, notes: list[int], channel: int) -> bytes:
        events = [(0, b"\xff\x03" + bytes([len(name)]) + name)]
        for pitch in notes:
            events += [(0, bytes((0x90 | channel, pitch, 90))), (480, bytes((0x80 | channel, pitch, 0)))]
        return midi_track(events)

    data = midi_bytes([track(b"Bass", [40, 41, 43, 41], 0), track(b"Melody", [60, 62, 64, 62], 1)])
    remark, song = read_midi(SourceFile("mine/a.mid", data))
    assert isinstance(remark, Remark)
    assert "track 2 'Melody'" in remark.text
    assert isinstance(song, Song)
    assert (song.pitches, song.title) == ((60, 62, 64, 62), "Melody")


def test_drums_alone_are_said_to_be_drums() -> None:
    drums = midi_bytes(
        [midi_track([(0, b"\x99\x24\x40"), (240, b"\x99\x24\x00"), (0, b"\x99\x26\x40"), (240, b"\x99\x26\x00")])]
    )
    with pytest.raises(ReadError, match="drums"):
        song_of(read_midi, drums)


def test_its_key_signature_is_kept_if_it_can_be_one() -> None:
    minor = midi_file(TWO, extra=[b"\xff\x59\x02\xfe\x01"])
    assert song_of(read_midi, minor).key == Key(-2, 7)
    assert song_of(read_midi, midi_file(TWO, extra=[b"\xff\x59\x02\xf8\x00"])).key is None


def test_a_tick_between_notes_is_no_rest() -> None:
    assert song_of(read_midi, midi_file([(60, 1, 240), (62, 241, 480)])).notes == (Note(60, 0.5), Note(62, 0.5))
