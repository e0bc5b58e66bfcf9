"""The encore: a take that sounds again, once or over and over in whole bars, whatever the engine does. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.answering.answer import AS_PLAYED, Answer
from bridge.answering.touch import AsSounded
from bridge.answering.voice import Voice
from bridge.moment import Moment, Playing
from bridge.outlook import Ahead, Lines
from bridge.take import InTime, Sounded
from bridge.time.grid import ON_TIME_S, next_line
from bridge.time.scheduler import Due
from bridge.time.tempo_map import TempoMap
from engine.messages import Drawn
from engine.notes import Note

AHEAD_S = 0.5
"""So far ahead it is scheduled: a stall so long goes unheard, and what comes later follows the clock."""
SLACK_BEATS = 0.02
"""A take that is longer than its bars by less than this fills them: it is a rounding."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold what sounds again: a take's number, its notes as they sounded, and how it lay in time."""

    number: int
    notes: tuple[Sounded, ...]
    time: InTime

    @property
    def beats(self) -> float:
        """Return its written length from its first onset on."""
        written = sum(each.note.rest_beats + each.note.duration_beats for each in self.notes)
        return written - self.notes[0].note.rest_beats

    def round_beats(self, usual_bar_beats: float) -> float:
        """Return how long a round is: the fewest whole bars that hold it; where bars are unknown, usual ones."""
        bar = self.time.bar_beats or usual_bar_beats
        return max(1, math.ceil((self.beats - SLACK_BEATS) / bar)) * bar


