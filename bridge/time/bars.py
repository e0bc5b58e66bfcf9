"""Where in the bar a growing melody stands, so that pauses between turns do not shift it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engine.notes import Metre, Note

GRID_BEATS = 0.25


def beats(notes: Sequence[Note]) -> float:
    """Return how long notes with their rests are, in beats."""
    return sum(note.duration_beats + note.rest_beats for note in notes)


class BarCount:
    """Follow the bars of the transcript against a running clock.

    The upbeat is fixed by the first note; a later entrance that does not fall where the notes' sum says gets a
    rest before it that puts it right (modulo a bar), so a jump of the song position heals by itself.
    """

    def __init__(self) -> None:
        self._upbeat_beats: float | None = None

    def metre(self, bar_beats: float) -> Metre | None:
        """Return the transcript's metre, or None while no clock has placed it."""
        if self._upbeat_beats is None or bar_beats <= 0:
            return None
        return Metre(bar_beats, self._upbeat_beats % bar_beats)

    def lead_rest_at(self, before: Sequence[Note], onset_beat: float, bar_beats: float) -> float:
        """Return the rest, in beats, that puts a note on this beat of the clock into its bar, behind `before`."""
        onset = round(onset_beat / GRID_BEATS) * GRID_BEATS
        if self._upbeat_beats is None or not before:
            self._upbeat_beats = (onset - beats(before)) % bar_beats
            return 0.0
        rest = (onset - self._upbeat_beats - beats(before)) % bar_beats
        return 0.0 if rest < GRID_BEATS / 2 or bar_beats - rest < GRID_BEATS / 2 else rest

    def dropped(self, notes: Sequence[Note]) -> None:
        """Enter that the front of the transcript was forgotten."""
        if self._upbeat_beats is not None:
            self._upbeat_beats += beats(notes)

    def forget(self) -> None:
        """Start afresh."""
        self._upbeat_beats = None
