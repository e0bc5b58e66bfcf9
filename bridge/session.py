"""The session: events in, messages out; no ports, no processes, no sleeping.

`handle` takes what happened, `tick` lets time pass and says when it wants to be called again. What the player
plays becomes the `Call`; the rules of hearing/turns.py say when its turn passes to the `Partner`, who answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from bridge.answering.partner import Partner
from bridge.answering.requests import LIVE, bar_beats, waiting
from bridge.config import Config
from bridge.control_moves import Desk
from bridge.controls import Controls, cc_map
from bridge.engine.talk import Engine
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
from bridge.hearing.call import Call
from bridge.hearing.turns import passes_at_s
from bridge.observers import Announcer, Observer
from bridge.ports.echo import EchoGuard
from bridge.ports.output import Output
from bridge.time.calibration import Calibration, LoopNote
from bridge.time.scheduler import NOTE_OFF, NOTE_ON
from bridge.time.tempo_choice import LinkSource, Tempo, TempoSource
from engine.messages import Ready
from engine.notes import Note

TICK_S = 0.01
"""While a call or an answer goes on, held keys, the wait and the engine are looked at this often."""
EARLY_BEATS = 0.25
"""A first note this little before a bar line belongs to the bar that it leads into."""
MOVE_EVERY_S = 0.02
"""A MIDI controller moves its control at most this often: a flood must not starve the answer."""
SUSTAIN_CC, RESET_CC = 64, 121
PANIC_CCS = (120, 123)


class Session:
    """Listen, and let the partner answer. send: sends one MIDI message now."""

    def __init__(
        self,
        config: Config,
        controls: Controls,
        send: Callable[[Sequence[int]], None],
        engine: Engine,
        observers: Sequence[Observer],
        link: LinkSource | None = None,
    ) -> None:
        self.config, self.controls = config, controls
        self._output = Output(send)
        self._announce = Announcer(observers)
        self._desk = Desk(controls, self._announce)
        self._echo = EchoGuard()
        self._tempo_source = TempoSource(link)
        self._cc = cc_map()
        self._call = Call()
        self._calibration: Calibration | None = None
        self._stopped = True
        self._unread = False
        self._was_ready = False
        self._moves: dict[str, SetControl] = {}
        self._now_s, self._moved_s = 0.0, -MOVE_EVERY_S
        self._player_channel = 0
        self._partner = Partner(
            controls,
            self._call,
            engine,
            self._announce,
            send=self._output.send,
            tempo=self._tempo,
            on_sent=self._echo.sent,
            seed=config.seed if config.seed is not None else random.SystemRandom().randrange(2**31),
        )

    @property
    def state(self) -> str:
        """Return "answering", "listening", "loading" or "idle"."""
        if self._partner.answering:
            return "answering"
        if self._call.started:
            return "listening"
        return "idle" if self._partner.ready else "loading"

    @property
    def busy(self) -> bool:
        """Say whether something is played, awaited or about to sound, so that time must be watched closely."""
        return self._call.started or self._partner.busy or self._calibration is not None

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, without the call or the answer in progress."""
        return tuple(self._partner.transcript)

    def start(self, now_s: float) -> None:
        """Silence what an earlier run may have left hanging, and tell the controls' first values."""
        self._output.now_s = now_s
        self._output.silence()
        self._desk.tell("*", "start")
        self._tell_tempo(now_s)
        self._announce.state(self.state)

    def close(self) -> None:
        """Release every note; the last thing that is sent."""
        self._silence(self._now_s)

    def handle(self, event: Event) -> None:
        """Take in what happened. Raises nothing for what comes from outside: it is refused and reported."""
        self._output.now_s = event.time_s
        match event:
            case ControlChange(number=number) if number in PANIC_CCS:
                self._panic_controller(event)
            case NoteOn() | NoteOff() | ControlChange():
                if self.config.channel in (0, event.channel + 1):
                    self._played(event)
            case Pulse() | Transport() | SongPosition():
                self._clocked(event)
            case SetControl():
                self._set_control(event)
            case AskControl():
                self._desk.tell(event.name, "ask")
            case Action():
                self._act(event)
            case EngineReply():
                self._replied(event)
            case EngineDied():
                self._partner.engine_lost(event.time_s, event.text)
            case PortsChanged():
                self._ports_changed(event)
            case Complaint():
                self._announce.error(event.text)
        self._announce.state(self.state)

    def tick(self, now_s: float) -> float | None:
        """Let time pass: send what is due, pass the turn, ask for more; return when to be called again."""
        self._now_s = self._output.now_s = now_s
        self._partner.flush(now_s)
        lost = self._tempo_source.check(now_s)
        if lost:
            self._announce.log(lost)
        self._partner.watch_engine(now_s)
        if self._calibration is not None:
            self._calibrate(now_s, self._calibration)
        self._move_controllers(now_s)
        self._read_news(now_s)
        if self._call.started:
            held = self._call.held
            self._call.check(now_s, self.controls.number("hold_max"))
            if held and not self._call.held:
                self._listen(now_s)
            passes_s = None if self._partner.answering else self._passes_s(now_s)
            if passes_s is not None and passes_s <= now_s:
                self._pass_turn(now_s)
        elif self._plays_on:
            self._pass_turn(now_s)
        if self._partner.proceed(now_s):
            self._listen(now_s)
        self._partner.flush(now_s)
        self._announce.state(self.state)
        return self._next_tick_s(now_s)

    # The player

    def _played(self, event: NoteOn | NoteOff | ControlChange) -> None:
        if isinstance(event, ControlChange):
            self._controller(event)
        elif isinstance(event, NoteOn):
            self._note_on(event)
        elif not self._echo.is_echo_off(event.time_s, event.pitch, event.channel):
            self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, 0))
            self._call.feed(event)
            self._unread = True

    def _note_on(self, event: NoteOn) -> None:
        if self._calibration is not None and self._calibration.hear(event):
            return
        if self._echo.is_echo_on(event.time_s, event.pitch, event.velocity, event.channel):
            if self._echo.should_tell():
                self._announce.log(
                    f"{self.config.output_name} comes back into {self.config.port}; its notes are not taken for "
                    "playing. In the DAW, give that track your keyboard as its input, not all inputs."
                )
            return
        self._partner.barge_in(event.time_s)
        self._stopped = False
        self._player_channel = event.channel
        self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, event.velocity))
        self._call.feed(event)
        self._unread = True

    def _controller(self, event: ControlChange) -> None:
        if self._output.is_echo(event):
            return
        if event.number == self.config.footswitch_cc:
            if event.value >= 64:
                self._pass_turn(event.time_s)
        elif event.number in (SUSTAIN_CC, RESET_CC):
            self._call.feed(event)
            self._unread = True
        elif event.number in self._cc:
            name = self._cc[event.number]
            self._moves[name] = SetControl(event.time_s, name, event.value / 127, "cc", normalised=True)

    def _panic_controller(self, event: ControlChange) -> None:
        """Panic, whatever channel it comes on; our own silence coming back is none."""
        if not self._output.is_echo(event):
            self._panic(event.time_s)

    def _move_controllers(self, now_s: float) -> None:
        """Apply the latest value of each controller that moved, at most fifty times a second."""
        if self._moves and now_s - self._moved_s >= MOVE_EVERY_S:
            self._moved_s, moves, self._moves = now_s, self._moves, {}
            for move in moves.values():
                self._set_control(move)

    def _read_news(self, now_s: float) -> None:
        """Read what was played since the last tick: once, however many notes came at a time."""
        if self._unread:
            self._unread = False
            self._listen(now_s)

    def _listen(self, now_s: float) -> None:
        """Read the call anew and let the engine hear it, unless an answer has the engine's ear."""
        if self._partner.answering or not self._call.started:
            return
        self._call.check(now_s, self.controls.number("hold_max"))
        self._read_call(now_s)
        self._partner.hear(now_s)

    def _read_call(self, now_s: float, *, ending: bool = False) -> None:
        """Read the call into beats; ending: a note still held counts as ending now."""
        tempo = self._tempo(now_s)
        self._call.read(tempo.beats, tempo.prior_bpm, until_s=now_s if ending else None)
        reading = self._call.reading
        if reading is None:
            return
        self._partner.place_call(now_s)
        if not tempo.running:
            self._tempo_source.player(reading, self._call.line[0].onset_s)
        self._tell_tempo(now_s)
        if self._call.key is not None:
            self._announce.key(self._call.key.name, self._call.key.confidence)

    def _passes_s(self, now_s: float) -> float | None:
        bar_end_s = None
        if self.controls["turn"] == "bars":
            tempo, bar = self._tempo(now_s), bar_beats(self.controls)
            first = (tempo.beats or tempo.map).beat_at(self._call.line[0].onset_s)
            start = (first + EARLY_BEATS) // bar * bar if tempo.running else first
            bar_end_s = tempo.map.time_at(start + self.controls.number("turn_bars") * bar)
        return passes_at_s(self._call.heard(self._partner.phrase_end), waiting(self.controls), bar_end_s)

    def _pass_turn(self, now_s: float) -> None:
        self._read_news(now_s)
        if self._call.started and (self._call.held or self._partner.answering):
            self._partner.end(now_s)
            self._read_call(now_s, ending=True)
            self._partner.hear(now_s)
        self._stopped = False
        if not self._partner.begin(now_s, self._player_channel):
            self._announce.log("nothing to answer yet: play something first")
        self._call.clear()

    @property
    def _plays_on(self) -> bool:
        """Say whether another answer is to follow with nothing new played."""
        if self.controls["turn"] != "free" or self._stopped or self._partner.answering:
            return False
        return self._partner.ready and bool(self._partner.transcript)

    def _stop(self, now_s: float) -> None:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._stopped = True
        if self._calibration is not None:
            self._send_loop_notes(self._calibration.cancel())
            self._calibration = None
        self._partner.end(now_s)
        self._call.clear()

    def _panic(self, now_s: float) -> None:
        self._silence(now_s)
        self._call.release()
        self._announce.log("panic: everything silenced")

    def _silence(self, now_s: float) -> None:
        self._stop(now_s)
        self._output.silence()

    # The surroundings

    def _clocked(self, event: Pulse | Transport | SongPosition) -> None:
        self._tempo_source.feed(event)
        if isinstance(event, Transport) and event.command == "stop":
            self._stop(event.time_s)
        elif isinstance(event, Transport) and event.command == "start":
            self._partner.end(event.time_s)
        elif isinstance(event, Pulse):
            self._tell_tempo(event.time_s)

    def _ports_changed(self, event: PortsChanged) -> None:
        if event.up:
            self._output.silence()
        else:
            self._stop(event.time_s)
            self._call.release()
        self._announce.log(event.text)

    def _replied(self, event: EngineReply) -> None:
        if isinstance(event.reply, Ready) and not self._was_ready:
            self._was_ready = True
            self._output.silence()
        self._partner.replied(event.reply, event.time_s)

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
            case "calibrate":
                self._stop(event.time_s)
                self._calibration = Calibration(event.time_s)
                self._announce.log("calibrating: nine quiet notes go out and should come back in")
            case "forget":
                self._stop(event.time_s)
                self._partner.forget()
                self._announce.log("forgot what was played; the next phrase starts afresh")
            case _:
                self._announce.error(f"unknown action '{event.name}'")

    def _calibrate(self, now_s: float, calibration: Calibration) -> None:
        """Send the next test notes; when it is over, set the offset or say why not."""
        self._send_loop_notes(calibration.step(now_s))
        if not calibration.over:
            return
        self._calibration = None
        trip = calibration.result
        if trip is None:
            self._announce.error(calibration.failure or "calibration failed")
            return
        self._announce.log(
            f"calibrated: {trip.heard} of {trip.sent} notes came back after {trip.median_ms:.1f} ms "
            f"(spread {trip.range_ms:.1f} ms)"
        )
        offset_ms = trip.offset_ms(self._tempo(now_s).source)
        self._set_control(SetControl(now_s, "offset", offset_ms, "calibration"))

    def _send_loop_notes(self, notes: Sequence[LoopNote]) -> None:
        for note in notes:
            status = (NOTE_ON if note.velocity else NOTE_OFF) | max(0, self.config.channel - 1)
            self._output.send((status, note.pitch, note.velocity))

    def _set_control(self, event: SetControl) -> None:
        if self._desk.move(event) and event.name in LIVE:
            self._partner.redraw(event.time_s)

    def _tempo(self, now_s: float) -> Tempo:
        return self._tempo_source.current(now_s, str(self.controls["tempo_from"]), self.controls.number("bpm"))

    def _tell_tempo(self, now_s: float) -> None:
        tempo = self._tempo(now_s)
        self._announce.tempo(tempo.map.bpm, tempo.source, tempo.confidence)

    def _next_tick_s(self, now_s: float) -> float | None:
        times = [self._partner.next_deadline_s()]
        if self._call.started:
            times.append(self._passes_s(now_s))
        if self.busy or self._moves:
            times.append(now_s + TICK_S)
        return min((time_s for time_s in times if time_s is not None), default=None)
