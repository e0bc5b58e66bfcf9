"""One answer on its way out: drawn notes in beats become timed notes in the scheduler. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bridge.time.midi_clock import TempoMap
from bridge.time.scheduler import Scheduler, TimedNote
from engine.notes import Note

SHORTEST_S = 0.02
"""No note sounds shorter than this: below it some synthesisers swallow the note."""
JUMP_BEATS = 2
"""Between two looks, milliseconds apart, a tempo change moves the end of what is drawn by less than this."""
CATCH_UP_S = 0.02
"""A note that is drawn later than this after its time moves the rest of the answer with it."""


class Manner(Protocol):
    """How the notes of an answer are played; bridge/answering/manner.py has the rules."""

    def velocity(self, index: int, note: Note) -> int:
        """Return 1..127."""

    def sounding(self, index: int, note: Note) -> float:
        """Return the share of its length that the note sounds, 0..1."""

    @property
    def channel(self) -> int:
        """Return the MIDI channel, 0..15."""


class Answer:
    """Follow one answer: what was drawn, what was scheduled, what was heard.

    tempo: gives the tempo map in force whenever a note is placed; start_beat: where on that map
    the answer begins; place: shapes a beat on the map (quantise, swing); shift_s: the offset of all output.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        manner: Manner,
        tempo: Callable[[], TempoMap],
        start_beat: float,
        place: Callable[[float], float] = lambda beat: beat,
        shift_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.complete = False
        self._scheduler, self._manner, self._tempo = scheduler, manner, tempo
        self._start_beat, self._place, self._shift_s = start_beat, place, shift_s
        self._notes: list[Note] = []
        self._phrase_ends: list[float] = []
        self._numbers: dict[int, int] = {}
        self._sent: set[int] = set()
        self._ahead_s: float | None = None
        self.finishing = False
        self._cursor_beats = 0.0

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes drawn so far."""
        return tuple(self._notes)

    @property
    def heard(self) -> tuple[Note, ...]:
        """Return the notes whose beginning was sent."""
        return tuple(note for index, note in enumerate(self._notes) if index in self._sent)

    @property
    def redrawable(self) -> bool:
        """Say whether something can still be drawn anew: not when the player's return is ending the answer."""
        return not self.finishing and (not self.complete or self._begun < len(self._notes))

    @property
    def _begun(self) -> int:
        """Return how many notes have had their time: the last that was sent, and all before it."""
        return max(self._sent, default=-1) + 1

    def end_s(self) -> float:
        """Return when the last drawn note ends (the start, when none is drawn)."""
        return self._time_s(self._cursor_beats)

    def add(self, note: Note, last: bool, phrase_end: float | None, now_s: float, on_grid: bool) -> None:
        """Place a drawn note behind the others and schedule it.

        on_grid: a clock is followed, so a late note moves the rest by whole sixteenths, not by any time. Behind
        a complete answer nothing is placed: it is an answer to a request that no longer holds.
        """
        if self.complete:
            return
        index = len(self._notes)
        onset = self._cursor_beats + (note.rest_beats if index else 0.0)
        late_s = now_s - self._time_s(onset)
        if late_s > CATCH_UP_S:
            behind = late_s / self._tempo().beat_s
            self._start_beat += -(-behind // 0.25) * 0.25 if on_grid else behind
        end = onset + note.duration_beats
        on_s = max(self._time_s(onset), now_s if index == 0 else 0.0)
        share = min(max(self._manner.sounding(index, note), 0.0), 1.0)
        off_s = max(on_s + (self._time_s(end) - on_s) * share, on_s + SHORTEST_S)
        velocity = min(max(self._manner.velocity(index, note), 1), 127)
        timed = self._scheduler.add(note.pitch, velocity, self._manner.channel, on_s, off_s)
        self._numbers[timed.number] = index
        self._notes.append(note)
        self._phrase_ends.append(phrase_end or 0.0)
        self._cursor_beats = end
        self.complete = last
        self._ahead_s = None

    def sent(self, timed: TimedNote) -> int | None:
        """Enter that a note began to sound; return its index in the answer, None for another answer's note."""
        index = self._numbers.get(timed.number)
        if index is not None:
            self._sent.add(index)
        return index

    def forget_unsent(self) -> None:
        """Take back every note that has not begun; the next one is placed behind the last heard."""
        self._scheduler.forget_waiting()
        begun = self._begun
        del self._notes[begun:], self._phrase_ends[begun:]
        self._cursor_beats = self._length_beats(self._notes)
        self._ahead_s = None
        self.complete = False

    def finish_phrase(self, limit_beats: float) -> None:
        """End the answer at the first phrase end among the drawn notes, or where `limit_beats` are over."""
        begun = self._begun
        heard_beats = self._length_beats(self._notes[:begun])
        keep = begun
        for keep in range(max(begun, 1), len(self._notes) + 1):
            over = self._length_beats(self._notes[:keep]) - heard_beats >= limit_beats
            if over or self._phrase_ends[keep - 1] >= 0.5:
                break
        for timed in self._scheduler.forget_waiting():
            index = self._numbers.get(timed.number)
            if index is not None and index < keep:
                again = self._scheduler.add(timed.pitch, timed.velocity, timed.channel, timed.on_s, timed.off_s)
                self._numbers[again.number] = index
        del self._notes[keep:], self._phrase_ends[keep:]
        self._cursor_beats = self._length_beats(self._notes)
        self.complete = self.finishing = True

    def follow_jumps(self) -> None:
        """Keep the answer's place in time when the song's position jumps under it, on the grid it began on."""
        end_s, beat_s = self.end_s(), self._tempo().beat_s
        if self._ahead_s is not None:
            jumped_beats = round((end_s - self._ahead_s) / beat_s)
            if abs(jumped_beats) >= JUMP_BEATS:
                self._start_beat -= jumped_beats
                end_s = self.end_s()
        self._ahead_s = end_s

    def _length_beats(self, notes: list[Note]) -> float:
        if not notes:
            return 0.0
        return sum(note.duration_beats + note.rest_beats for note in notes) - notes[0].rest_beats

    def _time_s(self, beat: float) -> float:
        return self._tempo().time_at(self._place(self._start_beat + beat)) + self._shift_s()
