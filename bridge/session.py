"""The session: the only owner of state. Events in, messages out; no ports, no processes, no sleeping.

`handle` takes what happened, `tick` lets time pass and says when it wants to be called again. What the player
plays becomes a `Call`; when its turn passes (bridge/turns.py) an `Answer` begins, made of notes that the engine
drew; both, as far as they were heard, become the transcript that the engine reads.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from bridge.answer import Answer
from bridge.bars import BarCount
from bridge.call import Call
from bridge.clock import TempoMap
from bridge.config import Config
from bridge.controls import Controls, cc_map
from bridge.echo import EchoGuard
from bridge.engine_client import Engine, EngineClient
from bridge.events import (
    Action,
    AskControl,
    Complaint,
    ControlChange,
    EngineDied,
    EngineReply,
    Event,
    NoteOff,
    NoteOn,
    PortsChanged,
    Pulse,
    SetControl,
    SongPosition,
    Transport,
)
from bridge.grid import next_start, place
from bridge.observers import Announcer, Observer
from bridge.perform import Performer
from bridge.scheduler import Due, Scheduler
from bridge.settings import LIVE_DRAWING, bar_beats, goal, sampling, waiting
from bridge.tempo_source import Tempo, TempoSource
from bridge.transcript import trimmed
from bridge.turns import passes_at_s
from engine.errors import UserError
from engine.messages import Drawn, Goal
from engine.notes import Note

DRAFT_NOTES = 3
"""Notes drawn before the turn passes; enough to sound while the next ones are drawn."""
MORE_NOTES = 2
AHEAD_S = 0.5
"""More notes are asked for while less than this stands scheduled: the stall that an answer survives unheard."""
LISTEN_TICK_S = 0.01
"""While a call goes on, held keys and the wait are looked at this often."""
FINISH_BEATS = 4.0
"""In barge-in mode "finish" an answer without a phrase end in sight stops after this."""
SUSTAIN_CC, SOUND_OFF_CC, NOTES_OFF_CC = 64, 120, 123
SILENCE_CCS = (SUSTAIN_CC, SOUND_OFF_CC, NOTES_OFF_CC)


class Session:
    """Listen, decide, answer."""

    def __init__(
        self,
        config: Config,
        controls: Controls,
        send: Callable[[Sequence[int]], None],
        engine: Engine,
        observers: Sequence[Observer],
    ) -> None:
        self.config, self.controls, self._send = config, controls, send
        self._client = EngineClient(engine)
        self._announce = Announcer(observers)
        self._scheduler = Scheduler()
        self._echo = EchoGuard()
        self._tempo_source = TempoSource()
        self._bars = BarCount()
        self._cc = cc_map()
        self._transcript: list[Note] = []
        self._last_call: tuple[Note, ...] = ()
        self._call = Call()
        self._answer: Answer | None = None
        self._draft: list[Drawn] = []
        self._draft_rest_beats = 0.0
        self._phrase_end: float | None = None
        self._stopped = True
        self._turn = 0
        self._seed = config.seed if config.seed is not None else random.SystemRandom().randrange(2**31)
        self._passed_s = 0.0
        self._released_s: float | None = None
        self._player_channel = 0

    # What is known

    @property
    def state(self) -> str:
        """Return "answering", "listening", "loading" or "idle"."""
        if self._answer is not None:
            return "answering"
        if self._call.started:
            return "listening"
        return "idle" if self._client.ready else "loading"

    @property
    def busy(self) -> bool:
        """Say whether something is played, awaited or about to sound, so that time must be watched closely."""
        return self._answer is not None or self._call.started or not self._scheduler.idle

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, the call in progress not included."""
        return tuple(self._transcript)

    # What happens

    def handle(self, event: Event) -> None:
        """Take in what happened. Raises nothing for what comes from outside: it is refused and reported."""
        match event:
            case NoteOn() | NoteOff() | ControlChange():
                if self.config.channel in (0, event.channel + 1):
                    self._played(event)
            case Pulse() | Transport() | SongPosition():
                self._clocked(event)
            case SetControl():
                self._set_control(event)
            case AskControl():
                self._tell_control(event.name, "ask")
            case Action():
                self._act(event)
            case EngineReply():
                self._replied(event)
            case EngineDied():
                self._engine_lost(event.time_s, event.text)
            case PortsChanged():
                if not event.up:
                    self._stop(event.time_s)
                self._announce.log(event.text)
            case Complaint():
                self._announce.error(event.text)
        self._announce.state(self.state)

    def tick(self, now_s: float) -> float | None:
        """Let time pass: send what is due, pass the turn, ask for more; return when to be called again."""
        self._flush(now_s)
        lost = self._tempo_source.check(now_s)
        if lost:
            self._announce.log(lost)
        stuck = self._client.tick(now_s)
        if stuck:
            self._engine_lost(now_s, stuck)
        if self._call.started:
            self._call.check(now_s, self.controls.number("hold_max"))
            passes_s = self._passes_s(now_s)
            if passes_s is not None and passes_s <= now_s:
                self._pass_turn(now_s)
        if self._answer is not None:
            self._continue_answer(now_s)
        self._flush(now_s)
        self._announce.state(self.state)
        return self._next_tick_s(now_s)

    def close(self) -> None:
        """Release every note; the last thing that is sent."""
        self._panic(0.0)

    def start(self, now_s: float) -> None:
        """Silence what an earlier run may have left hanging, and tell the controls' first values."""
        self._send_silence()
        for name in self.controls.values():
            self._tell_control(name, "start")
        self._tell_tempo(now_s)
        self._announce.state(self.state)

    # The player

    def _played(self, event: NoteOn | NoteOff | ControlChange) -> None:
        if isinstance(event, ControlChange):
            self._controller(event)
        elif isinstance(event, NoteOn):
            self._note_on(event)
        elif not self._echo.is_echo_off(event.pitch, event.channel):
            self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, 0))
            self._call.feed(event)
            self._listen(event.time_s)

    def _note_on(self, event: NoteOn) -> None:
        if self._echo.is_echo_on(event.time_s, event.pitch, event.velocity, event.channel):
            if self._echo.should_tell():
                self._announce.log(
                    f"{self.config.output_name} comes back into {self.config.port}; its notes are not taken for "
                    "playing. In the DAW, give that track your keyboard as its input, not all inputs."
                )
            return
        if self._answer is not None:
            self._barge_in(event.time_s)
        self._stopped = False
        self._player_channel = event.channel
        self._announce.tell(
            lambda observer: observer.on_player_note(event.time_s, event.pitch, event.velocity)
        )
        self._call.feed(event)
        self._listen(event.time_s)

    def _controller(self, event: ControlChange) -> None:
        if event.number in (SOUND_OFF_CC, NOTES_OFF_CC):
            self._panic(event.time_s)
        elif event.number == self.config.footswitch_cc:
            if event.value >= 64:
                self._pass_turn(event.time_s)
        elif event.number == SUSTAIN_CC:
            self._call.feed(event)
            self._listen(event.time_s)
        elif event.number in self._cc:
            name = self._cc[event.number]
            self._set_control(SetControl(event.time_s, name, event.value / 127, "cc", normalised=True))

    def _listen(self, now_s: float) -> None:
        """Read the call anew and let the engine hear it; draft an answer when the player lets go."""
        if self._answer is not None or not self._call.started:
            return
        self._call.check(now_s, self.controls.number("hold_max"))
        self._phrase_end = None
        self._read_call(now_s)
        self._ask_draft(now_s)

    def _read_call(self, now_s: float) -> None:
        tempo = self._tempo(now_s)
        running = tempo.map if tempo.running else None
        self._call.read(running, tempo.map.bpm if tempo.source in ("fixed", "tap") else None)
        reading = self._call.reading
        if reading is None:
            return
        rest = self._bars.lead_rest(
            self._transcript, running, self._call.line[0].onset_s, self.controls.number("bar")
        )
        self._call.lead_rest_beats = rest
        if running is None:
            self._tempo_source.player(reading, self._call.line[0].onset_s)
        self._tell_tempo(now_s)
        if self._call.key is not None:
            self._announce.key(self._call.key.name, self._call.key.confidence)

    # The answer

    def _passes_s(self, now_s: float) -> float | None:
        tempo = self._tempo(now_s)
        heard = self._call.heard(self._phrase_end)
        bar_end_s = None
        if self.controls["turn"] == "bars":
            bar = bar_beats(self.controls)
            first = tempo.map.beat_at(self._call.line[0].onset_s)
            start = first // bar * bar if tempo.running else first
            bar_end_s = tempo.map.time_at(start + self.controls.number("turn_bars") * bar)
        return passes_at_s(heard, waiting(self.controls), bar_end_s)

    def _pass_turn(self, now_s: float) -> None:
        """Begin an answer to what was played; with nothing new played, go on from what was heard last."""
        if self._answer is not None:
            self._end_answer(now_s)
        call = self._call.notes
        if not call and not self._transcript:
            self._announce.log("nothing to answer yet: play something first")
            self._call.clear()
            return
        self._turn += 1
        self._stopped = False
        self._passed_s, self._released_s = now_s, self._call.last_off_s
        self._transcript += call
        self._last_call = call or self._last_call
        self._answer, lead_rest_beats = self._make_answer(now_s)
        wait_s = now_s - (self._released_s or now_s)
        self._announce.tell(lambda observer: observer.on_turn(self._turn, len(call), wait_s))
        self._call.clear()
        draft, self._draft = self._draft, []
        if draft and lead_rest_beats == self._draft_rest_beats:
            for drawn in draft:
                self._answer.add(drawn.note, drawn.last, drawn.phrase_end, now_s, self._on_grid(now_s))
            self._flush(now_s)
        elif not self._client.awaited or lead_rest_beats != self._draft_rest_beats:
            self._draft_rest_beats = lead_rest_beats
            self._ask_more(now_s)

    def _make_answer(self, now_s: float) -> tuple[Answer, float]:
        """Return a new answer and the rest, in beats, that stands before it in the bar."""
        tempo = self._tempo(now_s)
        call = self._call if self._call.started else None
        performer = Performer(call.line if call else (), self.controls, self._player_channel)
        if tempo.running:
            start = next_start(tempo.map.beat_at(now_s), str(self.controls["grid"]), bar_beats(self.controls))
            rest = self._bars.lead_rest_at(self._transcript, start, self.controls.number("bar"))
            answer = Answer(
                self._turn,
                scheduler=self._scheduler,
                manner=performer,
                tempo=lambda: self._tempo(now_s).map,
                start_beat=start,
                place=self._place,
                shift_s=self.controls.number("offset") / 1000,
            )
            return answer, rest
        steady = TempoMap(tempo.map.bpm, 0.0, now_s)
        answer = Answer(
            self._turn,
            scheduler=self._scheduler,
            manner=performer,
            tempo=lambda: steady,
            start_beat=0.0,
            place=self._place,
        )
        return answer, 0.0

    def _place(self, beat: float) -> float:
        return place(beat, self.controls.number("quantise"), self.controls.number("swing"))

    def _continue_answer(self, now_s: float) -> None:
        answer = self._answer
        assert answer is not None
        if not answer.complete:
            if not self._client.awaited and answer.end_s() - now_s < AHEAD_S:
                self._ask_more(now_s)
        elif self._scheduler.idle:
            self._end_answer(now_s)
            if self._call.started:
                self._listen(now_s)
            elif self.controls["turn"] == "free" and not self._stopped:
                self._pass_turn(now_s)

    def _barge_in(self, now_s: float) -> None:
        assert self._answer is not None
        if self.controls["barge_in"] == "yield" and self.controls["turn"] != "free":
            self._end_answer(now_s)
        elif self.controls["barge_in"] == "finish" and not self._answer.complete:
            self._answer.finish_phrase(FINISH_BEATS)

    def _end_answer(self, now_s: float) -> None:
        """Silence the answer; what was heard of it becomes part of the transcript."""
        self._emit(self._scheduler.cancel(now_s), now_s)
        if self._answer is None:
            return
        self._transcript += self._answer.heard
        kept = trimmed(self._transcript)
        self._bars.dropped(self._transcript[: len(self._transcript) - len(kept)])
        self._transcript = kept
        self._answer = None
        self._draft = []

    def _stop(self, now_s: float) -> None:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._stopped = True
        self._end_answer(now_s)
        self._call.clear()
        self._draft = []

    def _panic(self, now_s: float) -> None:
        self._stop(now_s)
        self._send_silence()
        self._announce.log("panic: everything silenced")
        self._announce.state(self.state)

    def _send_silence(self) -> None:
        for channel in range(16):
            for number in SILENCE_CCS:
                self._send((0xB0 | channel, number, 0))

    # The engine

    def _ask_draft(self, now_s: float) -> None:
        """Let the engine hear the call so far, and draw the first notes of an answer while nothing is held."""
        self._draft = []
        call = self._call.notes
        self._draft_rest_beats = self._coming_rest_beats(now_s, call)
        wish = goal(
            self.controls, call, drawn_beats=0.0, drawn_notes=0, lead_rest_beats=self._draft_rest_beats
        )
        count = 0 if self._call.held else DRAFT_NOTES
        self._ask(now_s, [*self._transcript, *call], count, wish, self._turn + 1)

    def _coming_rest_beats(self, now_s: float, call: Sequence[Note]) -> float:
        """Return the rest before the answer if the turn passed after the shortest wait."""
        tempo = self._tempo(now_s)
        bar = self.controls.number("bar")
        if not tempo.running or bar <= 0 or not call:
            return 0.0
        beat = tempo.map.beat_at(now_s + self.controls.number("wait_min"))
        start = next_start(beat, str(self.controls["grid"]), bar_beats(self.controls))
        return self._bars.lead_rest_at([*self._transcript, *call], start, bar)

    def _ask_more(self, now_s: float) -> None:
        answer = self._answer
        assert answer is not None
        wish = goal(
            self.controls,
            self._last_call,
            drawn_beats=answer.drawn_beats,
            drawn_notes=len(answer.notes),
            lead_rest_beats=self._draft_rest_beats,
        )
        self._ask(now_s, [*self._transcript, *answer.notes], MORE_NOTES, wish, self._turn)

    def _ask(self, now_s: float, wanted: Sequence[Note], count: int, wish: Goal, turn: int) -> None:
        self._client.ask(
            now_s,
            wanted,
            count=count,
            goal=wish,
            sampling=sampling(self.controls, self._call.key, self._call.notes or self._last_call),
            seed=(self._seed + 1_000_003 * turn) % 2**31,
            metre=self._bars.metre(self.controls.number("bar")),
        )

    def _redraw(self, now_s: float) -> None:
        """Draw again, with the controls as they are now, whatever has not sounded yet."""
        if self._answer is not None:
            self._answer.forget_unsent()
            self._ask_more(now_s)
        elif self._call.started and not self._call.held:
            self._ask_draft(now_s)

    def _replied(self, event: EngineReply) -> None:
        outcome = self._client.received(event.reply, event.time_s)
        if outcome.text:
            self._announce.tell(lambda observer: observer.on_engine(outcome.text, self._client.ready))
        if outcome.ready is not None:
            self.controls.with_choices("style", ("any", *outcome.ready.styles))
        if outcome.phrase_end is not None and self._answer is None:
            self._phrase_end = outcome.phrase_end
            self._announce.tell(lambda observer: observer.on_phrase_end(outcome.phrase_end or 0.0))
        if outcome.drawn is not None:
            drawn, now_s = outcome.drawn, event.time_s
            if self._answer is None:
                self._draft.append(drawn)
            else:
                self._answer.add(drawn.note, drawn.last, drawn.phrase_end, now_s, self._on_grid(now_s))
                self._flush(now_s)
        if outcome.ask_again:
            if self._answer is not None:
                self._redraw(event.time_s)
            else:
                self._listen(event.time_s)
        if outcome.lost:
            self._engine_lost(event.time_s, outcome.lost)

    def _engine_lost(self, now_s: float, why: str) -> None:
        """Release what sounds, say so, have the engine started again; the player is heard meanwhile."""
        self._end_answer(now_s)
        text = f"engine lost ({why}); " + self._client.lost(now_s)
        self._announce.error(text)
        self._announce.tell(lambda observer: observer.on_engine(text, False))

    # Helpers of the above

    def _clocked(self, event: Pulse | Transport | SongPosition) -> None:
        self._tempo_source.feed(event)
        if isinstance(event, Transport) and event.command == "stop":
            if self.controls["tempo_from"] in ("auto", "clock"):
                self._stop(event.time_s)
        elif isinstance(event, Pulse):
            self._tell_tempo(event.time_s)

    def _act(self, event: Action) -> None:
        match event.name:
            case "answer":
                self._pass_turn(event.time_s)
            case "panic":
                self._panic(event.time_s)
            case "stop":
                self._stop(event.time_s)
            case "tap":
                self._tempo_source.tap(event.time_s)
                self._tell_tempo(event.time_s)
            case "forget":
                self._stop(event.time_s)
                self._transcript.clear()
                self._bars.forget()
                self._announce.log("forgot what was played; the next phrase starts afresh")
            case _:
                self._announce.error(f"unknown action '{event.name}'")

    def _set_control(self, event: SetControl) -> None:
        try:
            before = self.controls[event.name]
            value = self.controls.set(event.name, event.value, normalised=event.normalised)
        except UserError as error:
            self._announce.error(str(error))
            return
        self._tell_control(event.name, event.source)
        if value != before and event.name in LIVE_DRAWING:
            self._redraw(event.time_s)

    def _tell_control(self, name: str, source: str) -> None:
        for each in self.controls.values() if name == "*" else (name,):
            try:
                value = self.controls[each]
            except UserError as error:
                self._announce.error(str(error))
                return
            self._announce.tell(lambda observer, n=each, v=value: observer.on_control(n, v, source))  # type: ignore[misc]

    def _tempo(self, now_s: float) -> Tempo:
        return self._tempo_source.current(
            now_s, str(self.controls["tempo_from"]), self.controls.number("bpm")
        )

    def _tell_tempo(self, now_s: float) -> None:
        tempo = self._tempo(now_s)
        self._announce.tempo(tempo.map.bpm, tempo.source, tempo.confidence)

    def _on_grid(self, now_s: float) -> bool:
        return self._tempo(now_s).running

    def _flush(self, now_s: float) -> None:
        self._emit(self._scheduler.due(now_s), now_s)

    def _emit(self, dues: Sequence[Due], now_s: float) -> None:
        for due in dues:
            self._send(due.message)
            if due.is_on:
                self._echo.sent(now_s, due.note.pitch, due.note.velocity)
                index = self._answer.sent(due.note) if self._answer is not None else None
                if index == 0:
                    self._tell_latency(now_s)
            pitch, velocity, channel = due.note.pitch, due.message[2], due.note.channel
            self._announce.tell(
                lambda observer, p=pitch, v=velocity, c=channel: observer.on_answer_note(now_s, p, v, c)  # type: ignore[misc]
            )

    def _tell_latency(self, now_s: float) -> None:
        since_turn_ms = (now_s - self._passed_s) * 1000
        since_off_ms = (now_s - (self._released_s or self._passed_s)) * 1000
        self._announce.tell(lambda observer: observer.on_latency(since_turn_ms, since_off_ms))

    def _next_tick_s(self, now_s: float) -> float | None:
        times = [self._scheduler.next_deadline_s()]
        if self._call.started:
            passes_s = self._passes_s(now_s)
            times.append(now_s + LISTEN_TICK_S if passes_s is None else passes_s)
        if self._answer is not None:
            times.append(now_s + LISTEN_TICK_S)
        return min((time_s for time_s in times if time_s is not None), default=None)
