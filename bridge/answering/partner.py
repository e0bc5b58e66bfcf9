"""The partner: drafts an answer while the player plays, sounds it when its turn comes, keeps what was heard. Pure.

What the engine is told is the transcript (everything heard so far) and behind it the call, or the answer as far
as it is drawn. Whatever changes, the next order says what the context is to be; the rest follows.

A turn that has passed is *open* until `settle` says that its answer is one: the call is till then the player's,
and `cancel` gives it back as if nothing had been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge.answering.answer import Answer, Timing
from bridge.answering.bar_lines import entry_s
from bridge.answering.encore import Piece
from bridge.answering.requests import goal, sampling
from bridge.answering.scribe import Scribe, in_time
from bridge.answering.standing import Standing, standing
from bridge.answering.takes import Cue
from bridge.answering.touch import Touch
from bridge.answering.transcript import Heard, Transcript
from bridge.engine.mirror import Order
from bridge.engine.talk import Talk
from bridge.hearing.call import Phrase
from bridge.hearing.key import KeyEstimate
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Moment
from bridge.outlook import Ahead, Lines
from bridge.time.bars import Place
from bridge.time.grid import ON_TIME_S
from bridge.time.scheduler import Due, Scheduler
from bridge.time.tempo_map import TempoMap
from engine.entrance import MOST_NOTES, SURE_BARS
from engine.messages import Drawn, FoundBars
from engine.notes import Metre, Note

DRAFT_NOTES = 3
"""Notes scheduled when the turn passes; enough to sound while the next ones are drawn."""
MORE_NOTES = 2
HURRY_S = 0.05
"""A plan that is not there so long before its answer begins is not waited for: first notes are drawn singly."""
AHEAD_S = 0.5
"""More notes are scheduled, and asked for, while less than this stands scheduled: a stall of the engine so long
goes unheard, and what comes later still follows tempo and controls."""
AHEAD_NOTES = 3
"""A model that is slow to draw is asked for more while less than it takes to draw so many stands scheduled."""
UNDO_MOST = 100
"""Answers that can be taken back, one after the other."""
PENDING_S = 5.0
"""An answer whose first note is not drawn by then is given up: later it would come out of nowhere."""
PENDING_NOTES = 6
"""A slow model is given the time of so many notes, if that is more: the pass it is in, reading, drawing, twice."""
FINISH_BEATS = 4.0
"""In barge-in mode "finish" an answer without a phrase end in sight stops after this."""


@dataclass(slots=True)
class Draft:
    """Hold the first notes of an answer, drawn before its turn, and the rest that they were drawn behind."""

    lead_rest_beats: float
    notes: list[Drawn] = field(default_factory=list)


class Partner:
    """Answer calls. Every method that silences or sounds something returns the messages to send, in order."""

    def __init__(self, talk: Talk, seed: int) -> None:
        self._talk, self._seed = talk, seed
        self._scheduler = Scheduler()
        self.transcript = Transcript()
        self._answer: Answer | None = None
        self._draft: Draft | None = None
        self._coming: deque[Drawn] = deque()
        self._planning = False
        self.scribe = Scribe()
        self._before: deque[Heard] = deque(maxlen=UNDO_MOST)
        self._call: tuple[Note, ...] = ()
        self._where = Place()
        self._open_call: tuple[Note, ...] = ()
        self._lead_rest_beats = 0.0
        self._key: KeyEstimate | None = None
        self._passed_s = 0.0
        self.late_s = 0.0
        self._found: FoundBars | None = None
        self._standing = Standing()
        self.turn = 0
        self.phrase_end: float | None = None

    @property
    def answering(self) -> bool:
        """Say whether an answer sounds or is on its way."""
        return self._answer is not None

    @property
    def sounded(self) -> bool:
        """Say whether a note of the answer on its way has sounded."""
        return self._answer is not None and self._answer.sounded

    @property
    def busy(self) -> bool:
        """Say whether an answer is on its way or a note still sounds."""
        return self._answer is not None or not self._scheduler.idle

    def next_deadline_s(self) -> float | None:
        """Return when the next message is due."""
        return self._scheduler.next_deadline_s()

    def next_on_s(self) -> float | None:
        """Return when the next note begins, or None."""
        return self._scheduler.next_on_s()

    # While the player plays

    def hear(self, moment: Moment, phrase: Phrase, expected_s: float | None) -> None:
        """Let the engine hear the call so far; while nothing is held, have the first notes of an answer drawn.

        expected_s: when the turn is expected to pass; None while nobody knows: then after the shortest wait.
        """
        self.phrase_end = None
        self._key = phrase.key
        stands = self._standing = self._stands(moment, phrase)
        self._draw_draft(moment, stands, self._coming_rest_beats(moment, stands, expected_s), phrase)

    def expect(self, moment: Moment, phrase: Phrase, expected_s: float | None) -> None:
        """Have the draft drawn anew when the answer is now expected in another place of the bar."""
        if self._draft is None or phrase.held or self._answer is not None:
            return
        stands = self._stands(moment, phrase)
        rest_beats = self._coming_rest_beats(moment, stands, expected_s)
        if abs(rest_beats - self._draft.lead_rest_beats) > 1e-6:
            self._standing = stands
            self._draw_draft(moment, stands, rest_beats, phrase)

    def remember(self, moment: Moment, phrase: Phrase) -> None:
        """Enter the front of a call that goes on too long: it was heard."""
        stands = self._stands(moment, phrase)
        self.transcript.add(stands.call, stands.place)
        self.transcript.trim()

    def _draw_draft(self, moment: Moment, stands: Standing, rest_beats: float, phrase: Phrase) -> None:
        self._draft = Draft(rest_beats)
        self.scribe.draft_begins()
        self._lead_rest_beats = rest_beats
        context = (*self.transcript.notes, *stands.call)
        drafts = self._drafts(moment)
        count = 0 if phrase.held else MOST_NOTES if drafts > 1 else DRAFT_NOTES
        self._ask(moment, context, count, stands.call, stands.place, self.turn + 1, drafts)

    def _stands(self, moment: Moment, phrase: Phrase) -> Standing:
        """Return where the call stands now."""
        return standing(moment, phrase, self.transcript, self._found, self._standing)

    def _coming_rest_beats(self, moment: Moment, stands: Standing, expected_s: float | None) -> float:
        """Return the rest before the answer if the turn passes when it is expected to."""
        if not stands.call:
            return 0.0
        now_s = moment.now_s
        at_s = now_s + moment.settings.waiting.min_s if expected_s is None else max(expected_s, now_s)
        return stands.entrance(moment, at_s, self.transcript.notes).rest_beats

    def line_before_s(self, moment: Moment, at_s: float) -> float | None:
        """Return the last time up to `at_s` at which an answer to the call best enters; None: at any."""
        return self._standing.line_before_s(moment, at_s)

    # The turn

    def begin(self, moment: Moment, phrase: Phrase, channel: int, passes_s: float | None) -> bool:
        """Begin an answer to the call; with nothing new played, go on from what was heard last.

        channel: the player's, 0..15. passes_s: when the turn passed by the rules, a moment ago, so that a late
        timer does not miss its grid line; None when it was passed by hand. The answer before must have ended.
        Return False when nothing was ever played.
        """
        stands = self._stands(moment, phrase)
        call, now_s = stands.call, moment.now_s
        if not call and not self.transcript.notes:
            return False
        self.turn += 1
        self.phrase_end = None
        cue = Cue(self.transcript.state, phrase, channel, self._found, self._standing, self._call)
        self._standing, self._open_call, self._where = stands, call, stands.place
        self._call = call or self._call
        self._key = phrase.key
        self._passed_s, self.late_s = now_s, 0.0
        at_s = passes_s if passes_s is not None and 0.0 <= now_s - passes_s <= ON_TIME_S else now_s
        answer = self._answer = self._new_answer(moment, at_s, phrase, channel)
        before, rest_beats = self.transcript.notes, self._lead_rest_beats
        self.scribe.answer_begins(
            cue, moment.settings, in_time(moment, phrase, stands, before, answer, self._where, rest_beats)
        )
        draft, self._draft = self._draft, None
        fits = draft is not None and abs(draft.lead_rest_beats - self._lead_rest_beats) < 1e-6
        if call and draft is not None and fits and (draft.notes or self._talk.awaited):
            self._coming.extend(draft.notes)
            self._place_coming(moment)
            self._hurry(moment)
        else:
            self._ask_more(moment)
        return True

    def _new_answer(self, moment: Moment, at_s: float, phrase: Phrase, channel: int) -> Answer:
        """Return a new answer that begins in earnest: its entrance is where the transcript goes on."""
        entrance = self._standing.entrance(moment, at_s, self.transcript.notes)
        self._lead_rest_beats = entrance.rest_beats
        self._where = replace(self._where, upbeat_beats=entrance.upbeat_beats)
        return self._opening(moment, at_s, phrase, channel, entrance.rest_beats)

    def _opening(
        self, moment: Moment, at_s: float, phrase: Phrase, channel: int, lead_rest_beats: float
    ) -> Answer:
        """Return an answer without notes: on the grid of a clock that runs, else on the player's beat or now."""
        tempo, touch, stands = moment.tempo, Touch(phrase.line, channel), self._standing
        if not tempo.running:
            reading = phrase.reading
            read_freely = reading is not None and len(reading.notes) > 1 and tempo.prior_bpm is None
            bpm = reading.bpm if reading is not None and read_freely else tempo.map.bpm
            begin_s = entry_s(moment, phrase, lead_rest_beats if stands.lines is not None else None)
            return Answer(scheduler=self._scheduler, touch=touch, steady=TempoMap(bpm, 0.0, begin_s))
        return Answer(scheduler=self._scheduler, touch=touch, start_beat=stands.start_beat(moment, at_s))

    def _timing(self, moment: Moment) -> Timing:
        """Return when the answer's beats sound, as tempo and controls are now."""
        return _timing_of(self._answer, moment)

    def ahead(self, moment: Moment, phrase: Phrase, channel: int, expected_s: float | None) -> tuple[Ahead, ...]:
        """Return the notes that are to sound: of the answer, else of the draft, its turn passing as expected."""
        answer: Answer | None = self._answer
        coming: Sequence[Drawn] = self._coming
        if answer is None and self._draft is not None and expected_s is not None:
            at = replace(moment, now_s=max(moment.now_s, expected_s))
            answer = self._opening(at, at.now_s, phrase, channel, self._draft.lead_rest_beats)
            coming = self._draft.notes
        if answer is None:
            return ()
        waiting = self._scheduler.ahead
        return waiting if answer.complete else (*waiting, *answer.ahead(coming, _timing_of(answer, moment)))

    def lines(self, moment: Moment, phrase: Phrase) -> Lines | None:
        """Return where beats and bars lie: a clock's, else those of the answer, else those of the call."""
        tempo, stands, answer = moment.tempo, self._standing, self._answer
        if tempo.running:
            known = stands.lines
            bar_beats = known.bar_beats if known is not None else moment.settings.bar_beats
            origin = known.origin_beat if known is not None else 0.0
            return Lines(moment.now_s, tempo.map.time_at(origin), tempo.map.beat_s, bar_beats)
        time = self.scribe.time
        if answer is not None and answer.steady is not None and time is not None:
            steady = answer.steady
            begins_s = steady.time_at(answer.start_beat)
            return Lines(begins_s, begins_s - time.place_beats * steady.beat_s, steady.beat_s, time.bar_beats)
        reading = phrase.reading
        if reading is None or len(reading.notes) < 2:
            return None
        begins_s, count = phrase.line[0].onset_s, TempoMap(reading.bpm, reading.beats[0], phrase.line[0].onset_s)
        if stands.lines is None:
            return Lines(begins_s, begins_s, count.beat_s)
        return Lines(begins_s, count.time_at(stands.lines.origin_beat), count.beat_s, stands.lines.bar_beats)

    # While the answer sounds

    def proceed(self, moment: Moment) -> str | None:
        """Ask for more notes when they run short; return None while the answer goes on.

        When it is over, return why in a sentence, or "" when it has ended as it should; `end` it then.
        """
        if self._answer is None:
            return None
        if self._answer.complete:
            return "" if self._scheduler.idle else None
        now_s = moment.now_s
        pending_s = max(PENDING_S, PENDING_NOTES * self._talk.note_s)
        if not self._answer.notes and now_s - self._passed_s > pending_s:
            return f"no answer within {pending_s:.0f} s; play again"
        self._answer.follow_jumps(self._timing(moment))
        self._place_coming(moment)
        self._hurry(moment)
        ahead_s = max(AHEAD_S, AHEAD_NOTES * self._talk.note_s)
        if not (self._talk.awaited or self._coming) and self._ahead_s(moment) < ahead_s:
            self._ask_more(moment)
        return None

    def _ahead_s(self, moment: Moment) -> float:
        """Return how far ahead the answer stands scheduled, or its beginning lies while nothing of it does."""
        assert self._answer is not None
        return self._answer.end_s(self._timing(moment)) - moment.now_s

    def _place_coming(self, moment: Moment) -> None:
        """Schedule of the notes that are drawn those that are next."""
        answer = self._answer
        while answer is not None and self._coming and not answer.complete:
            if len(answer.notes) >= DRAFT_NOTES and self._ahead_s(moment) >= AHEAD_S:
                return
            answer.add(self._coming.popleft(), moment.now_s, self._timing(moment))

    def _hurry(self, moment: Moment) -> None:
        """Have the next notes drawn singly when they are due before their plan is there."""
        if self._answer is None or self._coming or not self._talk.awaited:
            return
        if self._planning and self._ahead_s(moment) < HURRY_S:
            self._ask_more(moment)

    def cancel(self, now_s: float) -> tuple[list[Due], tuple[PlayedNote, ...]]:
        """Take back an open turn: the call goes on. Return beside the messages what sounded of the answer."""
        struck = self._answer.struck(now_s) if self._answer is not None else ()
        self._answer, self._open_call = None, ()
        self._coming.clear()
        self.turn -= 1
        return self._scheduler.cancel(now_s), struck

    def hush(self, now_s: float) -> list[Due]:
        """Silence what sounds of the answer; the rest of it still comes."""
        return self._scheduler.release(now_s)

    def settle(self) -> None:
        """Let an open turn's call be past: its answer has entered, or never will."""
        if self._open_call or self._where.upbeat_beats is not None:
            self.transcript.add(self._open_call, self._where)
        self._open_call, self._where = (), self.transcript.place

    def barge_in(self, moment: Moment) -> list[Due]:
        """Do what the control says when the player comes back into an answer that sounds."""
        if self._answer is None:
            return []
        mode = moment.settings.on_return
        if mode == "yield":
            return self.end(moment.now_s)
        if mode == "finish" and not self._answer.complete:
            for drawn in self._coming:
                self._answer.add(drawn, moment.now_s, self._timing(moment))
            self._coming.clear()
            self._answer.finish_phrase(FINISH_BEATS)
        return []

    def end(self, now_s: float) -> list[Due]:
        """Silence the answer; the call, and what was heard of the answer, become part of the transcript."""
        dues = self._scheduler.cancel(now_s)
        if self._answer is not None:
            self.settle()
            self.enter(self._answer.heard, self.transcript.place)
            self.scribe.answer_ends(self._answer, self._coming, self._talk.model)
            self._answer = None
        self._draft = None
        self._coming.clear()
        return dues

    def enter(self, notes: Sequence[Note], where: Place) -> None:
        """Let notes that sounded as an answer become part of the transcript; `undo` takes them out again."""
        if notes:
            self._before.append(self.transcript.state)
        self.transcript.add(notes, where)
        self.transcript.trim()

    def redraw(self, moment: Moment) -> None:
        """Draw again, with the controls as they are now, what of the answer has not sounded yet."""
        if self._answer is not None and self._answer.redrawable:
            self._answer.forget_unsent()
            self._coming.clear()
            self._ask_more(moment)

    def forget(self) -> None:
        """Forget all that was heard."""
        self.transcript.forget()
        self.scribe.forget()
        self._before.clear()
        self._found, self._standing = None, Standing()

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now, and enter what is heard by it, or never will be."""
        dues = self._scheduler.due(now_s)
        dropped = self._scheduler.take_dropped()
        if self._answer is None:
            return dues
        for note in dropped:
            self._answer.dropped(note)
        for due in dues:
            if due.is_on:
                self._answer.sent(due.note)
        return dues

    # The engine

    def listened(self, phrase_end: float | None, found: FoundBars | None) -> bool:
        """Take in what the engine makes of the call; return whether that changes what is to be drawn.

        phrase_end: P(it has ended), found: its bars; None where nothing is said.
        """
        self.phrase_end = self.phrase_end if phrase_end is None else phrase_end
        before, self._found = self._found, found or self._found
        return _sure_metre(before) != _sure_metre(self._found)

    def drawn(self, drawn: Drawn, moment: Moment) -> None:
        """Take in a note that the engine has drawn."""
        self.scribe.drawn(drawn.request, self._talk.read_from)
        if self._answer is not None:
            if not (self._answer.notes or self._coming) and self._ahead_s(moment) < 0.0:
                self.late_s = moment.now_s - self._passed_s
            self._coming.append(drawn)
            self._place_coming(moment)
        elif self._draft is not None:
            self._draft.notes.append(drawn)

    def engine_lost(self, now_s: float) -> list[Due]:
        """Release what sounds; an open turn waits for the engine to be back."""
        self._draft = None
        if self._answer is not None and not self._answer.sounded:
            self._answer.forget_unsent()
            self._coming.clear()
            return []
        return self.end(now_s)

    def _ask_more(self, moment: Moment) -> None:
        assert self._answer is not None
        context = (*self.transcript.notes, *self._open_call, *self._answer.notes)
        # A plan that was cut goes on as the draft it was, at whatever pace: chance depends on no clock.
        singly = self._answer.draft is not None or self._ahead_s(moment) < HURRY_S
        drafts = 1 if singly else self._drafts(moment)
        count = MOST_NOTES if drafts > 1 else MORE_NOTES
        self._ask(moment, context, count, self._call, self._where, self.turn, drafts)

    def _drafts(self, moment: Moment) -> int:
        """Return how many drafts to ask for: as many as the control says and the engine affords."""
        return min(moment.settings.drafts, self._talk.most_drafts)

    def _ask(
        self,
        moment: Moment,
        context: Sequence[Note],
        count: int,
        call: Sequence[Note],
        where: Place,
        turn: int,
        drafts: int,
    ) -> None:
        self._planning = drafts > 1
        drawn_notes = len(self._answer.notes) if self._answer is not None else 0
        order = Order(
            tuple(context),
            count,
            goal(
                moment.settings,
                call,
                drawn_notes=drawn_notes,
                lead_rest_beats=self._lead_rest_beats,
                bar_beats=self._standing.bar_beats,
            ),
            sampling(moment.settings, self._key, call or self._call),
            replace(self._standing, place=where).metre,
            (self._seed + 1_000_003 * turn) % 2**31,
            self._standing.evidence,
            drafts,
            self.scribe.heard if count and drafts > 1 else (),
            self._answer.draft if self._answer is not None else None,
        )
        self.scribe.asked(self._talk.ask(moment.now_s, order), order)

    # Going on, going back

    def sounding(self) -> tuple[Piece, float, TempoMap | None] | None:
        """Return an answer all of which is scheduled, the beat that it began on, and the tempo that it keeps."""
        answer = self._answer
        piece = self.scribe.piece(answer) if answer is not None and answer.complete and answer.sounded else None
        return (piece, answer.start_beat, answer.steady) if answer is not None and piece is not None else None

    def enter_again(self, notes: Sequence[Note], piece: Piece) -> None:
        """Let notes of a take that sounded again become part of the transcript, in their place of the bar."""
        where, time = self.transcript.place, piece.time
        if time.bar_beats:
            where = self.transcript.placed(time.place_beats, time.bar_beats)
        self.enter((replace(notes[0], rest_beats=where.rest_beats), *notes[1:]), where)

    def undo(self, moment: Moment) -> bool:
        """Take the last answer out of what was heard, and of the engine's context; return False without one."""
        if not self._before:
            return False
        self.transcript.restore(self._before.pop())
        self._ask(moment, self.transcript.notes, 0, (), self.transcript.place, self.turn, 1)
        return True

    def vary(self, moment: Moment, cue: Cue) -> None:
        """Begin another answer to a call, as if what came behind it had never been heard."""
        self.transcript.restore(cue.before)
        self._found, self._standing, self._call = cue.found, cue.standing, cue.call
        self.begin(moment, cue.phrase, cue.channel, None)
        self.settle()


def _timing_of(answer: Answer | None, moment: Moment) -> Timing:
    playing = moment.settings.playing
    if answer is not None and answer.steady is not None:
        return Timing(answer.steady, False, playing)
    return Timing(moment.tempo.map, moment.tempo.running, playing)


def _sure_metre(found: FoundBars | None) -> Metre | None:
    return found.metre if found is not None and found.confidence >= SURE_BARS else None
