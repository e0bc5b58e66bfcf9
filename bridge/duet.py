"""Two voices and whose turn it is: the player's call, the partner's answers, and the engine that draws them. Pure.

Time and tempo come in as values, messages go out as what is due. A turn passes by the rules of turn_taking.py, or
by hand; until the first note of its answer has sounded it is *open*: a player who goes on takes it back, and
the phrase goes on as if nothing had been.
"""

from __future__ import annotations

from bridge.answering.partner import Partner
from bridge.answering.requests import bar_beats, waiting
from bridge.controls import Controls
from bridge.engine.talk import Engine, Talk
from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.call import Call, Phrase
from bridge.hearing.turn_taking import passes_at_s
from bridge.observers import Announcer
from bridge.time.scheduler import Due
from bridge.time.tempo_choice import Tempo
from engine.messages import Reply
from engine.notes import Note

EXPECT_S = 30.0
"""A call that waits for longer than this to be answered gets no fresh draft at every beat any more."""
EARLY_BEATS = 0.25
"""A first note this little before a bar line belongs to the bar that it leads into."""


class Duet:
    """Hear the player and answer, in turns."""

    def __init__(self, controls: Controls, engine: Engine, announce: Announcer, seed: int) -> None:
        self._controls, self._announce = controls, announce
        self._talk = Talk(engine)
        self._call = Call()
        self._partner = Partner(controls, self._talk, seed)
        self._unread = self._open_turn = False
        self._stopped = True
        self._passed_s: float | None = None
        self._released_s: float | None = None
        self._player_channel = 0

    @property
    def answering(self) -> bool:
        """Say whether an answer sounds or is on its way."""
        return self._partner.answering

    @property
    def listening(self) -> bool:
        """Say whether a call is in progress."""
        return self._call.started

    @property
    def busy(self) -> bool:
        """Say whether a call or an answer is in progress, or a note still sounds."""
        return self._call.started or self._partner.busy

    @property
    def ready(self) -> bool:
        """Say whether the engine can draw."""
        return self._talk.ready

    @property
    def phrase(self) -> Phrase:
        """Return the call as it was last read."""
        return self._call.phrase

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, without the call or the answer in progress."""
        return self._partner.transcript.notes

    # The player

    def note_on(self, event: NoteOn) -> list[Due]:
        """Take in a key that goes down: the answer yields, an open turn is taken back."""
        self._stopped = False
        self._player_channel = event.channel
        if self._partner.answering and not self._partner.sounded:
            self._open_turn = False
            dues = self._partner.cancel(event.time_s)
        else:
            dues = self._partner.barge_in(event.time_s)
        self.feed(event)
        return dues

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take in what else is played: keys that go up, pedals."""
        self._call.feed(event)
        self._unread = True

    def release(self) -> None:
        """Take every key and pedal for released; what was played stays."""
        self._call.release()
        self._unread = self._call.started

    # Time

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now."""
        return self._partner.due(now_s)

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

    def tick(self, now_s: float, tempo: Tempo) -> tuple[list[Due], float | None]:
        """Let time pass: read what was played, pass the turn, keep the answer supplied.

        Return what is to be sent, and when something is next due by the scheduler or by the rules of turns.
        """
        dues: list[Due] = []
        stuck = self._talk.tick(now_s)
        if stuck:
            dues += self.engine_lost(now_s, stuck)
        self._read_news(now_s, tempo)
        passes_s = self._passes_s(tempo)
        if (passes_s is not None and passes_s <= now_s) or self._plays_on:
            dues += self._pass(now_s, tempo, passes_s)
            passes_s = None
        elif self._call.started and not self._partner.answering:
            self._expect(now_s, tempo, passes_s)
        dues += self._proceed(now_s, tempo)
        times_s = [self._partner.next_deadline_s(), passes_s]
        return dues, min((time_s for time_s in times_s if time_s is not None), default=None)

    # Reading what was played

    def _read_news(self, now_s: float, tempo: Tempo) -> None:
        """Read what was played since the last tick: once, however many notes came at a time."""
        if not self._call.started:
            self._unread = False
            return
        held = self._call.held
        self._call.let_go(now_s, self._controls.number("hold_max"))
        if self._unread or held != self._call.held:
            self._unread = False
            self._listen(now_s, tempo)

    def _listen(self, now_s: float, tempo: Tempo) -> None:
        """Read the call anew and let the engine hear it, unless an answer has the engine's ear."""
        if self._call.started and not self._partner.answering:
            self._read(now_s, tempo)
            self._partner.hear(now_s, self._call.phrase, tempo, self._passes_s(tempo))

    def _read(self, now_s: float, tempo: Tempo, *, ending: bool = False) -> None:
        """Read the call into beats; ending: a note still held counts as ending now."""
        until_s = now_s if ending else None
        self._call.read(tempo.beats, tempo.prior_bpm, until_s=until_s)
        front = self._call.shed()
        if front is not None:
            self._partner.remember(front, tempo)
            self._call.read(tempo.beats, tempo.prior_bpm, until_s=until_s)

    # The turn

    def _passes_s(self, tempo: Tempo) -> float | None:
        """Return when the turn passes if nothing more is played; None while that is not decided."""
        if not self._call.started or self._partner.answering:
            return None
        bar_end_s = self._bar_end_s(tempo) if self._controls["turn"] == "bars" else None
        return passes_at_s(self._call.heard(self._partner.phrase_end), waiting(self._controls), bar_end_s)

    def _bar_end_s(self, tempo: Tempo) -> float:
        """Return when the bars of listening are over."""
        bar, first_s = bar_beats(self._controls), self._call.line[0].onset_s
        first = (tempo.beats or tempo.map).beat_at(first_s)
        start = (first + EARLY_BEATS) // bar * bar if tempo.running else first
        return tempo.map.time_at(start + self._controls.number("turn_bars") * bar)

    def _expect(self, now_s: float, tempo: Tempo, passes_s: float | None) -> None:
        """Keep the draft fit for the place in the bar where the answer is now expected."""
        off_s = self._call.last_off_s
        if tempo.running and off_s is not None and now_s - off_s < EXPECT_S:
            expected_s = now_s if self._controls["turn"] == "ask" else passes_s
            self._partner.expect(now_s, self._call.phrase, tempo, expected_s)

    def pass_turn(self, now_s: float, tempo: Tempo) -> list[Due]:
        """Pass the turn by hand, whatever the rules say."""
        self._read_news(now_s, tempo)
        return self._pass(now_s, tempo, None)

    def _pass(self, now_s: float, tempo: Tempo, passes_s: float | None) -> list[Due]:
        """Let the partner begin. passes_s: when the turn passed by the rules, None when it did not."""
        dues = self.end_answer(now_s) if self._partner.answering else []
        if self._call.started and (self._call.held or self._call.phrase.reading is None):
            self._read(now_s, tempo, ending=True)
            self._partner.hear(now_s, self._call.phrase, tempo, now_s)
        self._stopped = False
        phrase = self._call.phrase
        if not self._partner.begin(now_s, phrase, tempo, self._player_channel, passes_s):
            self._announce.log("nothing to answer yet: play something first")
            self._call.clear()
            return dues
        self._open_turn = self._call.started
        self._passed_s = now_s
        self._released_s = phrase.last_off_s if passes_s is not None else None
        turn, call_notes = self._partner.turn, len(phrase.notes)
        wait_s = now_s - phrase.last_off_s if phrase.line and phrase.last_off_s else 0.0
        self._announce.tell(lambda observer: observer.on_turn(turn, call_notes, wait_s))
        return dues + self._partner.due(now_s)

    @property
    def _plays_on(self) -> bool:
        """Say whether another answer is to follow with nothing new played."""
        if self._controls["turn"] != "free" or self._stopped or self._call.started or self._partner.answering:
            return False
        return self._talk.ready and bool(self._partner.transcript.notes)

    def _proceed(self, now_s: float, tempo: Tempo) -> list[Due]:
        """Keep the answer supplied with notes; when it is over, listen to what was played meanwhile."""
        over = self._partner.proceed(now_s, tempo)
        if over is None:
            return []
        if over:
            self._announce.error(over)
        dues = self.end_answer(now_s)
        self._listen(now_s, tempo)
        return dues

    def _close_turn(self) -> None:
        """Let an open turn's call be past."""
        if self._open_turn:
            self._open_turn = False
            self._call.clear()

    # What ends it

    def end_answer(self, now_s: float) -> list[Due]:
        """Silence the answer; a call that it was to answer is past."""
        dues = self._partner.end(now_s)
        self._close_turn()
        return dues

    def stop(self, now_s: float) -> list[Due]:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._stopped = True
        dues = self.end_answer(now_s)
        self._call.clear()
        return dues

    def hush(self, now_s: float) -> list[Due]:
        """End what sounds, and count every key as released; what was played stays."""
        self._stopped = True
        dues = self.end_answer(now_s)
        self.release()
        return dues

    def forget(self) -> None:
        """Forget all that was heard."""
        self._partner.forget()

    def redraw(self, now_s: float, tempo: Tempo) -> None:
        """Draw again, with the controls as they are now, whatever has not sounded yet."""
        if self._partner.answering:
            self._partner.redraw(now_s)
        elif self._call.started and not self._call.held:
            self._partner.hear(now_s, self._call.phrase, tempo, self._passes_s(tempo))

    # The engine

    def replied(self, reply: Reply, now_s: float, tempo: Tempo) -> list[Due]:
        """Take in what the engine says; return what is to be sent."""
        meaning = self._talk.received(reply, now_s)
        if meaning.text:
            ready = self._talk.ready
            self._announce.tell(lambda observer: observer.on_engine(meaning.text, ready))
        if meaning.phrase_end is not None and not self._partner.answering:
            self._partner.phrase_end = probability = meaning.phrase_end
            self._announce.tell(lambda observer: observer.on_phrase_end(probability))
        if meaning.drawn is not None:
            self._partner.drawn(meaning.drawn, now_s, tempo)
        if meaning.ask_again:
            self.redraw(now_s, tempo)
        dues = self.engine_lost(now_s, meaning.lost) if meaning.lost else []
        return dues + self._partner.due(now_s)

    def engine_lost(self, now_s: float, why: str) -> list[Due]:
        """Release what sounds, say so, have the engine started again."""
        dues = self._partner.engine_lost(now_s)
        text = f"engine lost ({why}); {self._talk.lost(now_s)}"
        self._announce.error(text)
        self._announce.tell(lambda observer: observer.on_engine(text, False))
        return dues
