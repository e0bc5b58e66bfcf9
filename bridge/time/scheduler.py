"""A heap of due notes and the ledger of what sounds. Pure: time comes in, messages come out.

The rules: a note enters with its note-on and its note-off together, so no note-on exists without its end.
A note-on that is late by more than `LATE_S` (or whose end has passed too) is dropped; a note-off never is.
The same pitch struck again on a channel closes the first note. At equal times note-offs leave first.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from bridge.outlook import LATE_S, Ahead

NOTE_ON, NOTE_OFF = 0x90, 0x80


@dataclass(frozen=True, slots=True)
class TimedNote:
    """Hold one note of the output: MIDI pitch and velocity, channel 0..15, absolute times in seconds."""

    number: int
    pitch: int
    velocity: int
    channel: int
    on_s: float
    off_s: float


@dataclass(frozen=True, slots=True)
class Due:
    """Hold one message to send now: its bytes, the time it was due, and the note that it belongs to."""

    message: tuple[int, int, int]
    due_s: float
    note: TimedNote

    @property
    def is_on(self) -> bool:
        """Say whether this is the note's beginning."""
        return self.message[0] & 0xF0 == NOTE_ON


class Scheduler:
    """Keep notes until they are due, and account for every one that sounds."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, TimedNote]] = []
        self._ends: list[tuple[float, int, TimedNote]] = []
        self._sounding: dict[tuple[int, int], TimedNote] = {}
        self._dropped: list[TimedNote] = []
        self._count = 0

    @property
    def sounding(self) -> tuple[TimedNote, ...]:
        """Return the notes that have begun and not ended."""
        return tuple(self._sounding.values())

    @property
    def idle(self) -> bool:
        """Say whether nothing waits and nothing sounds."""
        return not self._waiting and not self._sounding

    def add(self, pitch: int, velocity: int, channel: int, on_s: float, off_s: float) -> TimedNote:
        """Enter a note, beginning and end together.

        Raises ValueError when it does not end after it begins, or is no MIDI note.
        """
        if not (0 <= pitch <= 127 and 1 <= velocity <= 127 and 0 <= channel <= 15 and on_s < off_s):
            raise ValueError(f"not a note: {pitch=} {velocity=} {channel=} {on_s=} {off_s=}")
        note = TimedNote(self._count, pitch, velocity, channel, on_s, off_s)
        self._count += 1
        heapq.heappush(self._waiting, (on_s, note.number, note))
        return note

    def next_deadline_s(self) -> float | None:
        """Return when `due` next has something to say, or None."""
        self._forget_closed()
        heads = [heap[0][0] for heap in (self._waiting, self._ends) if heap]
        return min(heads, default=None)

    def next_on_s(self) -> float | None:
        """Return when the next note begins, or None."""
        return self._waiting[0][0] if self._waiting else None

    @property
    def ahead(self) -> tuple[Ahead, ...]:
        """Return the notes that have not begun, in order."""
        waiting = sorted(self._waiting)
        return tuple(Ahead(note.pitch, note.velocity, note.on_s, note.off_s) for _, _, note in waiting)

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent at `now_s`, in order, and enter it into the ledger."""
        out: list[Due] = []
        while True:
            on_s = self._waiting[0][0] if self._waiting else float("inf")
            off_s = self._ends[0][0] if self._ends else float("inf")
            if min(on_s, off_s) > now_s:
                return out
            if off_s <= on_s:
                out += self._end(heapq.heappop(self._ends)[2])
            else:
                out += self._begin(heapq.heappop(self._waiting)[2], now_s)

    def take_dropped(self) -> list[TimedNote]:
        """Return the notes that were too late to sound since this was last asked."""
        dropped, self._dropped = self._dropped, []
        return dropped

    def cancel(self, now_s: float) -> list[Due]:
        """Forget what has not begun; return the note-offs owed for what sounds."""
        self._waiting.clear()
        return self.release(now_s)

    def release(self, now_s: float) -> list[Due]:
        """Return the note-offs owed for what sounds; what has not begun still waits."""
        return [due for note in self.sounding for due in self._end(note, now_s)]

    def forget_waiting(self) -> list[TimedNote]:
        """Forget what has not begun, leave what sounds to its end; return what was forgotten."""
        forgotten = [note for _, _, note in sorted(self._waiting)]
        self._waiting.clear()
        return forgotten

    def _begin(self, note: TimedNote, now_s: float) -> list[Due]:
        if note.on_s < now_s - LATE_S or note.off_s <= now_s:
            self._dropped.append(note)
            return []
        out: list[Due] = []
        before = self._sounding.get((note.channel, note.pitch))
        if before is not None:
            out += self._end(before, note.on_s)
        self._sounding[note.channel, note.pitch] = note
        heapq.heappush(self._ends, (note.off_s, note.number, note))
        out.append(Due((NOTE_ON | note.channel, note.pitch, note.velocity), note.on_s, note))
        return out

    def _end(self, note: TimedNote, due_s: float | None = None) -> list[Due]:
        if self._sounding.get((note.channel, note.pitch)) is not note:
            return []
        del self._sounding[note.channel, note.pitch]
        at_s = note.off_s if due_s is None else due_s
        return [Due((NOTE_OFF | note.channel, note.pitch, 0), at_s, note)]

    def _forget_closed(self) -> None:
        """Drop ends of notes that were closed early, so that they wake nobody."""
        while self._ends:
            note = self._ends[0][2]
            if self._sounding.get((note.channel, note.pitch)) is note:
                return
            heapq.heappop(self._ends)