class Encore:
    """Play a piece by itself, in a voice of its own."""

    def __init__(self) -> None:
        self._voice = Voice()
        self._piece: Piece | None = None
        self._round: Sequence[Drawn] = ()
        self._bar_at_beat = 0.0
        self.looping = False

    @property
    def playing(self) -> bool:
        """Say whether a piece sounds or is about to."""
        return self._voice.playing

    @property
    def busy(self) -> bool:
        """Say whether a piece is playing or a note of one still sounds."""
        return self._voice.busy

    @property
    def sounded(self) -> bool:
        """Say whether a note of it has sounded."""
        return self._voice.sounded

    @property
    def piece(self) -> Piece | None:
        """Return what is playing."""
        return self._piece

    def next_deadline_s(self) -> float | None:
        """Return when the next message is due."""
        return self._voice.scheduler.next_deadline_s()

    def begin(self, moment: Moment, piece: Piece, *, looping: bool = False) -> None:
        """Play a piece: by a clock in its place of the bar, or where the grid lets it begin, else now."""
        tempo = moment.tempo
        if tempo.running:
            self._begin(moment, piece, _start_beat(moment, piece), None, looping)
        else:
            self._begin(moment, piece, 0.0, TempoMap(piece.time.bpm, 0.0, moment.now_s), looping)

    def follow(self, moment: Moment, piece: Piece, start_beat: float, steady: TempoMap | None) -> None:
        """Repeat a piece behind its first sounding, which began at start_beat, without a gap."""
        next_beat = start_beat + piece.round_beats(moment.settings.usual_bar_beats)
        bar, place = piece.time.bar_beats, piece.time.clock_place_beats
        if steady is None and bar:  # whatever moved it within the bar is not to move the rounds
            next_beat = place + round((next_beat - place) / bar) * bar
        self._begin(moment, piece, next_beat, steady, True)

    def _begin(
        self, moment: Moment, piece: Piece, start_beat: float, steady: TempoMap | None, looping: bool
    ) -> None:
        self._piece, self.looping = piece, looping
        bar_beats = (piece.time.bar_beats or moment.settings.usual_bar_beats) if looping else None
        self._bar_at_beat = start_beat - piece.time.place_beats
        touch, out = AsSounded(piece.notes), self._voice.scheduler
        self._voice.answer = Answer(
            scheduler=out, touch=touch, start_beat=start_beat, steady=steady, bar_beats=bar_beats
        )
        notes = [each.note for each in piece.notes]
        gap_beats = piece.round_beats(moment.settings.usual_bar_beats) - piece.beats
        next_round = [replace(notes[0], rest_beats=gap_beats), *notes[1:]]
        self._round = _drawn(next_round, last=False) if looping else ()
        self._voice.coming.clear()
        self._voice.coming.extend(_drawn(notes, last=not looping))
        self._place(moment)

    def proceed(self, moment: Moment) -> bool:
        """Keep it supplied; return whether it has just ended by itself."""
        answer = self._voice.answer
        if answer is None:
            return False
        if answer.complete and self._voice.scheduler.idle:
            return True
        answer.follow_jumps(self._voice.timing(moment, _playing(moment)))
        self._place(moment)
        return False

    def _place(self, moment: Moment) -> None:
        """Schedule the notes that are next, so many rounds as it takes."""
        answer, coming = self._voice.answer, self._voice.coming
        timing = self._voice.timing(moment, _playing(moment))
        while answer is not None and not answer.complete and answer.end_s(timing) - moment.now_s < AHEAD_S:
            if not coming:
                answer.shed()
                coming.extend(self._round)
            answer.add(coming.popleft(), moment.now_s, timing)

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now."""
        return self._voice.due(now_s)

    def ahead(self, moment: Moment) -> tuple[Ahead, ...]:
        """Return the notes that are to sound, of a loop those of the round that is on."""
        return self._voice.ahead(moment, _playing(moment))

    def lines(self) -> Lines | None:
        """Return where its bars lie, in its own tempo; by a clock they are the clock's."""
        answer = self._voice.answer
        if answer is None or answer.steady is None or self._piece is None:
            return None
        steady = answer.steady
        origin_s = steady.time_at(self._bar_at_beat)
        return Lines(max(origin_s, steady.time_s), origin_s, steady.beat_s, self._piece.time.bar_beats)

    def last_round(self) -> None:
        """Let a loop end with the round that sounds."""
        answer, coming = self._voice.answer, self._voice.coming
        if answer is None or not self.looping:
            return
        self.looping = False
        if coming:
            coming[-1] = replace(coming[-1], last=True)
        else:
            answer.complete = True

    def release(self, now_s: float) -> list[Due]:
        """Silence what sounds; what comes next still does."""
        return self._voice.scheduler.release(now_s)

    def end(self, now_s: float) -> tuple[list[Due], tuple[Note, ...]]:
        """Silence it; return the messages, and the notes that were heard: of a loop one round at most."""
        answer = self._voice.answer
        heard: tuple[Note, ...] = ()
        if answer is not None and self._piece is not None and answer.sounded:
            whole = tuple(each.note for each in self._piece.notes)
            heard = whole[: answer.count] if self._round else answer.heard
        self._piece = None
        self.looping = False
        return self._voice.stop(now_s), heard


def _playing(moment: Moment) -> Playing:
    """Return how it is played: as it was; how a note was nudged it knows by itself."""
    return replace(AS_PLAYED, shift_s=moment.settings.playing.shift_s)


def _start_beat(moment: Moment, piece: Piece) -> float:
    """Return the beat on which a piece begins by a clock that runs: in its place of the bar, if that is known."""
    tempo, settings = moment.tempo.map, moment.settings
    beat, late = tempo.beat_at(moment.now_s - settings.playing.shift_s), ON_TIME_S / tempo.beat_s
    if settings.grid == "off" or not piece.time.bar_beats:
        return next_line(beat, settings.grid, settings.usual_bar_beats, late)
    place = piece.time.clock_place_beats if piece.time.clocked else piece.time.place_beats
    return place + next_line(beat - place, "bar", piece.time.bar_beats, late)


def _drawn(notes: Sequence[Note], *, last: bool) -> list[Drawn]:
    """Return notes as if the engine had just brought them."""
    end = len(notes) - 1
    return [Drawn(0, index, note, None, last and index == end, 0.0) for index, note in enumerate(notes)]
