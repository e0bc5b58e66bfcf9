"""MIDI files written: what is written is read back, by us and by others."""

from __future__ import annotations

from pathlib import Path

import mido

from engine.midi_file import read_melody, read_midi_file
from engine.midi_out import Conductor, Part, midi_notes, write_midi
from engine.midi_tracks import MidiNote
from engine.notes import Note


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Notes and rests come back as they went, but for a rest before the first note."""
    melody = [Note(60, 0.5), Note(60, 1.0, 0.25), Note(72, 2.0), Note(48, 1 / 3, 1.5)]
    parts = [Part("Prompt", midi_notes(melody[:2])), Part("Continuation", midi_notes(melody[2:], 1.75))]
    write_midi(tmp_path / "x.mid", parts)
    assert read_melody(tmp_path / "x.mid") == melody
    assert [track.name for track in read_midi_file(tmp_path / "x.mid").tracks] == ["", "Prompt", "Continuation"]


def test_what_is_written_is_what_other_programs_read(tmp_path: Path) -> None:
    """Channel, velocity and tempo are told as mido understands them; a name's odd letters are no fault."""
    write_midi(tmp_path / "x.mid", [Part("歌", [MidiNote(0, 240, 60, 70, 3)])], Conductor([(0, 90.0)]))
    file = mido.MidiFile(tmp_path / "x.mid")
    assert [message.dict() for message in file.tracks[1] if not message.is_meta] == [
        {"type": "note_on", "channel": 3, "note": 60, "velocity": 70, "time": 0},
        {"type": "note_off", "channel": 3, "note": 60, "velocity": 0, "time": 240},
    ]
    assert round(mido.tempo2bpm(file.tracks[0][0].tempo), 3) == 90.0


def test_a_note_that_ends_where_the_next_begins_is_released_first(tmp_path: Path) -> None:
    """The same pitch struck again sounds twice, and a note without length lasts a tick."""
    write_midi(tmp_path / "x.mid", [Part("", [MidiNote(0, 240, 60), MidiNote(240, 240, 60)])])
    assert read_midi_file(tmp_path / "x.mid").notes == [MidiNote(0, 240, 60), MidiNote(240, 241, 60)]
