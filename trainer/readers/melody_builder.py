"""What readers of written music share: notes and rests gathered in beats, ties merged, phrases marked."""

from __future__ import annotations

from engine.notes import Metre, Note, Song
from trainer.readers.reader import ReadError, require_melody

# Sums of binary fractions and thirds drift in the last digits; no written value is finer than this.
BEAT_TOLERANCE = 1e-4


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
    def count(self) -> int:
        """Return the number of notes so far."""
        return len(self._notes)

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


def metre_of(
    builder: MelodyBuilder, bar_and_pulse: tuple[float, float] | None, first_bar_beats: float | None
) -> Metre | None:
    """Return where the bars lie; a piece without a bar line is one bar, and one without a metre has none."""
    if bar_and_pulse is None:
        return None
    first = builder.position_beats if first_bar_beats is None else first_bar_beats
    bar, pulse = bar_and_pulse
    return Metre(bar, upbeat_beats(first, bar), pulse)


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
