"""Standard MIDI files, in and out: the one place that knows their bytes. No torch, no ports.

mido writes them. It does not read them: it refuses a file for a key signature that it does not know (eight flats,
as in two of the Essen files) and forgets the time that passes before a meta event it has no name for, so that all
notes after it come too early; it also takes four times as long.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import UserError
from engine.files import write_whole
from engine.notes import Note

TICKS_PER_BEAT = 480
VELOCITY = 90
BPM = 120.0
MOST_BYTES = 16 << 20
LONGEST_BEATS = 100_000
"""More than half a day at 120 bpm: a file that lasts longer is damaged."""

DRUM_CHANNEL = 9
# Written values are multiples of a 24th of a beat (triplets and sixteenths); a file's ticks round them.
_GRID_PER_BEAT = 24
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_TRACK_NAME, _END_OF_TRACK, _SET_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x2F, 0x51, 0x58, 0x59
_SUSTAIN = 64


class MidiFileError(ValueError):
    """Say why bytes are no MIDI file, or a damaged one; the caller names the file."""


class MidiNote(NamedTuple):
    """One note of a file; channel 0..15."""

    onset_ticks: int
    end_ticks: int
    pitch: int
    velocity: int = VELOCITY
    channel: int = 0


class Keystroke(NamedTuple):
    """A key that goes down (velocity 1..127) or up (0); channel 0..15."""

    ticks: int
    pitch: int
    velocity: int
    channel: int = 0


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


@dataclass(frozen=True)
class MidiTrack:
    """Hold a track's name and its notes, in the order in which they end."""

    name: str
    notes: tuple[MidiNote, ...]


@dataclass(frozen=True)
class MidiFile:
    """Hold what a file says: its tracks, and (ticks, microseconds a beat) wherever the tempo changes.

    signatures: (ticks, over, under) wherever the time signature changes; keys: (ticks, sharps or -flats, minor?).
    """

    ticks_per_beat: int
    tracks: tuple[MidiTrack, ...]
    tempos: tuple[tuple[int, int], ...] = ()
    signatures: tuple[tuple[int, int, int], ...] = ()
    keys: tuple[tuple[int, int, bool], ...] = ()

    def seconds_at(self, ticks: int) -> float:
        """Return the time of a tick, in seconds from the file's beginning."""
        seconds, before, microseconds = 0.0, 0, 60e6 / BPM
        for change, new in self.tempos:
            if change >= ticks:
                break
            seconds += (change - before) * microseconds
            before, microseconds = change, float(new)
        return (seconds + (ticks - before) * microseconds) / 1e6 / self.ticks_per_beat

    @property
    def notes(self) -> list[MidiNote]:
        """Return the notes of all tracks, by onset."""
        return sorted(note for track in self.tracks for note in track.notes)

    @property
    def melody(self) -> list[Note]:
        """Return one line in beats: drums are left out, of a chord the top note counts, each onset ends the last.

        Times within a tick of a written value (a 24th of a beat) are that value.
        """
        return self.line(note for note in self.notes if note.channel != DRUM_CHANNEL)

    def line(self, notes: Iterable[MidiNote]) -> list[Note]:
        """Return notes of this file as one line in beats, as `melody` does with all."""
        top: dict[int, MidiNote] = {}
        for note in notes:
            if note.onset_ticks not in top or note.pitch > top[note.onset_ticks].pitch:
                top[note.onset_ticks] = note
        line, melody, before = [top[onset] for onset in sorted(top)], [], 0
        for index, note in enumerate(line):
            end = note.end_ticks
            if index + 1 < len(line):
                end = min(end, line[index + 1].onset_ticks)
            # A tick between two notes is a rounding (or abc2midi's way to start them), no rest.
            silent = note.onset_ticks > before and self._on_grid(note.onset_ticks) > self._on_grid(before)
            rest_beats = self._beats(before, note.onset_ticks) if silent else 0.0
            melody.append(Note(note.pitch, self._beats(note.onset_ticks, end), rest_beats))
            before = end
        return melody

    def _beats(self, begin: int, end: int) -> float:
        """Return the beats from one tick to a later one, as a written value where both are near the grid."""
        beats = self._on_grid(end) - self._on_grid(begin)
        if beats <= 0.0:  # both fell on the same place of the grid
            return (end - begin) / self.ticks_per_beat
        # A difference of floats has last digits that the written value lacks.
        written = round(beats * _GRID_PER_BEAT) / _GRID_PER_BEAT
        return written if abs(written - beats) < 1e-9 else beats

    def _on_grid(self, ticks: int) -> float:
        beats = ticks / self.ticks_per_beat
        written = round(beats * _GRID_PER_BEAT) / _GRID_PER_BEAT
        near = (
            abs(written - beats) * self.ticks_per_beat <= 1.0 + 1e-6 and self.ticks_per_beat >= 4 * _GRID_PER_BEAT
        )
        return written if near else beats


