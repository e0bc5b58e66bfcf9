"""One answer on its way out: drawn notes in beats become timed notes in the scheduler. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bridge.answering.touch import Stroke, Touch
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Playing
from bridge.outlook import Ahead
from bridge.take import Sounded
from bridge.time.grid import ON_TIME_S
from bridge.time.scheduler import Scheduler, TimedNote
from bridge.time.tempo_map import TempoMap, played_beat
from engine.messages import Drawn
from engine.notes import Note

SHORTEST_S = 0.02
"""No note sounds shorter than this: below it some synthesisers swallow the note."""
JUMP_BEATS = 2
"""Between two looks, milliseconds apart, a tempo change moves the end of what is drawn by less than this."""
KEEPS_PLACE_S = 0.15
"""By a clock a note this late still sounds, its end and all that follows in their places: the bar is not lost."""
AS_PLAYED = Playing()
"""Everything follows the call, nothing is moved."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Say when a written beat sounds, by the tempo and the controls as they are now.

    on_grid: the tempo is one that others hear too, so what is too late to sound in its place moves the rest by
    whole beats, not by any time, and the control `offset` shifts every note.
    """

    tempo: TempoMap
    on_grid: bool = False
    playing: Playing = AS_PLAYED

    def time_s(self, beat: float) -> float:
        """Return when a beat of the tempo map sounds."""
        at_s = self.tempo.played_at(beat, self.playing.quantise, self.playing.swing)
        return at_s + (self.playing.shift_s if self.on_grid else 0.0)

    def nudge_beats(self, beat: float) -> float:
        """Return how far behind its written place an onset at this beat is played."""
        return played_beat(beat, self.playing.quantise, self.playing.swing) - beat


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold a drawn note that has its place in the answer, and how it sounds there."""

    drawn: Drawn
    sounded: Sounded

    @property
    def note(self) -> Note:
        """Return the note as written."""
        return self.drawn.note


