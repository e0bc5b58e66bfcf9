"""The transcript: everything that was heard, the player's notes and the answers', and where its bars lie. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.time.bars import Place, beats, place
from engine.notes import Note

MEMORY_NOTES = 256
"""A session's memory. A longer transcript is cut to half of this from the front, when nobody waits for the engine:
it reads the rest anew in one prefill."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold a transcript as it was at some time."""

    notes: tuple[Note, ...] = ()
    upbeat_beats: float | None = None


class Transcript:
    """Hold the notes that sounded, in order, and the upbeat that a clock has given them."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._upbeat_beats: float | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return what was heard."""
        return tuple(self._notes)

    @property
    def state(self) -> Heard:
        """Return what was heard, to go back to."""
        return Heard(self.notes, self._upbeat_beats)

    def restore(self, state: Heard) -> None:
        """Go back to what was heard then."""
        self._notes, self._upbeat_beats = list(state.notes), state.upbeat_beats

    @property
    def place(self) -> Place:
        """Return the place of what follows at once: no rest, and the upbeat as it is."""
        return Place(0.0, self._upbeat_beats)

    def placed(self, onset_beat: float, bar_beats: float) -> Place:
        """Return the place of an entrance on this beat of a running clock, in bars of this length, above 0."""
        return place(self._notes, onset_beat, bar_beats, self._upbeat_beats)

    def add(self, notes: Sequence[Note], where: Place) -> None:
        """Enter notes that were heard; the first of them carries the rest before it."""
        self._notes += notes
        self._upbeat_beats = where.upbeat_beats

    def trim(self) -> None:
        """Forget the front of a transcript that has outgrown the memory; the bar lines stay where they are."""
        if len(self._notes) <= MEMORY_NOTES:
            return
        dropped = self._notes[: -MEMORY_NOTES // 2]
        del self._notes[: len(dropped)]
        if self._upbeat_beats is not None:
            self._upbeat_beats += beats(dropped)

    def forget(self) -> None:
        """Start afresh."""
        self._notes.clear()
        self._upbeat_beats = None
