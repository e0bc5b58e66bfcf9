"""A take is written as it sounded: two named tracks, real time, every note closed."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from bridge.views.take import Recorder
from engine.errors import UserError
from engine.midi_file import parse_midi


def test_both_sides_stand_on_their_own_track_in_real_time(tmp_path: Path) -> None:
    """Times in seconds survive, whatever the tempo written in the file."""
    take = Recorder()
    take.on_tempo(90.0, "player", 0.8)
    take.on_player_note(100.0, 60, 70)
    take.on_player_note(100.5, 60, 0)
    take.on_answer_note(101.0, 64, 80, 3)
    take.on_answer_note(101.75, 64, 0, 3)
    take.save(tmp_path / "take.mid")
    midi = mido.MidiFile(str(tmp_path / "take.mid"))
    assert [track.name for track in midi.tracks] == ["", "player", "answer"]
    now_s, heard = 0.0, []
    for message in midi:
        now_s += message.time
        if not message.is_meta:
            heard.append((round(now_s, 2), message.type, message.note, message.velocity, message.channel))
    assert heard == [
        (0.0, "note_on", 60, 70, 0),
        (0.5, "note_off", 60, 0, 0),
        (1.0, "note_on", 64, 80, 3),
        (1.75, "note_off", 64, 0, 3),
    ]


def test_what_still_sounds_is_closed_at_the_end(tmp_path: Path) -> None:
    """No note of a take hangs: at 120 bpm a second is two beats, and the last event releases what is held."""
    take = Recorder()
    take.player += [(1.0, 60, 9, 0), (2.0, 62, 9, 0), (3.0, 60, 0, 0)]
    take.save(tmp_path / "take.mid")
    assert [tuple(note) for note in parse_midi((tmp_path / "take.mid").read_bytes()).notes] == [
        (0, 1920, 60, 9, 0),
        (960, 1920, 62, 9, 0),
    ]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(UserError, match=r"take\.mid: could not be written"):
        Recorder().save(tmp_path / "no" / "take.mid")
