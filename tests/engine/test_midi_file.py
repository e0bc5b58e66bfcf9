"""MIDI files read: what is odd is survived, what is none is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from engine.midi_file import parse_midi, read_melody
from engine.midi_tracks import MOST_BYTES
from engine.notes import Note
from tests.corpusfiles import midi_bytes, midi_file, midi_track

ON, OFF = b"\x90\x3c\x5a", b"\x80\x3c\x00"
EIGHT_FLATS = b"\xff\x59\x02\xf8\x00"


def test_times_are_beats_and_rests_are_kept() -> None:
    """480 ticks a beat; a third of a beat is a third."""
    melody = parse_midi(midi_file([(60, 0, 480), (62, 480, 720), (64, 960, 1120)])).melody
    assert melody == [Note(60, 1.0), Note(62, 0.5), Note(64, 1 / 3, 0.5)]


def test_chords_give_their_top_note_overlaps_are_cut_and_drums_left_out() -> None:
    """A file of more than one voice still gives a melody."""
    data = midi_file([(60, 0, 960), (67, 0, 960), (72, 480, 960)], extra=[b"\x99\x7f\x5a"])
    assert parse_midi(data).melody == [Note(67, 1.0), Note(72, 1.0)]


def test_ticks_near_a_written_value_become_it() -> None:
    """1024 ticks a beat cannot be thirds."""
    melody = parse_midi(midi_file([(60, 0, 341), (62, 341, 683), (64, 683, 1024)], 1024)).melody
    assert [note.duration_beats for note in melody] == pytest.approx([1 / 3] * 3, abs=1e-9)


def test_notes_a_tick_apart_keep_a_length() -> None:
    """Rounding to written values swallows nothing."""
    melody = parse_midi(midi_file([(60, 0, 1), (62, 1, 2), (64, 2, 480)])).melody
    assert all(note.duration_beats > 0 for note in melody)


def test_a_key_signature_of_eight_flats_is_passed_over(tmp_path: Path) -> None:
    """A melody needs no key signature, so none is a reason to refuse a file."""
    (tmp_path / "a.mid").write_bytes(midi_file([(60, 0, 480), (62, 480, 960)], extra=[EIGHT_FLATS]))
    assert [note.pitch for note in read_melody(tmp_path / "a.mid")] == [60, 62]


def test_the_tempo_may_change() -> None:
    """A beat at 60 bpm, then one at 120; without any tempo it is 120."""
    slow, fast = (b"\xff\x51\x03" + value.to_bytes(3, "big") for value in (1_000_000, 500_000))
    tempo = midi_track([(0, slow), (480, fast)])
    file = parse_midi(midi_bytes([tempo, midi_track([(0, ON), (960, OFF)])]))
    assert [file.seconds_at(ticks) for ticks in (0, 240, 480, 960)] == [0.0, 0.5, 1.0, 1.5]
    assert parse_midi(midi_file([(60, 0, 480)])).seconds_at(480) == 0.5


def test_tracks_that_are_pieces_of_their_own_give_the_first_piece() -> None:
    """Type 2 files hold several pieces; one is read."""
    one, other = midi_track([(0, ON), (480, OFF)]), midi_track([(0, b"\x90\x40\x5a"), (480, b"\x80\x40\x00")])
    assert [note.pitch for note in parse_midi(midi_bytes([midi_track([]), one, other], kind=2)).notes] == [60]


def test_files_that_are_no_midi_are_refused_by_name(tmp_path: Path) -> None:
    """Rubbish, nothing, too much, a folder and silence end in a sentence."""
    cases = {
        "rubbish.mid": (b"hello there, this is text", "no MThd"),
        "empty.mid": (b"", "it is empty"),
        "silent.mid": (midi_file([]), "holds no notes"),
        "drums.mid": (midi_bytes([midi_track([(0, b"\x99\x24\x5a"), (9, b"\x89\x24\x00")])]), "channel 10"),
        "huge.mid": (b"MThd" + bytes(MOST_BYTES), "larger than 16 MiB"),
    }
    for name, (content, reason) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=f"{name}: .*{reason}"):
            read_melody(tmp_path / name)
    with pytest.raises(UserError, match="Is a directory"):
        read_melody(tmp_path)
    with pytest.raises(UserError, match="no such file"):
        read_melody(tmp_path / "none.mid")
