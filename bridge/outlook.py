"""What can be seen ahead while it plays: notes that are to sound, and where the bars lie. Values only."""

from __future__ import annotations

from dataclasses import dataclass

LATE_S = 0.1
"""A note-on later than this is dropped: it would be heard as a wrong rhythm, not as a lag."""
MOVED_S = 0.004
"""Lines that lie apart by no more than this are the same: an estimate trembles."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Hold a note that is to sound, as things stand: MIDI pitch, velocity 1..127, its beginning and end (s)."""

    pitch: int
    velocity: int
    on_s: float
    off_s: float


@dataclass(frozen=True, slots=True)
class Lines:
    """Say where beats lie in time, and bars where they are known.

    from_s: since when; origin_s: when a beat begins, and a bar; bar_beats: from one bar to the next, 0 while that
    is unknown.
    """

    from_s: float
    origin_s: float
    beat_s: float
    bar_beats: float = 0.0

    def agrees(self, other: Lines | None, now_s: float) -> bool:
        """Say whether the other's lines lie where these do, around now."""
        if other is None or self.bar_beats != other.bar_beats:
            return False
        beats = self.bar_beats or 1.0
        bar_s = beats * self.beat_s
        apart_s = self._line_before_s(now_s) - other._line_before_s(now_s)
        apart_s -= round(apart_s / bar_s) * bar_s
        return abs(apart_s) <= MOVED_S and abs(self.beat_s - other.beat_s) * beats <= MOVED_S

    def _line_before_s(self, now_s: float) -> float:
        """Return when the bar began that is on, or the beat."""
        bar_s = (self.bar_beats or 1.0) * self.beat_s
        return self.origin_s + (now_s - self.origin_s) // bar_s * bar_s


@dataclass(frozen=True, slots=True)
class Outlook:
    """Hold what is seen ahead. notes: in order; lines: None while no beat is known."""

    notes: tuple[Ahead, ...] = ()
    lines: Lines | None = None

    def agrees(self, other: Outlook, now_s: float) -> bool:
        """Say whether the other shows the same."""
        if self.notes != other.notes:
            return False
        return other.lines is None if self.lines is None else self.lines.agrees(other.lines, now_s)
