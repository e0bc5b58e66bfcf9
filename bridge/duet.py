"""Two voices and whose turn it is: the player's call, the partner's answers, and the engine that draws them. Pure.

Time and tempo come in as values, messages go out as what is due. A turn passes by the rules of turn_taking.py, or
by hand; until the first note of its answer has sounded for a moment it is *open*: a player who goes on takes it
back, and the phrase goes on as if nothing had been.
"""

from __future__ import annotations

from bridge.answering.encore import Encore
from bridge.answering.listener import Listener
from bridge.answering.partner import Partner
from bridge.answering.redraws import Redraws
from bridge.answering.repeats import Repeats
from bridge.answering.takes import Cue
from bridge.answering.turn import Turn
from bridge.engine.slowness import Slowness
from bridge.engine.talk import Engine, Meaning, Talk
from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.call import Phrase
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.outlook import Outlook
from bridge.time.scheduler import Due
from engine.messages import Continue, Ready, Reply
from engine.notes import Note


class Duet:
    """Hear the player and answer, in turns."""

    def __init__(self, engine: Engine, announce: Announcer, seed: int) -> None:
        self._announce = announce
        self._talk = Talk(engine)
        self._partner = Partner(self._talk, seed)
        self._listener = Listener(self._partner)
        self.repeats = Repeats(self._partner, announce)
        self._redraws = Redraws(self._talk)
        self._slowness = Slowness()
        self._turn: Turn | None = None
        self._stopped = True

    @property
    def answering(self) -> bool:
        """Say whether an answer, or a take once more, sounds or is on its way."""
        return self._partner.answering or self.encore.playing

    @property
    def listening(self) -> bool:
        """Say whether a call is in progress."""
        return self.phrase.started

    @property
    def busy(self) -> bool:
        """Say whether a call or an answer is in progress, or a note still sounds."""
        return self.listening or self._partner.busy or self.encore.busy

    @property
    def encore(self) -> Encore:
        """Return what plays a take once more."""
        return self.repeats.encore

    @property
    def partner(self) -> Partner:
        """Return who answers."""
        return self._partner

    @property
    def ready(self) -> bool:
        """Say whether the engine can draw."""
        return self._talk.ready

    @property
    def phrase(self) -> Phrase:
        """Return the call as it was last read."""
        return self._listener.phrase

    @property
    def sounds_s(self) -> float | None:
        """Return when the next message is due, or None."""
        times_s = (self._partner.next_deadline_s(), self.encore.next_deadline_s())
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, without the call or the answer in progress."""
        return self._partner.mind.transcript.notes

    # The player

    def note_on(self, event: NoteOn, moment: Moment) -> list[Due]:
        """Take in a key that goes down: the answer yields, an open turn is taken back; not by the left hand."""
        if self._listener.struck_left(event, moment.settings.split):
            return []
        self._stopped = False
        if self._goes_on(moment):
            dues = self._take_back(moment)
        else:
            self._close_turn()
            dues = self._partner.barge_in(moment)
        dues += self.repeats.yields(moment)
        self._listener.struck(event)
        return dues

    def _goes_on(self, moment: Moment) -> bool:
        """Say whether who plays now goes on with his phrase: the answer has not sounded, or hardly."""
        if not self._partner.answering:
            return False
        if not self._partner.sounded:
            return True
        lately = self._turn is not None and self._turn.may_be_false(moment.now_s)
        return lately and moment.settings.on_return != "overlap"

    def _take_back(self, moment: Moment) -> list[Due]:
        """Give the player his turn back; one that he asked for is asked for still, where only asking passes it."""
        dues, struck = self._partner.cancel(moment.now_s)
        turn, self._turn = self._turn, None
        if turn is not None and turn.open:
            self._listener.interject(struck)
            self._listener.asked = self._listener.asked or turn.by_hand
            if turn.by_hand:
                waits = moment.settings.waiting.mode == "ask"
                then = "the answer comes when your phrase has ended" if waits else "the turn is yours again"
                self._announce.log(f"you went on after asking for an answer: {then}")
        return dues

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take in what else is played: keys that go up, pedals."""
        self._listener.feed(event)

    def release(self) -> None:
        """Take every key and pedal for released; what was played stays."""
        self._listener.release()

    # Time

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now."""
        return self._partner.due(now_s) + self.encore.due(now_s)

    def sent(self, now_s: float) -> tuple[float, float | None] | None:
        """Enter that what was due has left.

        When it was the first note of an answer, return how long ago, in seconds, the turn passed, and how long ago
        the player let go of the last key (None when the turn did not pass by that).
        """
        turn = self._turn
        if not self._partner.sounded or turn is None or turn.entered_s is not None:
            return None
        turn.entered_s = now_s
        news = self._slowness.take(self._partner.late_s, self._talk.note_s)
        if news:
            (self._announce.warn if self._slowness.noticed else self._announce.log)(news)
        return now_s - turn.passed_s, None if turn.released_s is None else now_s - turn.released_s

    def tick(self, moment: Moment) -> tuple[list[Due], float | None]:
        """Let time pass: read what was played, pass the turn, keep the answer supplied.

        Return what is to be sent, and when something is next due by the scheduler or by the rules of turns.
        """
        dues: list[Due] = []
        now_s = moment.now_s
        stuck = self._talk.tick(now_s)
        if stuck:
            dues += self.engine_lost(now_s, stuck)
        if self._turn is not None and self._turn.entered_s is not None and not self._turn.waits(now_s):
            self._close_turn()
        self._listener.read_news(moment)
        passes_s = self._listener.passes_s(moment)
        if (passes_s is not None and passes_s <= now_s) or self._plays_on(moment):
            dues += self._pass(moment, passes_s)
            passes_s = None
        elif self.listening and not self._partner.answering:
            self._listener.expect(moment, passes_s)
        dues += self._proceed(moment)
        if self._redraws.again_now(now_s, self._partner.next_on_s()):
            self._redraw(moment)
        times_s = [self.sounds_s, passes_s]
        return dues, min((time_s for time_s in times_s if time_s is not None), default=None)

    def outlook(self, moment: Moment) -> Outlook:
        """Return what is seen ahead: notes that are to sound as things stand, and where the bars lie."""
        phrase = self.phrase
        if self.encore.playing:
            lines = self.encore.lines()
            return Outlook(self.encore.ahead(moment), lines or self._partner.lines(moment, phrase))
        expected_s = None if phrase.held else self._listener.passes_s(moment)
        notes = self._partner.ahead(moment, phrase, self._listener.channel, expected_s)
        return Outlook(notes, self._partner.lines(moment, phrase))

    # The turn

    def pass_turn(self, moment: Moment) -> list[Due]:
        """Pass the turn by hand, whatever the rules say; where an answer has just entered, that one is meant."""
        if self._turn is not None and self._turn.may_be_false(moment.now_s):
            return []
        self._listener.read_news(moment)
        return self._pass(moment, None, by_hand=True)

    def _pass(self, moment: Moment, passes_s: float | None, *, by_hand: bool = False) -> list[Due]:
        """Let the partner begin. passes_s: when the turn passed by the rules, None when it did not."""
        now_s = moment.now_s
        dues = self.repeats.end(now_s)
        if self._turn is not None and self._turn.waits(now_s):
            dues += self._partner.cancel(now_s)[0]
        elif self._partner.answering:
            dues += self.end_answer(now_s)
        self._listener.complete(moment)
        self._stopped = False
        phrase = self.phrase
        if not self._partner.begin(moment, phrase, self._listener.channel, passes_s):
            self._announce.log("nothing to answer yet: play something first")
            self._listener.clear()
            return dues
        released_s = phrase.last_off_s if passes_s is not None else None
        self.turn_passed(Turn(now_s, by_hand, released_s, open=phrase.started), phrase)
        return dues + self._partner.due(now_s)

    def turn_passed(self, passed: Turn, phrase: Phrase) -> None:
        """Enter, and tell, that a turn has passed and an answer to this call begins."""
        self._turn, now_s = passed, passed.passed_s
        turn, call_notes = self._partner.turn, len(phrase.notes)
        wait_s = now_s - phrase.last_off_s if phrase.line and phrase.last_off_s else 0.0
        self._announce.tell(lambda observer: observer.on_turn(turn, call_notes, wait_s))

    def _plays_on(self, moment: Moment) -> bool:
        """Say whether another answer is to follow with nothing new played."""
        if moment.settings.waiting.mode != "free" or self._stopped:
            return False
        if self.listening or self.answering:
            return False
        return self._talk.ready and bool(self._partner.mind.transcript.notes)

    def _proceed(self, moment: Moment) -> list[Due]:
        """Keep what sounds supplied with notes; when an answer is over, listen to what was played meanwhile."""
        dues: list[Due] = []
        over = self._partner.proceed(moment)
        self.repeats.follow_answer(moment)
        if over is not None and not (self._turn is not None and self._turn.may_be_false(moment.now_s)):
            if over:
                self._announce.error(over)
            dues += self._partner.end(moment.now_s)
            self._close_turn()
            self._listener.listen(moment)
        return dues + self.repeats.proceed(moment)

    def _close_turn(self) -> None:
        """Let the call of the turn that has passed be past."""
        if self._turn is not None and self._turn.open:
            self._partner.mind.settle()
            self._listener.clear()
            self._listener.asked = False
        self._turn = None

    # What ends it

    def end_answer(self, now_s: float) -> list[Due]:
        """Silence the answer, and what sounds again; a call that it was to answer is past."""
        self.repeats.loop_next = False
        dues = self._partner.end(now_s) + self.repeats.end(now_s)
        self._close_turn()
        return dues

    def stop(self, now_s: float) -> list[Due]:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._stopped = True
        dues = self.end_answer(now_s)
        self._listener.clear()
        self._listener.asked = False
        return dues

    def hush(self, now_s: float) -> list[Due]:
        """End what sounds, and count every key as released; what was played stays, and an open turn with it.

        An answer that has just entered goes on behind its first note: nobody has heard it and asked for silence.
        """
        self._stopped = True
        if self._turn is not None and self._turn.waits(now_s):
            dues = self._partner.hush(now_s)
        else:
            dues = self._partner.end(now_s)
            self._close_turn()
        self.release()
        return dues

    def forget(self) -> None:
        """Forget all that was heard."""
        self._listener.forget()
        self._partner.forget()

    def redraw(self, moment: Moment) -> None:
        """Draw again, with the controls as they are now, whatever has not sounded yet."""
        if self._redraws.may_begin():
            self._redraw(moment)

    def _redraw(self, moment: Moment) -> None:
        if self._partner.answering:
            if not self.encore.playing:  # which repeats it as it stands
                self._partner.redraw(moment)
        elif self.listening and not self.phrase.held:
            self._listener.hear(moment)
        self._redraws.begun(moment.now_s)

    # Takes that sound again

    def make_way(self, moment: Moment) -> list[Due]:
        """End what sounds and let the call in progress be past, so that something else can sound."""
        dues = self.end_answer(moment.now_s)
        self._listener.let_pass(moment)
        self._stopped = self._listener.asked = False
        return dues

    def vary(self, moment: Moment, cue: Cue) -> None:
        """Let another answer begin to a call that is past; make way for it first."""
        self._partner.vary(moment, cue)
        self.turn_passed(Turn(moment.now_s, True, None, open=False), cue.phrase)

    def hush_encore(self, moment: Moment) -> list[Due]:
        """Silence a take that sounds again; by a running clock a loop goes on."""
        return self.repeats.hush(moment)

    def listen_again(self, moment: Moment) -> None:
        """Let the engine hear the call in progress behind what was heard, which has become another."""
        self._listener.listen(moment)

    # The engine

    def replied(self, reply: Reply, moment: Moment) -> list[Due]:
        """Take in what the engine says; return what is to be sent."""
        now_s = moment.now_s
        meaning = self._talk.received(reply, now_s)
        if meaning.text:
            ready = self._talk.ready
            self._announce.tell(lambda observer: observer.on_engine(meaning.text, ready))
        if not self._partner.answering:
            self._listened(meaning, moment)
        if meaning.drawn is not None:
            self._partner.drawn(meaning.drawn, moment)
        if meaning.ask_again:
            self._redraw(moment)
        dues = self.engine_lost(now_s, meaning.lost) if meaning.lost else []
        return dues + self._partner.due(now_s)

    def hand_over(self) -> Continue | None:
        """Return what gives another engine all that this one has in mind; None while that is nothing."""
        return self._talk.hand_over()

    def model_changed(self, ready: Ready, context: Continue | None, moment: Moment) -> None:
        """Go on with another model, whose engine has this context; what is drafted is drawn again by it."""
        meaning = self._talk.changed(ready, context, moment.now_s)
        self._announce.tell(lambda observer: observer.on_engine(meaning.text, True))
        self._slowness = Slowness()
        self._redraw(moment)

    def _listened(self, meaning: Meaning, moment: Moment) -> None:
        """Take in what the engine makes of the call, and tell it; other bars change what is to be drawn."""
        probability = meaning.phrase_end
        if probability is not None:
            self._announce.tell(lambda observer: observer.on_phrase_end(probability))
        if meaning.bars is not None:
            self._announce.bars(meaning.bars)
        if self._partner.mind.listened(probability, meaning.bars) and not self.phrase.held:
            self._listener.listen(moment)

    def engine_lost(self, now_s: float, why: str) -> list[Due]:
        """Release what sounds, say so, have the engine started again."""
        dues = self._partner.engine_lost(now_s)
        if not self._partner.answering:
            self._close_turn()
        text = f"engine lost ({why}); {self._talk.lost(now_s)}"
        self._announce.error(text)
        self._announce.tell(lambda observer: observer.on_engine(text, False))
        return dues