AT_120_BPM = Conductor()


def parse_midi(data: bytes) -> MidiFile:
    """Return what the bytes of a file say; of a file of type 2 only the first track with notes.

    Key signatures and all else that means nothing for a melody are passed over. Raises MidiFileError when the
    bytes are no MIDI file, are cut off, or speak of a time beyond LONGEST_BEATS.
    """
    chunks, ticks_per_beat, kind = _chunks(data)
    tracks: list[MidiTrack] = []
    told = _Told([], [], [])
    for chunk in chunks:
        if kind == 2:
            told = _Told([], [], [])
        try:
            track = _track(chunk, LONGEST_BEATS * ticks_per_beat, told)
        except IndexError:
            raise MidiFileError("a track ends in the middle of an event") from None
        if kind == 2 and track.notes:
            tracks = [track]
            break
        tracks.append(track)
    return MidiFile(
        ticks_per_beat,
        tuple(tracks),
        tuple(sorted(told.tempos)),
        tuple(sorted(told.signatures)),
        tuple(sorted(told.keys)),
    )


def read_midi_file(path: Path) -> MidiFile:
    """Return a file's tracks; raise UserError when it cannot be read or holds no note."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        read = parse_midi(data)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of a MIDI file") from None
    except OSError as error:
        raise UserError(f"{path}: not readable as MIDI ({error.strerror or error})") from None
    except MidiFileError as error:
        raise UserError(f"{path}: not readable as MIDI ({error})") from None
    if not read.notes:
        raise UserError(f"{path}: holds no notes; give a file with a melody")
    return read


def read_melody(path: Path) -> list[Note]:
    """Return the melody of a MIDI file from its first note on; raise UserError as `read_midi_file` does."""
    melody = read_midi_file(path).melody
    if not melody:
        raise UserError(f"{path}: holds no notes but the drums' (channel 10); give a file with a melody")
    return [Note(melody[0].pitch, melody[0].duration_beats), *melody[1:]]


def pair_strokes(strokes: Iterable[Keystroke], end_ticks: int) -> list[MidiNote]:
    """Return the notes that keys going down and up make; what still sounds lasts to `end_ticks`.

    A key that is struck again while it sounds ends its note and begins another.
    """
    notes: list[MidiNote] = []
    held: dict[tuple[int, int], Keystroke] = {}
    for stroke in strokes:
        down = held.pop((stroke.channel, stroke.pitch), None)
        if down is not None:
            notes.append(MidiNote(down.ticks, stroke.ticks, down.pitch, down.velocity, down.channel))
        if stroke.velocity:
            held[stroke.channel, stroke.pitch] = stroke
    notes += [MidiNote(d.ticks, end_ticks, d.pitch, d.velocity, d.channel) for d in held.values()]
    return notes


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


def _chunks(data: bytes) -> tuple[list[bytes], int, int]:
    """Cut a file into its tracks; return them, the ticks a beat and the file's type."""
    if len(data) > MOST_BYTES:
        raise MidiFileError(f"it is larger than {MOST_BYTES >> 20} MiB; no melody is")
    if data[:4] != b"MThd":
        raise MidiFileError("it is no MIDI file (no MThd at its start)" if data else "it is empty")
    if len(data) < 14:
        raise MidiFileError("it is cut off within its header")
    length, kind, count, division = (
        int.from_bytes(data[begin:end], "big") for begin, end in ((4, 8), (8, 10), (10, 12), (12, 14))
    )
    if division & 0x8000 or division == 0:
        raise MidiFileError("its time is in film frames, not in beats")
    position, tracks = 8 + length, list[bytes]()
    while len(tracks) < count:
        if position + 8 > len(data):
            raise MidiFileError(f"it is cut off: {len(tracks)} of {count} tracks are there")
        begin = position + 8
        end = begin + int.from_bytes(data[position + 4 : begin], "big")
        if end > len(data):
            raise MidiFileError(f"it is cut off within track {len(tracks) + 1} of {count}")
        if data[position : position + 4] == b"MTrk":
            tracks.append(data[begin:end])
        else:  # a chunk of another kind, which a reader is to pass over
            count -= 1
        position = end
    return tracks, division, kind


