"""Two voices and whose turn it is: the player's call, the partner's answers, and the engine that draws them. Pure.

Time and tempo come in as values, messages go out as what is due. A turn passes by the rules of turn_taking.py, or
by hand; until the first note of its answer has sounded it is *open*: a player who goes on takes it back, and
the phrase goes on as if nothing had been.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import median

from bridge.answering.encore import Encore
from bridge.answering.partner import Partner
from bridge.answering.redraws import Redraws
from bridge.engine.talk import Engine, Meaning, Talk
from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.call import Call, Phrase
from bridge.hearing.turn_taking import Heard, passes_at_s
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.time.grid import ON_TIME_S
from bridge.time.scheduler import Due
from engine.messages import Reply
from engine.notes import Note

EXPECT_S = 30.0
"""A call that waits for longer than this to be answered gets no fresh draft at every beat any more."""
EARLY_BEATS = 0.25
"""A first note this little before a bar line belongs to the bar that it leads into."""
ON_LINE_BEATS = 0.125
"""A later note this little before a bar line is meant for the line; a run of sixteenths that ends there is not."""
GRACE_S = 0.025
"""So long after a bar line a player's note may still be meant for it; an answer can still begin on the line."""
AT_THE_LINE = 0.5
"""The patience at a bar line where the answer could enter, as a share of the usual: for odds of two to one, for to
miss the line costs a bar of silence."""


