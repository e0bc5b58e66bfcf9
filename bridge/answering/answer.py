"""One answer on its way out: drawn notes in beats become timed notes in the scheduler. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.answering.touch import Touch
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Playing
from bridge.time.grid import ON_TIME_S
from bridge.time.scheduler import Scheduler, TimedNote
from bridge.time.tempo_map import TempoMap
from engine.messages import Drawn
from engine.notes import Note

SHORTEST_S = 0.02
"""No note sounds shorter than this: below it some synthesisers swallow the note."""
JUMP_BEATS = 2
"""Between two looks, milliseconds apart, a tempo change moves the end of what is drawn by less than this."""
_SIXTEENTH_BEATS = 0.25
AS_PLAYED = Playing()
"""Everything follows the call, nothing is moved."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Say when a written beat sounds, by the tempo and the controls as they are now.

    on_grid: the tempo is one that others hear too, so a late note moves the rest by whole sixteenths, not by any
    time, and the control `offset` shifts every note.
    """

    tempo: TempoMap
    on_grid: bool = False
    playing: Playing = AS_PLAYED

    def time_s(self, beat: float) -> float:
        """Return when a beat of the tempo map sounds."""
        at_s = self.tempo.played_at(beat, self.playing.quantise, self.playing.swing)
        return at_s + (self.playing.shift_s if self.on_grid else 0.0)


class Answer:
    """Follow one answer: what was drawn, what was scheduled, what was heard.

    start_beat: where on the tempo map it begins. steady: the tempo that it keeps to its end, or None to follow
    the one in force.
    """

    def __init__(
        self, *, scheduler: Scheduler, touch: Touch, start_beat: float = 0.0, steady: TempoMap | None = None
    ) -> None:
        self.complete = self.finishing = False
        self.steady = steady
        self._scheduler, self._touch, self._start_beat = scheduler, touch, start_beat
        self._notes: list[Note] = []
        self._phrase_ends: list[float] = []
        self._numbers: dict[int, int] = {}
        self._sent: dict[int, TimedNote] = {}
        self._dropped: set[int] = set()
        self._ahead_s: float | None = None
        self._cursor_beats = 0.0

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes that sounded or still will; one that was dropped is silence before the next."""
        return self._told(lambda index: index not in self._dropped)

    @property
    def heard(self) -> tuple[Note, ...]:
        """Return the notes whose beginning was sent; what was dropped among them is silence."""
        return self._told(lambda index: index in self._sent)

    def struck(self, now_s: float) -> tuple[PlayedNote, ...]:
        """Return the notes that sounded, in seconds, none of them later than now."""
        return tuple(
            PlayedNote(timed.pitch, min(timed.on_s, now_s), min(timed.off_s, now_s), timed.velocity)
            for _, timed in sorted(self._sent.items())
        )

    @property
    def sounded(self) -> bool:
        """Say whether a note of it was sent."""
        return bool(self._sent)

    @property
    def redrawable(self) -> bool:
        """Say whether something can still be drawn anew: not when the player's return is ending the answer."""
        return not self.finishing and (not self.complete or self._begun < len(self._notes))

    @property
    def _begun(self) -> int:
        """Return how many notes have had their time: the last that was sent or dropped, and all before it."""
        return max((*self._sent, *self._dropped), default=-1) + 1

    def _told(self, sounds: Callable[[int], bool]) -> tuple[Note, ...]:
        told: list[Note] = []
        silence_beats = 0.0
        for index, note in enumerate(self._notes):
            if sounds(index):
                told.append(replace(note, rest_beats=note.rest_beats + silence_beats) if silence_beats else note)
                silence_beats = 0.0
            else:
                silence_beats += note.rest_beats + note.duration_beats
        return tuple(told)

    def end_s(self, timing: Timing) -> float:
        """Return when the last drawn note ends (the start, when none is drawn)."""
        return timing.time_s(self._start_beat + self._cursor_beats)

    def add(self, drawn: Drawn, now_s: float, timing: Timing) -> None:
        """Place a drawn note behind the others and schedule it.

        Behind a complete answer nothing is placed: it is an answer to a request that no longer holds.
        """
        if self.complete:
            return
        note, index = drawn.note, len(self._notes)
        onset = self._cursor_beats + (note.rest_beats if index else 0.0)
        end = onset + note.duration_beats
        on_s = timing.time_s(self._start_beat + onset)
        if now_s - on_s > ON_TIME_S:
            self._move_on(now_s - on_s, timing)
            on_s = timing.time_s(self._start_beat + onset)
        if index == 0:
            on_s = max(on_s, now_s)
        stroke = self._touch.stroke(index, timing.playing)
        off_s = max(on_s + (timing.time_s(self._start_beat + end) - on_s) * stroke.share, on_s + SHORTEST_S)
        timed = self._scheduler.add(note.pitch, stroke.velocity, stroke.channel, on_s, off_s)
        self._numbers[timed.number] = index
        self._notes.append(note)
        self._phrase_ends.append(drawn.phrase_end or 0.0)
        self._cursor_beats = end
        self.complete = drawn.last
        self._ahead_s = None

    def _move_on(self, late_s: float, timing: Timing) -> None:
        """Move the rest of the answer behind a note that comes too late to be on time."""
        behind = late_s / timing.tempo.beat_s
        self._start_beat += -(-behind // _SIXTEENTH_BEATS) * _SIXTEENTH_BEATS if timing.on_grid else behind

    def sent(self, timed: TimedNote) -> None:
        """Enter that a note began to sound; one of another answer is none of ours."""
        index = self._numbers.get(timed.number)
        if index is not None:
            self._sent[index] = timed

    def dropped(self, timed: TimedNote) -> None:
        """Enter that a note was so late that it will not sound."""
        index = self._numbers.get(timed.number)
        if index is not None:
            self._dropped.add(index)

    def forget_unsent(self) -> None:
        """Take back every note that has not begun; the next one is placed behind the last that has."""
        self._scheduler.forget_waiting()
        self._cut(self._begun)
        self._ahead_s = None
        self.complete = False

    def finish_phrase(self, limit_beats: float) -> None:
        """End the answer at the first phrase end among the drawn notes, or where `limit_beats` are over."""
        begun = self._begun
        heard_beats = _length_beats(self._notes[:begun])
        keep = begun
        for keep in range(max(begun, 1), len(self._notes) + 1):
            over = _length_beats(self._notes[:keep]) - heard_beats >= limit_beats
            if over or self._phrase_ends[keep - 1] >= 0.5:
                break
        for timed in self._scheduler.forget_waiting():
            index = self._numbers.get(timed.number)
            if index is not None and index < keep:
                again = self._scheduler.add(timed.pitch, timed.velocity, timed.channel, timed.on_s, timed.off_s)
                self._numbers[again.number] = index
        self._cut(keep)
        self.complete = self.finishing = True

    def _cut(self, keep: int) -> None:
        del self._notes[keep:], self._phrase_ends[keep:]
        self._cursor_beats = _length_beats(self._notes)

    def follow_jumps(self, timing: Timing) -> None:
        """Keep the answer's place in time when the song's position jumps under it, on the grid it began on."""
        end_s = self.end_s(timing)
        if self._ahead_s is not None:
            jumped_beats = round((end_s - self._ahead_s) / timing.tempo.beat_s)
            if abs(jumped_beats) >= JUMP_BEATS:
                self._start_beat -= jumped_beats
                end_s = self.end_s(timing)
        self._ahead_s = end_s


def _length_beats(notes: list[Note]) -> float:
    if not notes:
        return 0.0
    return sum(note.duration_beats + note.rest_beats for note in notes) - notes[0].rest_beats
