"""Standard MIDI files written, by mido. No torch, no ports."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.files import write_whole
from engine.midi_file import BPM
from engine.midi_tracks import Keystroke, MidiNote
from engine.notes import Note

TICKS_PER_BEAT = 480
_SUSTAIN = 64


@dataclass(frozen=True)
class Part:
    """Hold what is to be written as a track: its name, notes, and the sustain pedal as (ticks, value 0..127)."""

    name: str
    notes: Iterable[MidiNote]
    pedal: Iterable[tuple[int, int]] = ()


@dataclass(frozen=True)
class Conductor:
    """Hold what the first track of a file says, each at its tick: bpm, time signatures ("6/8"), markers."""

    tempos: Sequence[tuple[int, float]] = ((0, BPM),)
    signatures: Sequence[tuple[int, str]] = ()
    markers: Sequence[tuple[int, str]] = ()


AT_120_BPM = Conductor()


def midi_notes(melody: Iterable[Note], start_beats: float = 0.0) -> list[MidiNote]:
    """Return a melody as the notes of a track at TICKS_PER_BEAT, to be written."""
    notes, beat = [], start_beats
    for note in melody:
        onset = round((beat + note.rest_beats) * TICKS_PER_BEAT)
        beat += note.rest_beats + note.duration_beats
        notes.append(MidiNote(onset, round(beat * TICKS_PER_BEAT), note.pitch))
    return notes


def write_midi(path: Path, parts: Sequence[Part], conductor: Conductor = AT_120_BPM) -> None:
    """Write parts as the tracks of a playable file of type 1, behind one that holds tempo, bars and markers.

    Raises UserError when the disk refuses; then no half of a file is left.
    """
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(_track_of(mido, _conducting(mido, conductor)))
    for part in parts:
        name = mido.MetaMessage("track_name", name=_latin(part.name))
        file.tracks.append(_track_of(mido, [(0, name), *_playing(mido, part)]))
    data = io.BytesIO()
    file.save(file=data)
    try:
        write_whole(path, data.getvalue())
    except OSError as error:
        raise UserError(
            f"{path}: could not be written ({error.strerror or error}); choose another place"
        ) from None


def _track_of(mido: Any, timed: Iterable[tuple[int, Any]]) -> Any:
    """Return messages at their ticks, in order, as a track of mido's."""
    track, now = mido.MidiTrack(), 0
    for ticks, message in timed:
        track.append(message.copy(time=ticks - now))
        now = ticks
    return track


def _conducting(mido: Any, conductor: Conductor) -> list[tuple[int, Any]]:
    """Return tempos, signatures and markers at their ticks, in order."""
    timed = []
    for ticks, bpm in conductor.tempos:
        tempo = min(max(1, round(60e6 / bpm)), (1 << 24) - 1)
        timed.append((ticks, mido.MetaMessage("set_tempo", tempo=tempo)))
    for ticks, signature in conductor.signatures:
        over, under = (int(number) for number in signature.split("/"))
        timed.append((ticks, mido.MetaMessage("time_signature", numerator=over, denominator=under)))
    timed += [(ticks, mido.MetaMessage("marker", text=_latin(text))) for ticks, text in conductor.markers]
    return sorted(timed, key=lambda each: each[0])


def _playing(mido: Any, part: Part) -> list[tuple[int, Any]]:
    """Return a part's notes and pedal at their ticks, in order."""
    timed = []
    for ticks, pitch, velocity, channel in _strokes(part.notes):
        kind = "note_on" if velocity else "note_off"
        timed.append((ticks, mido.Message(kind, note=pitch, velocity=velocity, channel=channel)))
    for ticks, value in part.pedal:
        timed.append((ticks, mido.Message("control_change", control=_SUSTAIN, value=value)))
    return sorted(timed, key=lambda each: each[0])


def _latin(text: str) -> str:
    """Return a text in the letters that a MIDI file knows."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _strokes(notes: Iterable[MidiNote]) -> list[Keystroke]:
    """Return the strokes of notes in order, releases before what begins with them; none is without length."""
    strokes = []
    for onset, end, pitch, velocity, channel in notes:
        strokes.append(Keystroke(onset, pitch, velocity, channel))
        strokes.append(Keystroke(max(onset + 1, end), pitch, 0, channel))
    return sorted(strokes, key=lambda stroke: (stroke.ticks, stroke.velocity > 0))