class _Told(NamedTuple):
    """What the tracks say of all: tempos, time signatures, keys, as `MidiFile` holds them."""

    tempos: list[tuple[int, int]]
    signatures: list[tuple[int, int, int]]
    keys: list[tuple[int, int, bool]]


def _track(chunk: bytes, longest_ticks: int, told: _Told) -> MidiTrack:
    """Return a track and add what it says of all to `told`; raise IndexError where an event is cut off."""
    name, strokes, ticks = "", list[Keystroke](), 0
    for ticks, status, kind, data in _events(chunk):
        if ticks > longest_ticks:
            raise MidiFileError(f"it lasts longer than {LONGEST_BEATS:,} beats")
        if kind == _TRACK_NAME:
            name = data.decode("latin-1").strip()
        elif kind == _SET_TEMPO and any(data):
            told.tempos.append((ticks, int.from_bytes(data[:3], "big")))
        elif kind == _TIME_SIGNATURE and len(data) >= 2 and data[0] and data[1] <= 6:
            told.signatures.append((ticks, data[0], 1 << data[1]))
        elif kind == _KEY_SIGNATURE and len(data) >= 2:
            told.keys.append((ticks, int.from_bytes(data[:1], "big", signed=True), bool(data[1])))
        elif status >> 4 in (0x8, 0x9):
            velocity = data[1] & 0x7F if status >> 4 == 0x9 else 0
            strokes.append(Keystroke(ticks, data[0] & 0x7F, velocity, status & 0xF))
    notes = (note for note in pair_strokes(strokes, ticks) if note.end_ticks > note.onset_ticks)
    return MidiTrack(name, tuple(notes))


def _events(chunk: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield (ticks, status, type of a meta event or -1, data) up to the end of the track."""
    status, ticks, position = 0, 0, 0
    while position < len(chunk):
        delta, position = _variable_length(chunk, position)
        ticks += delta
        if chunk[position] >= 0x80:
            status = chunk[position]
            position += 1
        kind = -1
        if status < 0x80:
            raise MidiFileError("a track starts in the middle of an event")
        if status >= 0xF0:
            if status == 0xFF:
                kind = chunk[position]
                position += 1
            size, position = _variable_length(chunk, position)
        else:
            size = _DATA_BYTES[status >> 4]
        data = chunk[position : position + size]
        if len(data) < size:
            raise IndexError
        position += size
        yield ticks, status, kind, data
        if kind == _END_OF_TRACK:
            return


def _variable_length(chunk: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(position, position + 4):
        value = value << 7 | chunk[index] & 0x7F
        if chunk[index] < 0x80:
            return value, index + 1
    raise MidiFileError("a length of more than four bytes")
