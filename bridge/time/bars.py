"""Where in the bar a growing melody stands, so that pauses between turns do not shift it. Pure.

The upbeat is fixed by the first note that a clock places; a later entrance that does not fall where the notes' sum
says gets a rest before it that puts it right (modulo a bar), so a jump of the song position heals by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.notes import Metre, Note

SIXTEENTH_BEATS = 0.25


def beats(notes: Sequence[Note]) -> float:
    """Return how long notes with their rests are, in beats."""
    return sum(note.duration_beats + note.rest_beats for note in notes)


@dataclass(frozen=True, slots=True)
class Place:
    """Say where an entrance stands: the rest before it, and the melody's upbeat (None: no clock has placed it)."""

    rest_beats: float = 0.0
    upbeat_beats: float | None = None

    def metre(self, bar_beats: float, pulse_beats: float = 0.0) -> Metre | None:
        """Return the melody's metre in bars of this length, above 0; None while no entrance was placed."""
        if self.upbeat_beats is None:
            return None
        return Metre(bar_beats, self.upbeat_beats % bar_beats, pulse_beats)


def place(before: Sequence[Note], onset_beat: float, bar_beats: float, upbeat_beats: float | None) -> Place:
    """Return the place of a note on this beat of the clock, behind `before`, a melody with this upbeat.

    bar_beats: above 0. A melody without an upbeat, or without notes, gets the one that makes it fit.
    """
    onset = round(onset_beat / SIXTEENTH_BEATS) * SIXTEENTH_BEATS
    if upbeat_beats is None or not before:
        return Place(0.0, (onset - beats(before)) % bar_beats)
    rest = (onset - upbeat_beats - beats(before)) % bar_beats
    near = rest < SIXTEENTH_BEATS / 2 or bar_beats - rest < SIXTEENTH_BEATS / 2
    return Place(0.0 if near else rest, upbeat_beats)