class Duet:
    """Hear the player and answer, in turns."""

    def __init__(self, engine: Engine, announce: Announcer, seed: int) -> None:
        self._announce = announce
        self._talk = Talk(engine)
        self._call = Call()
        self._partner = Partner(self._talk, seed)
        self.encore = Encore()
        self.loop_next = False
        self._redraws = Redraws(self._talk)
        self._unread = self._open_turn = False
        self._stopped = True
        self._passed_s: float | None = None
        self._released_s: float | None = None
        self._player_channel = 0

    @property
    def answering(self) -> bool:
        """Say whether an answer, or a take once more, sounds or is on its way."""
        return self._partner.answering or self.encore.playing

    @property
    def listening(self) -> bool:
        """Say whether a call is in progress."""
        return self._call.phrase.started

    @property
    def busy(self) -> bool:
        """Say whether a call or an answer is in progress, or a note still sounds."""
        return self._call.phrase.started or self._partner.busy or self.encore.busy

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
        return self._call.phrase

    @property
    def sounds_s(self) -> float | None:
        """Return when the next message is due, or None."""
        times_s = (self._partner.next_deadline_s(), self.encore.next_deadline_s())
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, without the call or the answer in progress."""
        return self._partner.transcript.notes

    # The player

    def note_on(self, event: NoteOn, moment: Moment) -> list[Due]:
        """Take in a key that goes down: the answer yields, an open turn is taken back."""
        self._stopped = False
        self._player_channel = event.channel
        if self._partner.answering and not self._partner.sounded:
            self._open_turn = False
            dues = self._partner.cancel(event.time_s)
        else:
            dues = self._partner.barge_in(moment)
        dues += self._encore_yields(moment)
        self.feed(event)
        return dues

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take in what else is played: keys that go up, pedals."""
        self._call.feed(event)
        self._unread = True

    def release(self) -> None:
        """Take every key and pedal for released; what was played stays."""
        self._call.release()
        self._unread = self._call.phrase.started

    # Time

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now."""
        return self._partner.due(now_s) + self.encore.due(now_s)

    def sent(self, now_s: float) -> tuple[float, float | None] | None:
        """Enter that what was due has left; when it was the first note of an answer, the call is past.

        Return then how long ago, in seconds, the turn passed, and how long ago the player let go of the last key
        (None when the turn did not pass by that).
        """
        if not self._partner.sounded or self._passed_s is None:
            return None
        since = now_s - self._passed_s, None if self._released_s is None else now_s - self._released_s
        self._passed_s = None
        self._close_turn()
        return since

    def tick(self, moment: Moment) -> tuple[list[Due], float | None]:
        """Let time pass: read what was played, pass the turn, keep the answer supplied.

        Return what is to be sent, and when something is next due by the scheduler or by the rules of turns.
        """
        dues: list[Due] = []
        now_s = moment.now_s
        stuck = self._talk.tick(now_s)
        if stuck:
            dues += self.engine_lost(now_s, stuck)
        self._read_news(moment)
        passes_s = self._passes_s(moment)
        if (passes_s is not None and passes_s <= now_s) or self._plays_on(moment):
            dues += self._pass(moment, passes_s)
            passes_s = None
        elif self._call.phrase.started and not self._partner.answering:
            self._expect(moment, passes_s)
        dues += self._proceed(moment)
        if self._redraws.again_now(now_s, self._partner.next_on_s()):
            self._redraw(moment)
        times_s = [self.sounds_s, passes_s]
        return dues, min((time_s for time_s in times_s if time_s is not None), default=None)

    # Reading what was played

    def _read_news(self, moment: Moment) -> None:
        """Read what was played since the last tick: once, however many notes came at a time."""
        if not self._call.phrase.started:
            self._unread = False
            return
        released = self._call.let_go(moment.now_s, moment.settings.waiting.hold_max_s)
        if self._unread or released:
            self._unread = False
            self._listen(moment)

    def _listen(self, moment: Moment) -> None:
        """Read the call anew and let the engine hear it, unless an answer has the engine's ear."""
        if self._call.phrase.started and not self._partner.answering:
            self._read(moment)
            self._partner.hear(moment, self._call.phrase, self._passes_s(moment))

    def _read(self, moment: Moment, *, ending: bool = False) -> None:
        """Read the call into beats; ending: a note still held counts as ending now."""
        tempo, until_s = moment.tempo, moment.now_s if ending else None
        self._call.read(tempo.beats, tempo.prior_bpm, until_s=until_s)
        front = self._call.shed()
        if front is not None:
            self._partner.remember(moment, front)
            self._call.read(tempo.beats, tempo.prior_bpm, until_s=until_s)

    # The turn

    def _passes_s(self, moment: Moment) -> float | None:
        """Return when the turn passes if nothing more is played; None while that is not decided."""
        if not self._call.phrase.started or self._partner.answering:
            return None
        rules, heard = moment.settings.waiting, self._call.heard(self._partner.phrase_end)
        passes_s = passes_at_s(heard, rules, self._bar_end_s(moment, heard) if rules.mode == "bars" else None)
        waits_for_lines = moment.tempo.running and rules.mode == "adaptive"
        if passes_s is None or heard.last_off_s is None or not waits_for_lines:
            return passes_s
        line_s = self._partner.line_before_s(moment, passes_s)
        if line_s is None:
            return passes_s
        likely_s = passes_at_s(heard, replace(rules, patience=rules.patience * AT_THE_LINE, min_s=0.0))
        in_reach = max(heard.last_off_s, moment.now_s) <= line_s + ON_TIME_S
        if in_reach and likely_s is not None and likely_s <= line_s + ON_TIME_S:
            return max(likely_s, line_s)
        return passes_s

    def _bar_end_s(self, moment: Moment, heard: Heard) -> float | None:
        """Return when the bars of listening are over: at the first bar line behind them that is left free.

        Where the next note of even playing would fall on the line, it is a moment later, to hear whether it does.
        """
        if not heard.line:
            return None
        tempo, bar = moment.tempo, moment.settings.usual_bar_beats
        beats = tempo.beats or tempo.map
        onsets = [beats.beat_at(note.onset_s) for note in heard.line]
        start = (onsets[0] + EARLY_BEATS) // bar * bar if tempo.running else onsets[0]
        end = start + moment.settings.turn_bars * bar
        while onsets[-1] > end - ON_LINE_BEATS:
            end += bar
        usual = median(after - before for before, after in pairwise(onsets)) if len(onsets) > 1 else 0.0
        expects_note = onsets[-1] + usual > end - ON_LINE_BEATS
        return tempo.map.time_at(end) + (GRACE_S if expects_note else 0.0)

    def _expect(self, moment: Moment, passes_s: float | None) -> None:
        """Keep the draft fit for the place in the bar where the answer is now expected."""
        off_s, now_s = self._call.phrase.last_off_s, moment.now_s
        if moment.tempo.running and off_s is not None and now_s - off_s < EXPECT_S:
            expected_s = now_s if moment.settings.waiting.mode == "ask" else passes_s
            self._partner.expect(moment, self._call.phrase, expected_s)

    def pass_turn(self, moment: Moment) -> list[Due]:
        """Pass the turn by hand, whatever the rules say."""
        self._read_news(moment)
        return self._pass(moment, None)

    def _pass(self, moment: Moment, passes_s: float | None) -> list[Due]:
        """Let the partner begin. passes_s: when the turn passed by the rules, None when it did not."""
        now_s = moment.now_s
        dues = self.end_encore(now_s)
        if self._open_turn:
            dues += self._partner.cancel(now_s)
        elif self._partner.answering:
            dues += self.end_answer(now_s)
        if self._call.phrase.started and (self._call.phrase.held or self._call.phrase.reading is None):
            self._read(moment, ending=True)
            self._partner.hear(moment, self._call.phrase, now_s)
        self._stopped = False
        phrase = self._call.phrase
        if not self._partner.begin(moment, phrase, self._player_channel, passes_s):
            self._announce.log("nothing to answer yet: play something first")
            self._call.clear()
            return dues
        self._open_turn = self._call.phrase.started
        self._released_s = phrase.last_off_s if passes_s is not None else None
        self.turn_passed(now_s, phrase)
        return dues + self._partner.due(now_s)

    def turn_passed(self, now_s: float, phrase: Phrase) -> None:
        """Enter, and tell, that the turn has passed and an answer to this call begins."""
        self._passed_s = now_s
        turn, call_notes = self._partner.turn, len(phrase.notes)
        wait_s = now_s - phrase.last_off_s if phrase.line and phrase.last_off_s else 0.0
        self._announce.tell(lambda observer: observer.on_turn(turn, call_notes, wait_s))

    def _plays_on(self, moment: Moment) -> bool:
        """Say whether another answer is to follow with nothing new played."""
        if moment.settings.waiting.mode != "free" or self._stopped:
            return False
        if self._call.phrase.started or self.answering:
            return False
        return self._talk.ready and bool(self._partner.transcript.notes)

    def _proceed(self, moment: Moment) -> list[Due]:
        """Keep what sounds supplied with notes; when an answer is over, listen to what was played meanwhile."""
        dues: list[Due] = []
        over = self._partner.proceed(moment)
        if self.loop_next:
            self._follow_answer(moment)
        if over is not None:
            if over:
                self._announce.error(over)
            dues += self._partner.end(moment.now_s)
            self._close_turn()
            self._listen(moment)
        if self.encore.proceed(moment):
            dues += self.end_encore(moment.now_s)
        return dues

    def _close_turn(self) -> None:
        """Let an open turn's call be past."""
        if self._open_turn:
            self._open_turn = False
            self._call.clear()

    # What ends it

    def end_answer(self, now_s: float) -> list[Due]:
        """Silence the answer, and what sounds again; a call that it was to answer is past."""
        self.loop_next = False
        dues = self._partner.end(now_s) + self.end_encore(now_s)
        self._close_turn()
        return dues

    def stop(self, now_s: float) -> list[Due]:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._stopped = True
        dues = self.end_answer(now_s)
        self._call.clear()
        return dues

    def hush(self, now_s: float) -> list[Due]:
        """End what sounds, and count every key as released; what was played stays, and an open turn with it."""
        self._stopped = True
        dues: list[Due] = []
        if not self._open_turn:
            dues = self._partner.end(now_s)
            self._close_turn()
        self.release()
        return dues

    def forget(self) -> None:
        """Forget all that was heard."""
        self._partner.forget()

    def redraw(self, moment: Moment) -> None:
        """Draw again, with the controls as they are now, whatever has not sounded yet."""
        if self._redraws.may_begin():
            self._redraw(moment)

    def _redraw(self, moment: Moment) -> None:
        if self._partner.answering:
            if not self.encore.playing:  # which repeats it as it stands
                self._partner.redraw(moment)
        elif self._call.phrase.started and not self._call.phrase.held:
            self._partner.hear(moment, self._call.phrase, self._passes_s(moment))
        self._redraws.begun(moment.now_s)

    # Takes that sound again

    def make_way(self, moment: Moment) -> list[Due]:
        """End what sounds and let the call in progress be past, so that something else can sound."""
        dues = self.end_answer(moment.now_s)
        if self._call.phrase.started:
            self._read(moment, ending=True)
            self._partner.remember(moment, self._call.phrase)
            self._call.clear()
        self._stopped = False
        return dues

    def _follow_answer(self, moment: Moment) -> None:
        """Have the answer that sounds repeated behind itself, as soon as all of it stands."""
        sounding = self._partner.sounding()
        if sounding is not None:
            self.loop_next = False
            self.encore.follow(moment, *sounding)
            number = sounding[0].number
            self._announce.tell(lambda observer: observer.on_again(number, True))

    def _encore_yields(self, moment: Moment) -> list[Due]:
        """Do what the control says when the player comes into a take that sounds again."""
        self.loop_next = False
        mode = moment.settings.barge_in
        if mode == "yield" or not self.encore.sounded:
            return self.end_encore(moment.now_s)
        self.encore.last_round()
        return []

    def end_encore(self, now_s: float) -> list[Due]:
        """Silence a take that sounds again; what was heard of it becomes part of the transcript."""
        piece = self.encore.piece
        dues, heard = self.encore.end(now_s)
        if piece is not None and heard:
            self._partner.enter_again(heard, piece)
        return dues

    def hush_encore(self, moment: Moment) -> list[Due]:
        """Silence a take that sounds again; by a running clock a loop goes on, for DAWs ask for silence as they
        jump back."""
        if self.encore.looping and moment.tempo.running:
            return self.encore.release(moment.now_s)
        return self.end_encore(moment.now_s)

    def listen_again(self, moment: Moment) -> None:
        """Let the engine hear the call in progress behind what was heard, which has become another."""
        self._listen(moment)

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

    def _listened(self, meaning: Meaning, moment: Moment) -> None:
        """Take in what the engine makes of the call, and tell it; other bars change what is to be drawn."""
        probability = meaning.phrase_end
        if probability is not None:
            self._announce.tell(lambda observer: observer.on_phrase_end(probability))
        if meaning.bars is not None:
            self._announce.bars(meaning.bars)
        if self._partner.listened(probability, meaning.bars) and not self._call.phrase.held:
            self._listen(moment)

    def engine_lost(self, now_s: float, why: str) -> list[Due]:
        """Release what sounds, say so, have the engine started again."""
        dues = self._partner.engine_lost(now_s)
        text = f"engine lost ({why}); {self._talk.lost(now_s)}"
        self._announce.error(text)
        self._announce.tell(lambda observer: observer.on_engine(text, False))
        return dues
