"""The partner: drafts an answer while the player plays, sounds it when its turn comes, keeps what was heard. Pure.

What the engine is told is the transcript (everything heard so far) and behind it the call, or the answer as far
as it is drawn. Whatever changes, the next request says what the context is to be; the rest follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.answering.answer import Answer
from bridge.answering.manner import Performer
from bridge.answering.requests import bar_beats, goal, sampling
from bridge.controls import Controls
from bridge.engine.context import trimmed
from bridge.engine.talk import Engine, EngineClient
from bridge.hearing.call import Call
from bridge.observers import Announcer
from bridge.time.bars import BarCount
from bridge.time.grid import next_start, place
from bridge.time.midi_clock import TempoMap
from bridge.time.scheduler import Due, Scheduler
from bridge.time.tempo_choice import Tempo
from engine.errors import UserError
from engine.messages import Drawn, Goal, Reply
from engine.notes import Note

DRAFT_NOTES = 3
"""Notes drawn before the turn passes; enough to sound while the next ones are drawn."""
MORE_NOTES = 2
AHEAD_S = 0.5
"""More notes are asked for while less than this stands scheduled: a stall of the engine so long goes unheard."""
PENDING_S = 5.0
"""An answer whose first note is not drawn by then is given up: later it would come out of nowhere."""
FINISH_BEATS = 4.0
"""In barge-in mode "finish" an answer without a phrase end in sight stops after this."""


class Partner:
    """Answer a call. tempo: returns the tempo in force at a time; on_sent: told of each note-on that leaves."""

    def __init__(
        self,
        controls: Controls,
        call: Call,
        engine: Engine,
        announce: Announcer,
        *,
        send: Callable[[Sequence[int]], None],
        tempo: Callable[[float], Tempo],
        on_sent: Callable[[float, int, int], None],
        seed: int,
    ) -> None:
        self._controls, self._call, self._announce = controls, call, announce
        self._send, self._tempo, self._on_sent, self._seed = send, tempo, on_sent, seed
        self._client = EngineClient(engine)
        self._scheduler = Scheduler()
        self._bars = BarCount()
        self._answer: Answer | None = None
        self._draft: list[Drawn] = []
        self._lead_rest_beats = 0.0
        self._last_call: tuple[Note, ...] = ()
        self._turn = 0
        self._now_s = 0.0
        self._passed_s = self._released_s = 0.0
        self.transcript: list[Note] = []
        self.phrase_end: float | None = None

    @property
    def answering(self) -> bool:
        """Say whether an answer sounds or is on its way."""
        return self._answer is not None

    @property
    def busy(self) -> bool:
        """Say whether an answer is on its way or a note still sounds."""
        return self._answer is not None or not self._scheduler.idle

    @property
    def ready(self) -> bool:
        """Say whether the engine can draw."""
        return self._client.ready

    def next_deadline_s(self) -> float | None:
        """Return when the next message is due."""
        return self._scheduler.next_deadline_s()

    # While the player plays

    def hear(self, now_s: float) -> None:
        """Let the engine hear the call so far; while nothing is held, have the first notes of an answer drawn."""
        self._draft, self.phrase_end = [], None
        call = self._call.notes
        self._lead_rest_beats = self._coming_rest_beats(now_s, call)
        wish = self._goal(call, drawn_notes=0)
        count = 0 if self._call.held else DRAFT_NOTES
        self._ask(now_s, [*self.transcript, *call], count, wish, self._turn + 1)

    def place_call(self, now_s: float) -> None:
        """Give the call the rest that puts its first note into its place in the bar."""
        tempo = self._tempo(now_s)
        bar = self._controls.number("bar")
        self._call.lead_rest_beats = 0.0
        if tempo.beats is not None and bar > 0:
            onset_beat = tempo.beats.beat_at(self._call.line[0].onset_s)
            self._call.lead_rest_beats = self._bars.lead_rest_at(self.transcript, onset_beat, bar)

    def _coming_rest_beats(self, now_s: float, call: Sequence[Note]) -> float:
        """Return the rest before the answer if the turn passed after the shortest wait."""
        tempo, bar = self._tempo(now_s), self._controls.number("bar")
        if not tempo.running or bar <= 0 or not call:
            return 0.0
        beat = tempo.map.beat_at(now_s - self._shift_s() + self._controls.number("wait_min"))
        start = next_start(beat, str(self._controls["grid"]), bar_beats(self._controls))
        return self._bars.lead_rest_at([*self.transcript, *call], start, bar)

    # The turn

    def begin(self, now_s: float, channel: int) -> bool:
        """Begin an answer to the call; with nothing new played, go on from what was heard last.

        channel: the player's, 0..15. Return False when nothing was ever played.
        """
        self.end(now_s, keep_draft=True)
        call = self._call.notes
        if not call and not self.transcript:
            return False
        self._turn += 1
        self._passed_s = now_s
        self.phrase_end = None
        self._released_s = self._call.last_off_s if self._call.started and self._call.last_off_s else now_s
        self.transcript += call
        self._last_call = call or self._last_call
        drafted_rest_beats = self._lead_rest_beats if self._call.started else 0.0
        self._answer = self._make_answer(now_s, channel)
        wait_s = now_s - self._released_s
        self._announce.tell(lambda observer: observer.on_turn(self._turn, len(call), wait_s))
        draft, self._draft = self._draft, []
        drafting = draft or self._client.awaited
        if call and drafting and abs(drafted_rest_beats - self._lead_rest_beats) < 1e-6:
            for drawn in draft:
                self._add(drawn, now_s)
            self.flush(now_s)
        else:
            self._ask_more(now_s)
        return True

    def _make_answer(self, now_s: float, channel: int) -> Answer:
        """Return a new answer, on the clock's grid if one runs, else now in the player's tempo."""
        tempo = self._tempo(now_s)
        manner = Performer(self._call.line, self._controls, channel)
        if not tempo.running:
            reading = self._call.reading
            read_freely = reading is not None and len(reading.notes) > 1 and tempo.prior_bpm is None
            steady = TempoMap(reading.bpm if reading and read_freely else tempo.map.bpm, 0.0, now_s)
            self._lead_rest_beats = 0.0
            return Answer(
                scheduler=self._scheduler, manner=manner, tempo=lambda: steady, start_beat=0.0, place=self._place
            )
        grid, bar = str(self._controls["grid"]), self._controls.number("bar")
        start = next_start(tempo.map.beat_at(now_s - self._shift_s()), grid, bar_beats(self._controls))
        self._lead_rest_beats = self._bars.lead_rest_at(self.transcript, start, bar) if bar else 0.0
        return Answer(
            scheduler=self._scheduler,
            manner=manner,
            tempo=lambda: self._tempo(self._now_s).map,
            start_beat=start,
            place=self._place,
            shift_s=self._shift_s,
        )

    def _shift_s(self) -> float:
        return self._controls.number("offset") / 1000

    def _place(self, beat: float) -> float:
        return place(beat, self._controls.number("quantise"), self._controls.number("swing"))

    # While the answer sounds

    def proceed(self, now_s: float) -> bool:
        """Ask for more notes when they run short; return True when the answer has just ended."""
        if self._answer is None:
            return False
        if self._answer.complete:
            if not self._scheduler.idle:
                return False
            self.end(now_s)
            return True
        if not self._answer.notes and now_s - self._passed_s > PENDING_S:
            self._announce.error(f"no answer within {PENDING_S:g} s; play again")
            self.end(now_s)
            return True
        self._answer.follow_jumps()
        if not self._client.awaited and self._answer.end_s() - now_s < AHEAD_S:
            self._ask_more(now_s)
        return False

    def barge_in(self, now_s: float) -> None:
        """Do what the control says when the player comes back in."""
        if self._answer is None:
            return
        mode = "overlap" if self._controls["turn"] == "free" else self._controls["barge_in"]
        if mode == "yield":
            self.end(now_s)
        elif mode == "finish" and not self._answer.complete:
            self._answer.finish_phrase(FINISH_BEATS)

    def end(self, now_s: float, *, keep_draft: bool = False) -> None:
        """Silence the answer; what was heard of it becomes part of the transcript."""
        self._emit(self._scheduler.cancel(now_s), now_s)
        if not keep_draft:
            self._draft = []
        if self._answer is None:
            return
        self.transcript += self._answer.heard
        kept = trimmed(self.transcript)
        self._bars.dropped(self.transcript[: len(self.transcript) - len(kept)])
        self.transcript = kept
        self._answer = None
        self._draft = []

    def redraw(self, now_s: float) -> None:
        """Draw again, with the controls as they are now, whatever has not sounded yet."""
        if self._answer is not None:
            if self._answer.redrawable:
                self._answer.forget_unsent()
                self._ask_more(now_s)
        elif self._call.started and not self._call.held:
            self.hear(now_s)

    def forget(self) -> None:
        """Forget all that was heard."""
        self.transcript.clear()
        self._bars.forget()

    def flush(self, now_s: float) -> None:
        """Send what is due."""
        self._now_s = now_s
        self._emit(self._scheduler.due(now_s), now_s)

    def _add(self, drawn: Drawn, now_s: float) -> None:
        assert self._answer is not None
        self._answer.add(drawn.note, drawn.last, drawn.phrase_end, now_s, self._tempo(now_s).running)

    def _emit(self, dues: Sequence[Due], now_s: float) -> None:
        for due in dues:
            self._send(due.message)
        for due in dues:  # told only when all has left: whoever looks on must not hold up a note-off
            pitch, velocity, channel = due.note.pitch, due.message[2], due.note.channel
            if due.is_on:
                self._on_sent(now_s, pitch, velocity)
                if self._answer is not None and self._answer.sent(due.note) == 0:
                    self._tell_latency(now_s)
            for observer in self._announce.observers:
                observer.on_answer_note(now_s, pitch, velocity, channel)

    def _tell_latency(self, now_s: float) -> None:
        turn_ms, off_ms = (now_s - self._passed_s) * 1000, (now_s - self._released_s) * 1000
        self._announce.tell(lambda observer: observer.on_latency(turn_ms, off_ms))

    # The engine

    def replied(self, reply: Reply, now_s: float) -> None:
        """Take in what the engine says."""
        outcome = self._client.received(reply, now_s)
        if outcome.text:
            self._announce.tell(lambda observer: observer.on_engine(outcome.text, self._client.ready))
        if outcome.ready is not None:
            self._learn_styles(outcome.ready.styles)
        if outcome.phrase_end is not None and self._answer is None:
            self.phrase_end = probability = outcome.phrase_end
            self._announce.tell(lambda observer: observer.on_phrase_end(probability))
        if outcome.drawn is not None and self._answer is None:
            self._draft.append(outcome.drawn)
        elif outcome.drawn is not None:
            self._add(outcome.drawn, now_s)
            self.flush(now_s)
        if outcome.ask_again:
            self.redraw(now_s)
        if outcome.lost:
            self.engine_lost(now_s, outcome.lost)

    def _learn_styles(self, styles: Sequence[str]) -> None:
        try:
            self._controls.with_choices("style", ("any", *styles))
        except UserError as error:
            self._announce.error(str(error))

    def engine_lost(self, now_s: float, why: str) -> None:
        """Release what sounds, say so, have the engine started again."""
        self.end(now_s)
        text = f"engine lost ({why}); {self._client.lost(now_s)}"
        self._announce.error(text)
        self._announce.tell(lambda observer: observer.on_engine(text, False))

    def watch_engine(self, now_s: float) -> None:
        """Start a lost engine again when its pause is over; notice one that owes a note and is stuck."""
        stuck = self._client.tick(now_s)
        if stuck:
            self.engine_lost(now_s, stuck)

    def _goal(self, call: Sequence[Note], *, drawn_notes: int) -> Goal:
        return goal(self._controls, call, drawn_notes=drawn_notes, lead_rest_beats=self._lead_rest_beats)

    def _ask_more(self, now_s: float) -> None:
        answer = self._answer
        assert answer is not None
        wish = self._goal(self._last_call, drawn_notes=len(answer.notes))
        self._ask(now_s, [*self.transcript, *answer.notes], MORE_NOTES, wish, self._turn)

    def _ask(self, now_s: float, wanted: Sequence[Note], count: int, wish: Goal, turn: int) -> None:
        self._client.ask(
            now_s,
            wanted,
            count=count,
            goal=wish,
            sampling=sampling(self._controls, self._call.key, self._call.notes or self._last_call),
            seed=(self._seed + 1_000_003 * turn) % 2**31,
            metre=self._bars.metre(self._controls.number("bar")),
        )
