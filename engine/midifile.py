"""One melody in a MIDI file, out of it and into it; ticks and beats, no seconds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import mido

from engine.errors import UserError
from engine.notes import Note

TICKS_PER_BEAT = 480
VELOCITY = 90
BPM = 120


def read_melody(path: Path) -> list[Note]:
    """Return the notes of a MIDI file, all tracks together and channel 10 left out; of a chord the top note.

    A note that is struck while another sounds ends it. Raises UserError when the file cannot be read or holds
    no notes.
    """
    try:
        file = mido.MidiFile(path, clip=True)
        beat = file.ticks_per_beat
        struck = _struck_notes(mido.merge_tracks(file.tracks))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of a MIDI file, or notes") from None
    except Exception as error:  # mido raises whatever its parsing trips over
        raise UserError(f"{path}: not readable as MIDI ({error or type(error).__name__})") from error
    if not struck or beat <= 0:
        raise UserError(f"{path}: holds no notes; give a file with a melody")
    notes: list[Note] = []
    end = struck[0][0]
    for index, (onset, off, pitch) in enumerate(struck):
        following = struck[index + 1][0] if index + 1 < len(struck) else off
        off = max(onset + 1, min(off, following))
        notes.append(Note(pitch, (off - onset) / beat, (onset - end) / beat))
        end = off
    return notes


def write_melody(path: Path, prompt: Sequence[Note], continuation: Sequence[Note]) -> None:
    """Write a playable file: prompt and continuation in one line, on a track each.

    Raises UserError when the disk refuses; then no half of a file is left.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    conductor = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(BPM), time=0)])
    file.tracks.append(conductor)
    beat = 0.0
    for name, notes in (("Prompt", prompt), ("Continuation", continuation)):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name, time=0)])
        now = 0
        for note in notes:
            onset = round((beat + note.rest_beats) * TICKS_PER_BEAT)
            beat += note.rest_beats + note.duration_beats
            off = max(onset + 1, round(beat * TICKS_PER_BEAT))
            track.append(mido.Message("note_on", note=note.pitch, velocity=VELOCITY, time=onset - now))
            track.append(mido.Message("note_off", note=note.pitch, velocity=0, time=off - onset))
            now = off
        file.tracks.append(track)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file.save(draft)
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(
            f"{path}: could not be written ({error.strerror or error}); choose another place"
        ) from error


def _struck_notes(track: Sequence[mido.Message]) -> list[tuple[int, int, int]]:
    """Return (onset, off, pitch) in ticks, one for each onset time, the highest where several are struck."""
    now = 0
    sounding: dict[tuple[int, int], int] = {}
    notes: dict[int, tuple[int, int, int]] = {}

    def close(key: tuple[int, int]) -> None:
        onset = sounding.pop(key)
        if onset not in notes or notes[onset][2] < key[1]:
            notes[onset] = (onset, now, key[1])

    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off") or message.channel == 9:
            continue
        key = (message.channel, message.note)
        if key in sounding:
            close(key)
        if message.type == "note_on" and message.velocity:
            sounding[key] = now
    for key in list(sounding):
        close(key)
    return sorted(notes.values())
