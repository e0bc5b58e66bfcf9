"""The score as everything here speaks of it: notes in beats, metre, songs. No torch, no ports, no time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """Hold one note of a melody.

    pitch: MIDI number, 0..127.
    duration_beats: written length, in beats (a beat is a quarter note), > 0.
    rest_beats: silence between the end of the note before and this onset, in beats, >= 0.
    """

    pitch: int
    duration_beats: float
    rest_beats: float = 0.0


@dataclass(frozen=True, slots=True)
class Metre:
    """Say where the bars lie.

    beats_per_bar: length of a bar in beats (6/8 is 3.0).
    upbeat_beats: position within the bar at which the melody's first step (note or rest) begins,
    0 <= upbeat_beats < beats_per_bar; 0 is the downbeat.
    pulse_beats: length of the beat that is felt (1 in 3/4, 1.5 in 6/8, 2 in 2/2); 0 when not told.
    """

    beats_per_bar: float
    upbeat_beats: float = 0.0
    pulse_beats: float = 0.0


def bar_name(metre: Metre) -> str:
    """Return the time signature of a metre, as "6/8"; a pulse that is not told counts as a quarter."""
    pulse = metre.pulse_beats or 1.0
    unit = pulse / 3.0 if (pulse / 1.5).is_integer() or pulse == 0.75 else pulse
    return f"{metre.beats_per_bar / unit:g}/{4.0 / unit:g}"


@dataclass(frozen=True, slots=True)
class Key:
    """Say what a score's key signature says.

    fifths: sharps (positive) or flats (negative) of the signature.
    tonic: pitch class 0..11 of the key's first degree, or None where only the signature is told.
    """

    fifths: int
    tonic: int | None = None


@dataclass(frozen=True, slots=True)
class Chord:
    """Hold one chord symbol; it holds until the next.

    onset_beats: from the beginning of the song's first step (note or rest), >= 0.
    root, bass: pitch classes 0..11; the bass is the root unless another is written below it.
    tones: semitones above the root, rising, the root (0) among them; none at all: no chord.
    kind: the word of MusicXML for it, as "dominant"; "none": no chord.
    """

    onset_beats: float
    root: int
    tones: tuple[int, ...]
    bass: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Song:
    """Hold one melody of a corpus, with what its source says of it.

    phrase_ends: a flag a note (True: this note ends a phrase), or None when the source marks none.
    region: where it comes from, or its style.
    has_durations: False for pitch-only sources; their durations are placeholders.
    final_rest_beats: silence written after the last note.
    key, chords: as they are written; None and empty where the source tells none.
    """

    title: str
    notes: tuple[Note, ...]
    metre: Metre | None = None
    phrase_ends: tuple[bool, ...] | None = None
    region: str = ""
    has_durations: bool = True
    final_rest_beats: float = 0.0
    source: str = field(default="", compare=False)
    key: Key | None = None
    chords: tuple[Chord, ...] = ()

    @property
    def pitches(self) -> tuple[int, ...]:
        """Return the pitches alone, in order."""
        return tuple(note.pitch for note in self.notes)


def figure(notes: Sequence[Note]) -> tuple[int, ...]:
    """Return what tells a melody from others: pitch and length, in 48ths of a beat, of each note in turn."""
    return tuple(number for note in notes for number in (note.pitch, round(48 * note.duration_beats)))
