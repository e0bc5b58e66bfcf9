"""Standard MIDI files read: tracks, tempos, bars, and the melody that they hold. No torch, no ports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UserError
from engine.midi_tracks import (
    LONGEST_BEATS,
    MOST_BYTES,
    MidiFileError,
    MidiNote,
    MidiTrack,
    Told,
    cut_chunks,
    read_track,
)
from engine.notes import Note

BPM = 120.0
DRUM_CHANNEL = 9
# Written values are multiples of a 24th of a beat (triplets and sixteenths); a file's ticks round them.
_GRID_PER_BEAT = 24


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


def parse_midi(data: bytes) -> MidiFile:
    """Return what the bytes of a file say; of a file of type 2 only the first track with notes.

    Key signatures and all else that means nothing for a melody are passed over. Raises MidiFileError when the
    bytes are no MIDI file, are cut off, or speak of a time beyond LONGEST_BEATS.
    """
    chunks, ticks_per_beat, kind = cut_chunks(data)
    tracks: list[MidiTrack] = []
    told = Told([], [], [])
    for chunk in chunks:
        if kind == 2:
            told = Told([], [], [])
        try:
            track = read_track(chunk, LONGEST_BEATS * ticks_per_beat, told)
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
