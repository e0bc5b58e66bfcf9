"""The partner: drafts an answer while the player plays, sounds it when its turn comes, keeps what was heard. Pure.

What the engine is told is the transcript (everything heard so far) and behind it the call, or the answer as far
as it is drawn. Whatever changes, the next order says what the context is to be; the rest follows.

A turn that has passed is *open* until `settle` says that its answer is one: the call is till then the player's,
and `cancel` gives it back as if nothing had been.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.answering.answer import Timing
from bridge.answering.encore import Piece
from bridge.answering.mind import Mind
from bridge.answering.opening import lines_under, opening
from bridge.answering.orders import Orders
from bridge.answering.scribe import Scribe, in_time
from bridge.answering.standing import Standing
from bridge.answering.takes import Cue
from bridge.answering.voice import Voice, timing_of
from bridge.engine.talk import Talk
from bridge.hearing.call import Phrase
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Moment
from bridge.outlook import Ahead, Lines
from bridge.time.grid import ON_TIME_S
from bridge.time.scheduler import Due
from bridge.time.tempo_map import TempoMap
from engine.messages import Drawn

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

    def fits(self, rest_beats: float) -> bool:
        """Say whether it is drawn behind this rest."""
        return abs(rest_beats - self.lead_rest_beats) < 1e-6


class Partner:
    """Answer calls. Every method that silences or sounds something returns the messages to send, in order."""

    def __init__(self, talk: Talk, seed: int) -> None:
        self._talk = talk
        self.mind = Mind()
        self.scribe = Scribe()
        self._orders = Orders(talk, self.mind, self.scribe, seed)
        self._voice = Voice()
        self._draft: Draft | None = None
        self._passed_s = 0.0
        self.late_s = 0.0
        self.turn = 0

    @property
    def answering(self) -> bool:
        """Say whether an answer sounds or is on its way."""
        return self._voice.playing

    @property
    def sounded(self) -> bool:
        """Say whether a note of the answer on its way has sounded."""
        return self._voice.sounded

    @property
    def busy(self) -> bool:
        """Say whether an answer is on its way or a note still sounds."""
        return self._voice.busy

    def next_deadline_s(self) -> float | None:
        """Return when the next message is due."""
        return self._voice.scheduler.next_deadline_s()

    def next_on_s(self) -> float | None:
        """Return when the next note begins, or None."""
        return self._voice.scheduler.next_on_s()

    # While the player plays

    def hear(self, moment: Moment, phrase: Phrase, expected_s: float | None) -> None:
        """Let the engine hear the call so far; while nothing is held, have the first notes of an answer drawn.

        expected_s: when the turn is expected to pass; None while nobody knows: then after the shortest wait.
        """
        stands = self.mind.hear(moment, phrase)
        self._draw_draft(moment, self.mind.rest_beats_at(moment, stands, expected_s), phrase)

    def expect(self, moment: Moment, phrase: Phrase, expected_s: float | None) -> None:
        """Have the draft drawn anew when the answer is now expected in another place of the bar."""
        if self._draft is None or phrase.held or self.answering:
            return
        stands = self.mind.stands(moment, phrase)
        rest_beats = self.mind.rest_beats_at(moment, stands, expected_s)
        if not self._draft.fits(rest_beats):
            self.mind.standing = stands
            self._draw_draft(moment, rest_beats, phrase)

    def _draw_draft(self, moment: Moment, rest_beats: float, phrase: Phrase) -> None:
        self._draft = Draft(rest_beats)
        self.scribe.draft_begins()
        self.mind.rest_beats = rest_beats
        self._orders.draft(moment, self.turn + 1, 0 if phrase.held else DRAFT_NOTES)

    # The turn

    def begin(self, moment: Moment, phrase: Phrase, channel: int, passes_s: float | None) -> bool:
        """Begin an answer to the call; with nothing new played, go on from what was heard last.

        channel: the player's, 0..15. passes_s: when the turn passed by the rules, a moment ago, so that a late
        timer does not miss its grid line; None when it was passed by hand. The answer before must have ended.
        Return False when nothing was ever played.
        """
        mind, now_s = self.mind, moment.now_s
        stands = mind.stands(moment, phrase)
        if not stands.call and not mind.transcript.notes:
            return False
        self.turn += 1
        cue = mind.cue(phrase, channel)
        mind.open(stands, phrase.key)
        self._passed_s, self.late_s = now_s, 0.0
        at_s = passes_s if passes_s is not None and 0.0 <= now_s - passes_s <= ON_TIME_S else now_s
        self._enter(moment, at_s, cue, stands)
        draft, self._draft = self._draft, None
        fits = draft is not None and draft.fits(mind.rest_beats)
        if stands.call and draft is not None and fits and (draft.notes or self._talk.awaited):
            self._voice.coming.extend(draft.notes)
            self._place_coming(moment)
            self._hurry(moment)
        else:
            self._ask_more(moment)
        return True

    def _enter(self, moment: Moment, at_s: float, cue: Cue, stands: Standing) -> None:
        """Let an answer without notes begin in earnest; at_s: when its turn passes."""
        mind, phrase = self.mind, cue.phrase
        mind.enters(moment, at_s)
        answer = opening(moment, at_s, phrase, cue.channel, stands, mind.rest_beats, self._voice.scheduler)
        self._voice.answer = answer
        before = mind.transcript.notes
        time = in_time(moment, phrase, stands, before, answer, mind.where, mind.rest_beats)
        self.scribe.answer_begins(cue, moment.settings, time)

    def ahead(self, moment: Moment, phrase: Phrase, channel: int, expected_s: float | None) -> tuple[Ahead, ...]:
        """Return the notes that are to sound: of the answer, else of the draft, its turn passing as expected."""
        voice, draft, playing = self._voice, self._draft, moment.settings.playing
        if self.answering:
            return voice.ahead(moment, playing)
        if draft is None or expected_s is None:
            return ()
        at = replace(moment, now_s=max(moment.now_s, expected_s))
        rest_beats, out = draft.lead_rest_beats, voice.scheduler
        answer = opening(at, at.now_s, phrase, channel, self.mind.standing, rest_beats, out)
        return (*out.ahead, *answer.ahead(draft.notes, timing_of(answer, moment, playing)))

    def lines(self, moment: Moment, phrase: Phrase) -> Lines | None:
        """Return where beats and bars lie, of the answer where there is one, else of the call."""
        return lines_under(moment, phrase, self.mind.standing, self._voice.answer, self.scribe.time)

    # While the answer sounds

    def proceed(self, moment: Moment) -> str | None:
        """Ask for more notes when they run short; return None while the answer goes on.

        When it is over, return why in a sentence, or "" when it has ended as it should; `end` it then.
        """
        answer = self._voice.answer
        if answer is None:
            return None
        if answer.complete:
            return "" if self._voice.scheduler.idle else None
        now_s = moment.now_s
        pending_s = max(PENDING_S, PENDING_NOTES * self._talk.note_s)
        if not answer.notes and now_s - self._passed_s > pending_s:
            return f"no answer within {pending_s:.0f} s; play again"
        answer.follow_jumps(self._timing(moment))
        self._place_coming(moment)
        self._hurry(moment)
        ahead_s = max(AHEAD_S, AHEAD_NOTES * self._talk.note_s)
        if not (self._talk.awaited or self._voice.coming) and self._ahead_s(moment) < ahead_s:
            self._ask_more(moment)
        return None

    def _timing(self, moment: Moment) -> Timing:
        return self._voice.timing(moment, moment.settings.playing)

    def _ahead_s(self, moment: Moment) -> float:
        """Return how far ahead the answer stands scheduled, or its beginning lies while nothing of it does."""
        assert self._voice.answer is not None
        return self._voice.answer.end_s(self._timing(moment)) - moment.now_s

    def _place_coming(self, moment: Moment) -> None:
        """Schedule of the notes that are drawn those that are next."""
        answer, coming = self._voice.answer, self._voice.coming
        while answer is not None and coming and not answer.complete:
            if len(answer.notes) >= DRAFT_NOTES and self._ahead_s(moment) >= AHEAD_S:
                return
            answer.add(coming.popleft(), moment.now_s, self._timing(moment))

    def _hurry(self, moment: Moment) -> None:
        """Have the next notes drawn singly when they are due before their plan is there."""
        if not self.answering or self._voice.coming or not self._talk.awaited:
            return
        if self._orders.planned and self._ahead_s(moment) < HURRY_S:
            self._ask_more(moment)

    def _ask_more(self, moment: Moment) -> None:
        answer = self._voice.answer
        assert answer is not None
        # A plan that was cut goes on as the draft it was, at whatever pace: chance depends on no clock.
        singly = answer.draft is not None or self._ahead_s(moment) < HURRY_S
        self._orders.more(moment, self.turn, answer.notes, MORE_NOTES, singly=singly, draft=answer.draft)

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now."""
        return self._voice.due(now_s)

    # What ends it, or changes the rest of it

    def cancel(self, now_s: float) -> tuple[list[Due], tuple[PlayedNote, ...]]:
        """Take back an open turn: the call goes on. Return beside the messages what sounded of the answer."""
        answer = self._voice.answer
        struck = answer.struck(now_s) if answer is not None else ()
        self.mind.take_back()
        self.turn -= 1
        return self._voice.stop(now_s), struck

    def hush(self, now_s: float) -> list[Due]:
        """Silence what sounds of the answer; the rest of it still comes."""
        return self._voice.scheduler.release(now_s)

    def barge_in(self, moment: Moment) -> list[Due]:
        """Do what the control says when the player comes back into an answer that sounds."""
        answer, coming = self._voice.answer, self._voice.coming
        if answer is None:
            return []
        mode = moment.settings.on_return
        if mode == "yield":
            return self.end(moment.now_s)
        if mode == "finish" and not answer.complete:
            for drawn in coming:
                answer.add(drawn, moment.now_s, self._timing(moment))
            coming.clear()
            answer.finish_phrase(FINISH_BEATS)
        return []

    def end(self, now_s: float) -> list[Due]:
        """Silence the answer; the call, and what was heard of the answer, become part of the transcript."""
        answer = self._voice.answer
        if answer is not None:
            self.mind.settle()
            self.mind.enter(answer.heard, self.mind.transcript.place)
            self.scribe.answer_ends(answer, self._voice.coming, self._talk.model)
        self._draft = None
        return self._voice.stop(now_s)

    def redraw(self, moment: Moment) -> None:
        """Draw again, with the controls as they are now, what of the answer has not sounded yet."""
        answer = self._voice.answer
        if answer is not None and answer.redrawable:
            answer.forget_unsent()
            self._voice.coming.clear()
            self._ask_more(moment)

    def forget(self) -> None:
        """Forget all that was heard."""
        self.mind.forget()
        self.scribe.forget()

    # The engine

    def drawn(self, drawn: Drawn, moment: Moment) -> None:
        """Take in a note that the engine has drawn."""
        self.scribe.drawn(drawn.request, self._talk.read_from)
        answer, coming = self._voice.answer, self._voice.coming
        if answer is not None:
            if not (answer.notes or coming) and self._ahead_s(moment) < 0.0:
                self.late_s = moment.now_s - self._passed_s
            coming.append(drawn)
            self._place_coming(moment)
        elif self._draft is not None:
            self._draft.notes.append(drawn)

    def engine_lost(self, now_s: float) -> list[Due]:
        """Release what sounds; an open turn waits for the engine to be back."""
        self._draft = None
        answer = self._voice.answer
        if answer is not None and not answer.sounded:
            answer.forget_unsent()
            self._voice.coming.clear()
            return []
        return self.end(now_s)

    # Going on, going back

    def sounding(self) -> tuple[Piece, float, TempoMap | None] | None:
        """Return an answer all of which is scheduled, the beat that it began on, and the tempo that it keeps."""
        answer = self._voice.answer
        piece = self.scribe.piece(answer) if answer is not None and answer.complete and answer.sounded else None
        return (piece, answer.start_beat, answer.steady) if answer is not None and piece is not None else None

    def undo(self, moment: Moment) -> bool:
        """Take the last answer out of what was heard, and of the engine's context; return False without one."""
        if not self.mind.undo():
            return False
        self._orders.listen(moment, self.turn)
        return True

    def vary(self, moment: Moment, cue: Cue) -> None:
        """Begin another answer to a call, as if what came behind it had never been heard."""
        self.mind.recall(cue)
        self.begin(moment, cue.phrase, cue.channel, None)
        self.mind.settle()
