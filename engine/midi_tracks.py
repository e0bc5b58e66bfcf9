"""The bytes of Standard MIDI files: chunks, events, and the notes that strokes of keys make. No torch.

mido does not read them: it refuses a file for a key signature that it does not know (eight flats, as in two of
the Essen files) and forgets the time that passes before a meta event it has no name for, so that all notes
after it come too early; it also takes four times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

VELOCITY = 90
MOST_BYTES = 16 << 20
LONGEST_BEATS = 100_000
"""More than half a day at 120 bpm: a file that lasts longer is damaged."""

_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_TRACK_NAME, _END_OF_TRACK, _SET_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x2F, 0x51, 0x58, 0x59


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
class MidiTrack:
    """Hold a track's name and its notes, in the order in which they end."""

    name: str
    notes: tuple[MidiNote, ...]


class Told(NamedTuple):
    """What the tracks say of all: tempos, time signatures, keys, as `MidiFile` holds them."""

    tempos: list[tuple[int, int]]
    signatures: list[tuple[int, int, int]]
    keys: list[tuple[int, int, bool]]


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


def cut_chunks(data: bytes) -> tuple[list[bytes], int, int]:
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


def read_track(chunk: bytes, longest_ticks: int, told: Told) -> MidiTrack:
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
