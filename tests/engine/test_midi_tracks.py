"""The bytes of MIDI files: what is damaged is said, and never made a shorter song."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.midi_file import parse_midi
from engine.midi_tracks import Keystroke, MidiFileError, MidiNote, pair_strokes
from tests.corpusfiles import midi_bytes, midi_file, midi_track

ON, OFF = b"\x90\x3c\x5a", b"\x80\x3c\x00"


def test_the_time_before_an_unknown_meta_event_passes() -> None:
    """What stands behind an event without a name is not heard sooner for it."""
    track = midi_track([(0, ON), (240, b"\xff\x0a\x01?"), (240, OFF)])
    assert parse_midi(midi_bytes([track])).notes == [MidiNote(0, 480, 60)]


def test_a_lost_note_off_ends_its_note_with_the_track() -> None:
    """And a key that is struck again ends the note before."""
    strokes = [Keystroke(0, 60, 90), Keystroke(100, 60, 80), Keystroke(150, 64, 70)]
    assert pair_strokes(strokes, 200) == [
        MidiNote(0, 100, 60, 90),
        MidiNote(100, 200, 60, 80),
        MidiNote(150, 200, 64, 70),
    ]


@pytest.mark.parametrize("cut", [0, 3, 10, 20, 30, 41])
def test_a_truncated_file_is_an_error_not_a_shorter_song(cut: int) -> None:
    """Whatever is missing, nothing is made of the rest."""
    data = midi_file([(60, 0, 480), (62, 480, 960), (64, 960, 1440)])
    with pytest.raises(MidiFileError):
        parse_midi(data[:cut])


def test_times_without_bound_are_refused() -> None:
    """A delta of more than four bytes, and one that lasts for days, are damage, not music."""
    with pytest.raises(MidiFileError, match="four bytes"):
        parse_midi(midi_bytes([midi_track([(1 << 40, ON)])]))
    with pytest.raises(MidiFileError, match="lasts longer"):
        parse_midi(midi_bytes([midi_track([(0x0FFF_FFFF, ON), (480, OFF)])]))


@given(st.binary(max_size=200), st.integers(0, 200))
def test_damaged_bytes_give_notes_or_a_reason_and_nothing_else(noise: bytes, place: int) -> None:
    """No damage is a traceback, and no note of it is without length."""
    data = midi_file([(60, 0, 480), (62, 480, 960), (64, 960, 1440)])
    for damaged in (noise, data[:place] + noise, data[:place] + noise + data[place + len(noise) :]):
        try:
            file = parse_midi(damaged)
        except MidiFileError:
            continue
        assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in file.melody)
        assert all(file.seconds_at(note.end_ticks) >= file.seconds_at(note.onset_ticks) for note in file.notes)
