"""How an answer ends: by closing a phrase near its goal, never by being cut. Pure, no torch.

The improviser asks before each note what may be drawn (`Ending.wish`) and, once it knows P(phrase end) of each
candidate, which one to take and whether the answer ends with it (`Ending.judge`):

    ending = Ending(goal, key, call_durations, lengths=lengths)
    beats, notes = 0.0, 0                          # length of the answer so far; the rest before its first note
    wish = ending.wish(beats, notes, chance)       # is not counted
    candidates = []                                # wish.candidates times: draw, step the model, note phrase_end,
    ...                                            # rewind
    choice = ending.judge(beats, notes, candidates)     # choice.index, choice.last, choice.note
    beats, notes = beats + choice.note.rest_beats + choice.note.duration_beats, notes + 1

The decision is a sum of log odds: what the phrase-end head says of the candidate, how final its scale degree and
its length are, and how far the goal is; the last part rises from reluctance at the window's beginning to
insistence at its end. The last note that fits the window is drawn as a closing note and ends the answer.

An exact goal is a window without width: every note leaves what other notes can fill, and the last one fills it.
Where lengths can be drawn, which note that is is decided before it is drawn, as often as in songs
(engine/drawing/last_note.py); it is drawn as a closing one, and there is nothing to judge.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.drawing.bar_lines import USUAL_BAR_BEATS, BarLines
from engine.drawing.cadence import is_minor
from engine.drawing.last_note import last_share
from engine.drawing.lengths import EPS_BEATS, Lengths
from engine.messages import Goal
from engine.notes import Note

WINDOW = (0.75, 1.25)
"""An answer ends between these multiples of its goal."""
PHRASE_BEATS = (2.0, 32.0)
"""Without a goal, an answer lasts between these, in beats."""
USUAL_PHRASE_BEATS = 7.0
"""Without a goal, how long a phrase is expected to be; the corpus's median is 6.5."""
CANDIDATES = 4
"""Notes drawn to choose from, where the answer may end."""
UNKNOWN_PHRASE_END = 0.15
"""P(phrase end) where no head tells it: the share of notes in songs that end a phrase is 0.11."""
LEAST_ROOM = 0.5
"""A note that leaves less than this share of a usual note until the window's end must be the last."""
TYPICAL_BEATS = 0.5
"""Length of a usual note when there is no call to tell it."""
LONGEST_TYPICAL_BEATS = 4.0
"""A call of longer notes is answered in shorter ones, for few checkpoints can draw them."""
LEAST_NOTES = 3
"""Fewer notes are no answer, unless so little time was asked for that they would be shorter than usual ones."""
HELD_BEATS, LEAST_HELD_NOTES = 3.0, 2
"""Calls of notes that all last so long, as bars do, may be answered by so few: three to one would be restless."""
LONGEST_GOAL_BEATS = 64.0
"""A call without end is answered by no more than this, unless more was asked for to the beat."""

# Log odds, set by hand between the corpus's own shares and what the bench shows; see bench/answers.py.
_TONIC, _TRIAD, _FOREIGN = 1.2, 0.4, -1.5
_LONG, _SHORT = 0.8, -1.5
_RELUCTANCE, _INSISTENCE = -3.0, 3.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a note that could come next and P(it ends a phrase), None when the checkpoint cannot tell."""

    note: Note
    phrase_end: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Say what may be drawn next.

    candidates: how many notes to draw and judge; 1 where the answer cannot end yet.
    longest_beats: rest and note together must not last longer (the shortest duration is always allowed).
    shortest_beats: the note should last at least this; it never exceeds longest_beats. Where no duration lies
    between the two, the longest that does not exceed longest_beats is to be taken.
    longest_rest_beats: a rest before the note must not last longer; 0 forbids rests.
    closing: this is the last note that fits; its pitch is drawn as one (engine/drawing/cadence.py).
    left_beats: with an exact goal, what this note and those after it must fill, else None; least_left_beats: what
    it leaves must not be shorter, if it leaves anything.
    """

    candidates: int
    longest_beats: float
    shortest_beats: float
    longest_rest_beats: float
    closing: bool
    left_beats: float | None = None
    least_left_beats: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """Say which candidate to take: its index, its note (the last one may be longer), whether it is the last."""

    index: int
    note: Note
    last: bool


