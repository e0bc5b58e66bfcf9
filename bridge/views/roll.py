"""What is in the piano roll: notes of both voices as they sounded, what is to come, where the bars lie. Pure.

One rule for whoever draws it, the live view and the page: when a note begins and ends, what is no longer to come,
how much of the past is kept. Times are monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from bridge.outlook import Ahead, Lines, Outlook

YOU, GPT = "you", "gpt"
NOTES_KEPT = 400
LINES_KEPT = 64
LONGEST_S = 30.0
"""A note whose end was lost is drawn no longer than this."""
SHORTEST_S = 0.02
BEGUN_S = 0.03
"""What was to begin up to so long after a note that sounds was that note."""


@dataclass(frozen=True, slots=True)
class RollNote:
    """Hold a note: whose it is, MIDI pitch, velocity 1..127, its beginning, its end or None while it sounds."""

    by: str
    pitch: int
    velocity: int
    on_s: float
    off_s: float | None = None

    def end_s(self, now_s: float) -> float:
        """Return when it ends, or how far it has come."""
        return min(now_s, self.on_s + LONGEST_S) if self.off_s is None else self.off_s

    def sounds(self, now_s: float) -> bool:
        """Say whether it sounds now."""
        return now_s - self.on_s < LONGEST_S if self.off_s is None else self.off_s > now_s


@dataclass
class Roll:
    """Hold what is in it. notes: in the order of their beginnings; lines: each until the next begins."""

    notes: deque[RollNote] = field(default_factory=lambda: deque(maxlen=NOTES_KEPT))
    coming: tuple[Ahead, ...] = ()
    lines: deque[Lines] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))

    def hear(self, by: str, pitch: int, velocity: int, time_s: float) -> list[RollNote]:
        """Take in a note-on, or with velocity 0 a note-off; return the notes that it changes, or that begin.

        The same voice striking a pitch again ends it first. What was to come is no more when the player plays.
        """
        changed: list[RollNote] = []
        place = self._open(by, pitch)
        if place is not None:
            before = self.notes[place]
            self.notes[place] = replace(before, off_s=max(time_s, before.on_s + SHORTEST_S))
            changed.append(self.notes[place])
        if velocity:
            begun = RollNote(by, pitch, velocity, time_s)
            self.notes.append(begun)
            changed.append(begun)
            self.coming = tuple(each for each in self.coming if by != YOU and each.on_s > time_s + BEGUN_S)
        return changed

    def _open(self, by: str, pitch: int) -> int | None:
        for place in range(len(self.notes) - 1, -1, -1):
            each = self.notes[place]
            if (each.by, each.pitch) == (by, pitch):
                return place if each.off_s is None else None
        return None

    def look(self, outlook: Outlook) -> None:
        """Take in what is seen ahead; lines hold from their beginning, in place of any that begin later."""
        self.coming = outlook.notes
        if outlook.lines is not None:
            while self.lines and self.lines[-1].from_s >= outlook.lines.from_s - 0.001:
                self.lines.pop()
            self.lines.append(outlook.lines)

    def copy(self) -> Roll:
        """Return what is in it now; it no longer changes."""
        return Roll(self.notes.copy(), self.coming, self.lines.copy())

    def rests_s(self, now_s: float) -> float:
        """Return when all had ended that sounded, and nothing was to come: `now_s` while that is not so."""
        if any(each.on_s > now_s - BEGUN_S for each in self.coming):
            return now_s
        return max((now_s if each.sounds(now_s) else each.end_s(now_s) for each in self.notes), default=0.0)