class Answer:
    """Follow one answer: what was drawn, what was scheduled, what was heard.

    start_beat: where on the tempo map it begins. steady: the tempo that it keeps to its end, or None to follow
    the one in force. bar_beats: of what goes round in bars, and so keeps its place in them: it neither waits for
    a late note nor follows a jump of the song by less than a bar.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        touch: Touch,
        start_beat: float = 0.0,
        steady: TempoMap | None = None,
        bar_beats: float | None = None,
    ) -> None:
        self.complete = self.finishing = False
        self.steady, self.begun_s = steady, math.inf
        self._scheduler, self._touch, self._start_beat = scheduler, touch, start_beat
        self._bar_beats = bar_beats
        self._placed: list[Placed] = []
        self._shed = 0
        self._numbers: dict[int, int] = {}
        self._sent: dict[int, TimedNote] = {}
        self._dropped: set[int] = set()
        self._ahead_s: float | None = None
        self._cursor_beats = 0.0

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes that sounded or still will; one that was dropped is silence before the next."""
        return tuple(note for note, _ in self._told(lambda index: index not in self._dropped))

    @property
    def draft(self) -> int | None:
        """Return which draft of a plan that was cut goes on behind its last note; None where none does."""
        return self._placed[-1].drawn.draft if self._placed else None

    @property
    def heard(self) -> tuple[Note, ...]:
        """Return the notes whose beginning was sent; what was dropped among them is silence."""
        return tuple(note for note, _ in self._told(lambda index: index in self._sent))

    def as_sounded(self) -> tuple[Sounded, ...]:
        """Return the notes that are heard, and how each was played."""
        return _sounded(self._told(lambda index: index in self._sent))

    def whole(self, coming: Iterable[Drawn], playing: Playing) -> tuple[Sounded, ...]:
        """Return the notes that sounded or still would, those to come as the controls have them played."""
        placed = _sounded(self._told(lambda index: index not in self._dropped))
        strokes = (self._touch.stroke(index, playing) for index in itertools.count(self._shed + len(self._placed)))
        rest = [
            Sounded(drawn.note, stroke.velocity, stroke.channel, drawn.note.duration_beats * stroke.share)
            for drawn, stroke in zip(coming, strokes, strict=False)
        ]
        return (*placed, *rest)

    @property
    def begun(self) -> tuple[Drawn, ...]:
        """Return what was drawn of it up to the last note that has had its time, dropped notes too."""
        return tuple(placed.drawn for placed in self._placed[: self._begun])

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
    def count(self) -> int:
        """Return how many notes have had their time, those that are forgotten too."""
        return self._shed + self._begun

    @property
    def start_beat(self) -> float:
        """Return where on the tempo map it begins, as late notes and jumps have left it."""
        return self._start_beat

    @property
    def redrawable(self) -> bool:
        """Say whether something can still be drawn anew: not when the player's return is ending the answer."""
        return not self.finishing and (not self.complete or self._begun < len(self._placed))

    @property
    def _begun(self) -> int:
        """Return how many notes have had their time: the last that was sent or dropped, and all before it."""
        return max((*self._sent, *self._dropped), default=-1) + 1

    def _told(self, sounds: Callable[[int], bool]) -> list[tuple[Note, Placed]]:
        told: list[tuple[Note, Placed]] = []
        silence_beats = 0.0
        for index, placed in enumerate(self._placed):
            note = placed.note
            if sounds(index):
                later = replace(note, rest_beats=note.rest_beats + silence_beats) if silence_beats else note
                told.append((later, placed))
                silence_beats = 0.0
            else:
                silence_beats += note.rest_beats + note.duration_beats
        return told

    def end_s(self, timing: Timing) -> float:
        """Return when the last drawn note ends (the start, when none is drawn)."""
        return timing.time_s(self._start_beat + self._cursor_beats)

    def add(self, drawn: Drawn, now_s: float, timing: Timing) -> None:
        """Place a drawn note behind the others and schedule it.

        Behind a complete answer nothing is placed: it is an answer to a request that no longer holds.
        """
        if self.complete:
            return
        note, index = drawn.note, len(self._placed)
        onset = self._cursor_beats + (note.rest_beats if index else 0.0)
        end = onset + note.duration_beats
        stroke = self._touch.stroke(self._shed + index, timing.playing)
        on_s = self._on_s(onset, stroke, timing)
        late_s = now_s - on_s
        if late_s > ON_TIME_S and self._bar_beats is None:
            if timing.on_grid and late_s <= min(KEEPS_PLACE_S, note.duration_beats * timing.tempo.beat_s / 2):
                on_s = now_s
            else:
                self._move_on(late_s, timing)
                on_s = self._on_s(onset, stroke, timing)
        if index == 0 and self._bar_beats is None:
            on_s = max(on_s, now_s)
        off_s = self._off_s(end, on_s, stroke, timing)
        timed = self._scheduler.add(note.pitch, stroke.velocity, stroke.channel, on_s, off_s)
        self._numbers[timed.number] = index
        nudge_beats = stroke.nudge_beats + timing.nudge_beats(self._start_beat + onset)
        sounding_beats = (off_s - on_s) / timing.tempo.beat_s
        sounded = Sounded(note, stroke.velocity, stroke.channel, sounding_beats, nudge_beats)
        self._placed.append(Placed(drawn, sounded))
        self._cursor_beats = end
        self.complete = drawn.last
        self._ahead_s = None

    def ahead(self, coming: Iterable[Drawn], timing: Timing) -> tuple[Ahead, ...]:
        """Return when and how notes would sound that were added now, in time; nothing is added."""
        found: list[Ahead] = []
        cursor = self._cursor_beats
        for index, drawn in enumerate(coming, len(self._placed)):
            stroke = self._touch.stroke(self._shed + index, timing.playing)
            on_s = self._on_s(cursor + (drawn.note.rest_beats if index else 0.0), stroke, timing)
            cursor += (drawn.note.rest_beats if index else 0.0) + drawn.note.duration_beats
            off_s = self._off_s(cursor, on_s, stroke, timing)
            found.append(Ahead(drawn.note.pitch, stroke.velocity, on_s, off_s))
        return tuple(found)

    def _on_s(self, onset: float, stroke: Stroke, timing: Timing) -> float:
        return timing.time_s(self._start_beat + onset) + stroke.nudge_beats * timing.tempo.beat_s

    def _off_s(self, end: float, on_s: float, stroke: Stroke, timing: Timing) -> float:
        whole_s = timing.time_s(self._start_beat + end) - on_s
        return on_s + max(stroke.sounding_s(whole_s, timing.tempo.beat_s), SHORTEST_S)

    def _move_on(self, late_s: float, timing: Timing) -> None:
        """Move the rest of the answer behind a note that comes too late: by a clock, by whole beats."""
        behind = late_s / timing.tempo.beat_s
        self._start_beat += math.ceil(behind) if timing.on_grid else behind

    def sent(self, timed: TimedNote) -> None:
        """Enter that a note began to sound; one of another answer is none of ours."""
        index = self._numbers.get(timed.number)
        if index is not None:
            self._sent[index] = timed
            self.begun_s = min(self.begun_s, timed.on_s)

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
        heard_beats = _length_beats(self._placed[:begun])
        keep = begun
        for keep in range(max(begun, 1), len(self._placed) + 1):
            over = _length_beats(self._placed[:keep]) - heard_beats >= limit_beats
            if over or (self._placed[keep - 1].drawn.phrase_end or 0.0) >= 0.5:
                break
        for timed in self._scheduler.forget_waiting():
            index = self._numbers.get(timed.number)
            if index is not None and index < keep:
                again = self._scheduler.add(timed.pitch, timed.velocity, timed.channel, timed.on_s, timed.off_s)
                self._numbers[again.number] = index
        self._cut(keep)
        self.complete = self.finishing = True

    def shed(self) -> None:
        """Forget the notes that have had their time, but for the last: what goes round has no end."""
        gone = self._begun - 1
        if gone <= 0:
            return
        onset_beats = _length_beats(self._placed[:gone]) + self._placed[gone].note.rest_beats
        del self._placed[:gone]
        self._shed += gone
        self._start_beat += onset_beats
        self._cursor_beats -= onset_beats
        self._numbers = {number: index - gone for number, index in self._numbers.items() if index >= gone}
        self._sent = {index - gone: timed for index, timed in self._sent.items() if index >= gone}
        self._dropped = {index - gone for index in self._dropped if index >= gone}

    def _cut(self, keep: int) -> None:
        del self._placed[keep:]
        self._cursor_beats = _length_beats(self._placed)

    def follow_jumps(self, timing: Timing) -> None:
        """Keep the answer's place in time when the song's position jumps under it, on the grid it began on."""
        end_s = self.end_s(timing)
        if self._ahead_s is not None:
            unit_beats = self._bar_beats or 1.0
            jumped_beats = round((end_s - self._ahead_s) / timing.tempo.beat_s / unit_beats) * unit_beats
            if abs(jumped_beats) >= JUMP_BEATS:
                self._start_beat -= jumped_beats
                end_s = self.end_s(timing)
        self._ahead_s = end_s


def _sounded(told: Iterable[tuple[Note, Placed]]) -> tuple[Sounded, ...]:
    return tuple(replace(placed.sounded, note=note) for note, placed in told)


def _length_beats(placed: list[Placed]) -> float:
    if not placed:
        return 0.0
    return sum(each.note.duration_beats + each.note.rest_beats for each in placed) - placed[0].note.rest_beats