class Ending:
    """Steer one answer to its end.

    goal: as asked by the bridge; length_beats may be anything above 0, or None for "until the phrase ends".
    key: (tonic pitch class, the scale's pitch classes), or None when unknown: then the degree does not count.
    durations_beats: note lengths of the call, which say what is long and how it ends; empty when there is no call.
    lengths: those that can be drawn; with none of them the last note may be lengthened after it was drawn.
    end_beats: how long an exact answer's last note is when it enters where in the bars the call's did; as long as
    the call's unless told. pulse_beats: of the metre, above 0; bars: None where no bar is known.
    """

    def __init__(
        self,
        goal: Goal,
        key: tuple[int, tuple[int, ...]] | None = None,
        durations_beats: Sequence[float] = (),
        *,
        lengths: Lengths,
        end_beats: float | None = None,
        pulse_beats: float = 1.0,
        bars: BarLines | None = None,
    ) -> None:
        length = goal.length_beats
        self.exact = goal.exact and length is not None
        if length is None:
            self.window_beats, self.goal_beats = PHRASE_BEATS, USUAL_PHRASE_BEATS
        else:
            self.goal_beats = length if self.exact else min(length, LONGEST_GOAL_BEATS)
            first, final = (1.0, 1.0) if self.exact else WINDOW
            self.window_beats = (self.goal_beats * first, self.goal_beats * final)
        usual_beats = min(statistics.median(durations_beats or (TYPICAL_BEATS,)), LONGEST_TYPICAL_BEATS)
        self._longest_call_beats = max(durations_beats, default=usual_beats)
        self._least_notes = _least_notes(self.goal_beats, durations_beats)
        self.typical_beats = min(usual_beats, self.goal_beats / self._least_notes)
        self._lengths = lengths
        self._decides = self.exact and lengths.beats.size > 0
        self._end_beats = end_beats or (durations_beats[-1] if durations_beats else 2.0 * self.typical_beats)
        self._pulse_beats = pulse_beats
        self._bars = bars or BarLines(USUAL_BAR_BEATS, -self.goal_beats)
        self._degrees = _degrees(key)

    def wish(self, beats: float, notes: int, chance: Callable[[], float]) -> Wish:
        """Return what may be drawn when the answer is `beats` long and has so many notes.

        chance: gives a number, 0..1, where it has to decide whether the next note is the last.
        """
        first, final = self.window_beats
        room, after = max(0.0, final - beats), self._notes_after(beats, notes)
        if self._decides:
            return self._decided(beats, room, after, notes, chance)
        closing = room < 2.0 * self.typical_beats
        near = closing or beats + self.typical_beats >= first
        closing, near = closing and not after, near and not after
        longest = room - after * self.typical_beats
        shortest = min(max(self.typical_beats, first - beats), room) if closing else 0.0
        rest = 0.0 if notes == 0 or closing else max(0.0, longest - 2.0 * self.typical_beats)
        return Wish(CANDIDATES if near else 1, longest, shortest, rest, closing)

    def _decided(self, beats: float, room: float, after: int, notes: int, chance: Callable[[], float]) -> Wish:
        """Return what may be drawn of an exact answer: the note that fills it, or one that leaves more to come."""
        typical, least_beats = self.typical_beats, float(self._lengths.beats[0])
        share = 0.0
        if not after and self._lengths.single(room):
            over = self._bars.is_odd_end(beats, room)
            share = last_share(room, self._end_beats, typical, self._pulse_beats, over=over)
        if room <= 2.0 * least_beats + EPS_BEATS or (share > 0.0 and chance() < share):
            return Wish(1, room, room, 0.0, True, room)
        longest = room - max(least_beats, after * typical)
        rest = 0.0 if notes == 0 else max(0.0, longest - 2.0 * typical)
        least_left = max(LEAST_ROOM, after) * typical
        return Wish(1, longest, 0.0, rest, False, room, least_left)

    def _notes_after(self, beats: float, notes: int) -> int:
        """Return how many notes have to follow the next one, as far as there is room for them."""
        room = int((self.window_beats[1] - beats) / self.typical_beats + 1e-9)
        return max(0, min(self._least_notes - notes, room) - 1)

    def judge(self, beats: float, notes: int, candidates: Sequence[Candidate]) -> Choice:
        """Return which candidate to take behind so many beats and notes, and whether the answer ends with it.

        The likeliest end is taken if it is more likely than not; else the first candidate that leaves room for
        another note, so that where nothing ends, nothing is bent; if none does, the likeliest end.
        Raises ValueError when there is no candidate.
        """
        if not candidates:
            raise ValueError("no candidate to judge; draw at least one note")
        if self._decides:
            note = candidates[0].note
            last = not self._leaves_room(_end(beats, note))
            return Choice(0, self._filling(beats, note) if last else note, last)
        if self._notes_after(beats, notes):
            return Choice(0, candidates[0].note, False)
        odds = [self.odds(beats, candidate) for candidate in candidates]
        best = max(range(len(candidates)), key=lambda index: odds[index])
        if odds[best] <= 0.0 and not self.wish(beats, notes, _never).closing:
            for index, candidate in enumerate(candidates):
                if self._leaves_room(_end(beats, candidate.note)):
                    return Choice(index, candidate.note, False)
        note = candidates[best].note
        if self.exact:
            note = self._filling(beats, note)
        elif not self._lengths.beats.size:
            note = self._lengthened(beats, note)
        return Choice(best, note, True)

    def _leaves_room(self, end_beats: float) -> bool:
        """Say whether another note fits behind this end."""
        least = LEAST_ROOM * self.typical_beats
        if self.exact and self._lengths.beats.size:
            least = float(self._lengths.beats[0])
        return end_beats + least <= self.window_beats[1] + EPS_BEATS

    def odds(self, beats: float, candidate: Candidate) -> float:
        """Return the log odds that the answer should end with this candidate; -inf before the window."""
        end = _end(beats, candidate.note)
        if (self.exact and self._leaves_room(end)) or (end < self.window_beats[0] - 1e-9 and not self.exact):
            return -math.inf
        probability = UNKNOWN_PHRASE_END if candidate.phrase_end is None else candidate.phrase_end
        probability = min(max(probability, 1e-4), 1.0 - 1e-4)
        odds = math.log(probability / (1.0 - probability)) + self._hazard(end)
        if self._degrees:
            degree = self._degrees.get(candidate.note.pitch % 12, "")
            odds += {"tonic": _TONIC, "triad": _TRIAD}.get(degree, _FOREIGN)
        return odds + (_LONG if candidate.note.duration_beats >= self.typical_beats - 1e-9 else _SHORT)

    def _hazard(self, end_beats: float) -> float:
        """Return how much the distance to the goal speaks for ending here, in log odds.

        It rises straight from reluctance at the window's beginning to 0 at the goal, and on to insistence at
        the window's end.
        """
        (first, final), goal = self.window_beats, self.goal_beats
        if self.exact:
            return 0.0
        if end_beats < goal:
            return _RELUCTANCE * (goal - end_beats) / max(goal - first, 1e-9)
        return _INSISTENCE * min(1.0, (end_beats - goal) / max(final - goal, 1e-9))

    def _lengthened(self, beats: float, note: Note) -> Note:
        """Return the final note, as long as the call's longest as far as the window lets it."""
        room = self.window_beats[1] - (_end(beats, note) - note.duration_beats)
        return replace(note, duration_beats=max(note.duration_beats, min(self._longest_call_beats, room)))

    def _filling(self, beats: float, note: Note) -> Note:
        """Return the final note, as long as the exact goal wants it; drawn by the table it is that already."""
        missing_beats = self.goal_beats - _end(beats, note)
        if abs(missing_beats) < EPS_BEATS or note.duration_beats + missing_beats <= 0.0:
            return note
        return replace(note, duration_beats=note.duration_beats + missing_beats)


def _never() -> float:
    return 1.0


def _end(beats: float, note: Note) -> float:
    return beats + note.duration_beats + (note.rest_beats if beats > 0.0 else 0.0)


def _least_notes(goal_beats: float, call_beats: Sequence[float]) -> int:
    if goal_beats < LEAST_NOTES * TYPICAL_BEATS:
        return 1
    return LEAST_HELD_NOTES if min(call_beats, default=0.0) >= HELD_BEATS else LEAST_NOTES


def _degrees(key: tuple[int, tuple[int, ...]] | None) -> dict[int, str]:
    """Return which pitch classes are "tonic" and which are the rest of the "triad"."""
    if key is None:
        return {}
    tonic, scale = key
    third = (tonic + (3 if is_minor(tonic, scale) else 4)) % 12
    return {third: "triad", (tonic + 7) % 12: "triad", tonic % 12: "tonic"}
