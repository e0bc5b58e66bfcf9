"""Read standard MIDI files: the melody line, in beats.

A reader of its own, not mido's, because thousands of files are read in seconds and because meta
events that mean nothing for a melody (a key signature of eight flats, say) must not stop it.
"""

from __future__ import annotations

from engine.notes import Note, Song
from trainer.rawsong import ReadError, require_melody

_DRUM_CHANNEL = 9
# Written values are multiples of a 24th of a beat (triplets and sixteenths); a file's ticks round them.
_GRID_PER_BEAT = 24
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_TRACK_NAME = 0x03
_END_OF_TRACK = 0x2F

# onset in ticks, end in ticks, pitch
_Sounding = tuple[int, int, int]


def read_midi(data: bytes, source: str, region: str = "") -> Song:
    """Return the melody of a MIDI file of type 0 or 1 (of type 2 its first track with notes).

    The drum channel is left out. Of notes that start together the highest is the melody, and a note
    ends where the next one starts. The bar's beginning is not told by a file whose upbeat is
    written without rests, so the metre is None. Raise ReadError when the file is damaged or holds
    no melody.
    """
    tracks, ticks_per_beat, kind = _tracks(data)
    sounding: list[_Sounding] = []
    title = ""
    for track in tracks:
        name, notes = _notes_of(track)
        title = title or (name if notes else "")
        sounding.extend(notes)
        if kind == 2 and notes:
            break
    melody = _melody(sounding, ticks_per_beat)
    require_melody(melody)
    stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return Song(title=title or stem, notes=tuple(melody), region=region, source=source)


def _tracks(data: bytes) -> tuple[list[bytes], int, int]:
    """Cut a file into its tracks; return them, the ticks per beat and the file's type."""
    if data[:4] != b"MThd":
        raise ReadError("it is no MIDI file (no MThd at its start)")
    if len(data) < 14:
        raise ReadError("it is cut off within its header")
    length = int.from_bytes(data[4:8], "big")
    kind = int.from_bytes(data[8:10], "big")
    count = int.from_bytes(data[10:12], "big")
    division = int.from_bytes(data[12:14], "big")
    if division & 0x8000 or division == 0:
        raise ReadError("its time is in film frames, not in beats")
    position = 8 + length
    tracks: list[bytes] = []
    while len(tracks) < count:
        if position + 8 > len(data):
            raise ReadError(f"it is cut off: {len(tracks)} of {count} tracks are there")
        size = int.from_bytes(data[position + 4 : position + 8], "big")
        if position + 8 + size > len(data):
            raise ReadError(f"it is cut off within track {len(tracks) + 1} of {count}")
        if data[position : position + 4] == b"MTrk":
            tracks.append(data[position + 8 : position + 8 + size])
        else:
            count -= 1
        position += 8 + size
    return tracks, division, kind


def _notes_of(track: bytes) -> tuple[str, list[_Sounding]]:
    """Return a track's name and its notes; raise ReadError where an event is cut off."""
    try:
        return _walk(track)
    except IndexError:
        raise ReadError("a track ends in the middle of an event") from None


def _variable_length(track: bytes, position: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = track[position]
        position += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position


def _walk(track: bytes) -> tuple[str, list[_Sounding]]:
    notes: list[_Sounding] = []
    held: dict[int, int] = {}
    name, status, tick, position = "", 0, 0, 0
    while position < len(track):
        delta, position = _variable_length(track, position)
        tick += delta
        if track[position] >= 0x80:
            status = track[position]
            position += 1
        if status >= 0xF0:
            meta = -1
            if status == 0xFF:
                meta = track[position]
                position += 1
            size, position = _variable_length(track, position)
            if meta == _END_OF_TRACK:
                break
            if meta == _TRACK_NAME:
                name = track[position : position + size].decode("latin-1").strip()
            position += size
            continue
        if status < 0x80:
            raise ReadError("a track starts in the middle of an event")
        first, second = track[position], track[position + 1] if _DATA_BYTES[status >> 4] == 2 else 0
        position += _DATA_BYTES[status >> 4]
        command, channel = status >> 4, status & 0xF
        if command not in (0x8, 0x9) or channel == _DRUM_CHANNEL:
            continue
        key = channel << 7 | first & 0x7F
        onset = held.pop(key, None)
        if onset is not None and tick > onset:
            notes.append((onset, tick, first & 0x7F))
        if command == 0x9 and second > 0:
            held[key] = tick
    # A note-off that got lost: the note lasts to the end of the track.
    notes.extend((onset, tick, key & 0x7F) for key, onset in held.items() if tick > onset)
    return name, notes


def _melody(sounding: list[_Sounding], ticks_per_beat: int) -> list[Note]:
    """Keep the highest of notes that start together, cut each at the next onset, and count in beats."""
    top: dict[int, _Sounding] = {}
    for onset, end, pitch in sounding:
        if onset not in top or pitch > top[onset][2]:
            top[onset] = (onset, end, pitch)
    line = [top[onset] for onset in sorted(top)]
    notes: list[Note] = []
    before = 0
    for index, (onset, end, pitch) in enumerate(line):
        if index + 1 < len(line):
            end = min(end, line[index + 1][0])
        rest_beats = _length(before, onset, ticks_per_beat) if onset > before else 0.0
        notes.append(Note(pitch, _length(onset, end, ticks_per_beat), rest_beats))
        before = end
    return notes


def _length(begin: int, end: int, ticks_per_beat: int) -> float:
    """Return the beats from one tick to a later one, as a written value where both are near the grid."""
    beats = _beats(end, ticks_per_beat) - _beats(begin, ticks_per_beat)
    if beats <= 0.0:  # both fell on the same place of the grid
        return (end - begin) / ticks_per_beat
    # A difference of floats has last digits that the written value lacks.
    written = round(beats * _GRID_PER_BEAT) / _GRID_PER_BEAT
    return written if abs(written - beats) < 1e-9 else beats


def _beats(tick: int, ticks_per_beat: int) -> float:
    """Return a time in beats, on the grid of written values when it is within a tick of it."""
    beats = tick / ticks_per_beat
    written = round(beats * _GRID_PER_BEAT) / _GRID_PER_BEAT
    near = abs(written - beats) * ticks_per_beat <= 1.0 and ticks_per_beat >= 4 * _GRID_PER_BEAT
    return written if near else beats
