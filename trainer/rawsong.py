"""What the readers share: events gathered in beats, and the sentence that says why a piece cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from engine.notes import Metre, Note, Song

# Sums of binary fractions and thirds drift in the last digits; no written value is finer than this.
BEAT_TOLERANCE = 1e-4


class ReadError(ValueError):
    """Say why one piece of a source cannot be read; the caller names the piece, counts it and goes on."""


class MelodyBuilder:
    """Gather notes and rests in the order of the score, merging ties and pending silence.

    All lengths are in beats (quarter notes).
    """

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._ends: list[bool] = []
        self._rest_beats = 0.0
        self.position_beats = 0.0

    def note(self, pitch: int, duration_beats: float) -> None:
        """Append a sounding note; raise ReadError on a length of zero or a pitch that MIDI lacks."""
        if not 0 <= pitch <= 127:
            raise ReadError(f"pitch {pitch} is outside MIDI's 0..127")
        if duration_beats <= 0.0:
            raise ReadError(f"a note lasts {duration_beats:g} beats")
        self._notes.append(Note(pitch, duration_beats, self._rest_beats))
        self._ends.append(False)
        self._rest_beats = 0.0
        self.position_beats += duration_beats

    def lengthen(self, duration_beats: float) -> None:
        """Add a tied continuation to the last note."""
        last = self._notes[-1]
        self._notes[-1] = Note(last.pitch, last.duration_beats + duration_beats, last.rest_beats)
        self.position_beats += duration_beats

    def scale_last(self, factor: float) -> None:
        """Multiply the last note's length (dotted pairs are written after the note)."""
        if self._notes and not self._rest_beats:
            last = self._notes[-1]
            self._notes[-1] = Note(last.pitch, last.duration_beats * factor, last.rest_beats)
            self.position_beats += last.duration_beats * (factor - 1.0)

    def rest(self, duration_beats: float) -> None:
        """Let silence pass before the next note."""
        self._rest_beats += duration_beats
        self.position_beats += duration_beats

    def end_phrase(self) -> None:
        """Mark the last note as the end of a phrase."""
        if self._ends:
            self._ends[-1] = True

    @property
    def last_pitch(self) -> int | None:
        """Return the last note's pitch, or None when a rest (or nothing) stands last."""
        return self._notes[-1].pitch if self._notes and not self._rest_beats else None

    def song(self, title: str, metre: Metre | None, region: str, source: str, phrases_marked: bool) -> Song:
        """Return what was gathered; raise ReadError when there is no melody in it."""
        require_melody(self._notes)
        return Song(
            title=title,
            notes=tuple(self._notes),
            metre=metre,
            phrase_ends=tuple(self._ends) if phrases_marked else None,
            region=region,
            final_rest_beats=self._rest_beats,
            source=source,
        )


def require_melody(notes: Sequence[object]) -> None:
    """Raise ReadError unless there are two notes at least: fewer have no interval, so no tune."""
    if not notes:
        raise ReadError("it holds no notes")
    if len(notes) < 2:
        raise ReadError("it holds a single note; a melody needs two at least")


def upbeat_beats(first_bar_beats: float, beats_per_bar: float) -> float:
    """Return the position in the bar at which a melody with this first bar begins.

    A first bar that is short is an upbeat; one that is full, or longer than the metre says, starts
    on the downbeat.
    """
    missing = beats_per_bar - first_bar_beats
    if first_bar_beats <= BEAT_TOLERANCE or missing <= BEAT_TOLERANCE:
        return 0.0
    return missing


def pulse_beats(above: int, below: int) -> float:
    """Return the length in beats of the pulse of a time signature: three units where they are felt in threes."""
    unit = 4.0 / below
    return 3.0 * unit if above > 3 and above % 3 == 0 else unit
