"""The session: events in, messages out; no ports, no processes, no sleeping.

`handle` takes what happened, `tick` lets time pass and says when it wants to be called again. What is played, and
whose turn it is, is the `Duet`'s; here are the wires to it: echoes, controllers, the DAW's clock, actions, and who
looks on.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence

from bridge.bindings import Bindings
from bridge.cc_feedback import CcFeedback
from bridge.config import OFF, Config
from bridge.control_moves import ControlMoves
from bridge.controls import Controls
from bridge.duet import Duet
from bridge.engine.change import ModelChange
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
    Notice,
    PortsChanged,
    PresetRecalled,
    PresetSaved,
    ProgramChange,
    Pulse,
    SetControl,
    SetControls,
    SongPosition,
    Transport,
)
from bridge.hearing.call import Phrase
from bridge.knobs import Knobs
from bridge.learn import Learn
from bridge.model_actions import NAMES as MODEL_ACTIONS
from bridge.model_actions import ModelActions
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.outlook import Outlook
from bridge.ports.echo import EchoGuard
from bridge.ports.output import ALL_NOTES_OFF, ALL_SOUND_OFF, Output, Send
from bridge.presets.desk import Presets
from bridge.presets.file import kept_values, whole_state
from bridge.take_actions import NAMES as TAKE_ACTIONS
from bridge.take_actions import TakeActions
from bridge.time.calibration import Calibration, LoopNote
from bridge.time.scheduler import NOTE_OFF, NOTE_ON, Due
from bridge.time.tempo_choice import LinkSource, Tempo, TempoChoice
from bridge.time.tempo_map import TempoMap
from engine.errors import UserError
from engine.messages import Ready
from engine.notes import Note

CC_CLEAR_S = 0.003
"""Values go back to knobs only where no note is due so soon: on some systems a send takes a millisecond."""
TICK_S = 0.01
"""While a call or an answer goes on, held keys, the wait and the engine are looked at this often."""
LOOK_EVERY_S, LOOK_S = 0.1, 0.002
"""So often it is looked ahead, for those who draw that, and no look takes longer."""
SUSTAIN_CC, RESET_CC = 64, 121
SILENCE_CCS = (ALL_SOUND_OFF, ALL_NOTES_OFF)


class Session:
    """Listen, and let the partner answer. send: sends one MIDI message now."""

    def __init__(
        self,
        config: Config,
        controls: Controls,
        send: Send,
        engine: Engine,
        announce: Announcer,
        presets: Presets,
        link: LinkSource | None = None,
        models: ModelChange | None = None,
        send_cc: Callable[[Sequence[int]], None] | None = None,
    ) -> None:
        """models: which can be changed to while it plays; None: the one that plays stays.

        send_cc: sends one message to the player's controller, where it has a port of its own.
        """
        self.config, self.controls = config, controls
        self._output = Output(send)
        self._announce, self._presets = announce, presets
        self._moves = ControlMoves(controls, self._announce)
        self._echo = EchoGuard()
        self._tempo_choice = TempoChoice(link)
        self._take_tempo(0.0)
        bindings = Bindings(config.bindings)
        reserved = {config.footswitch_cc: "the footswitch", SUSTAIN_CC: "the sustain pedal", RESET_CC: "no knob"}
        self._learn = Learn(bindings, announce, reserved, presets.keep_controller)
        self._knobs = Knobs(controls, announce, bindings, config.takeover, chosen=config.controls)
        announce.observers.append(self._knobs)
        told = Bindings() if config.cc_feedback == OFF else bindings
        self._send_cc = send_cc or self._output.send
        self._cc_feedback = CcFeedback(controls, told, max(0, config.channel - 1))
        announce.observers.append(self._cc_feedback)
        seed = config.seed if config.seed is not None else random.SystemRandom().randrange(2**31)
        self._duet = Duet(engine, self._announce, seed)
        self._takes = TakeActions(self._duet, self._announce)
        self._models = ModelActions(models, self._duet, self._moves, self._announce)
        self._told_phrase = Phrase()
        self._told_beat: int | None = None
        self._told_outlook, self._looked_s = Outlook(), -math.inf
        self._calibration: Calibration | None = None
        self._was_ready = False
        self._now_s = 0.0

    @property
    def state(self) -> str:
        """Return "looping", "answering", "listening", "loading" or "idle"."""
        if self._duet.encore.looping:
            return "looping"
        if self._duet.answering:
            return "answering"
        if self._duet.listening:
            return "listening"
        return "idle" if self._duet.ready else "loading"

    @property
    def busy(self) -> bool:
        """Say whether something is played, awaited or about to sound, so that time must be watched closely."""
        return self._duet.busy or self._calibration is not None

    @property
    def sounds_s(self) -> float | None:
        """Return when the next message is to leave, or None."""
        return self._duet.sounds_s

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, without the call or the answer in progress."""
        return self._duet.transcript

    def start(self, now_s: float) -> None:
        """Silence what an earlier run may have left hanging, and tell the controls' first values."""
        self._output.now_s = now_s
        self._output.silence()
        self._moves.tell("*", "start")
        if self.config.preset:
            self._tell_preset(self.config.preset)
        self._models.tell()
        self._tell_tempo(now_s)
        self._announce.state(self.state)

    def close(self) -> None:
        """Release every note; the last thing that is sent."""
        self._silence(self._now_s)

    def handle(self, event: Event) -> None:
        """Take in what happened. Raises nothing for what comes from outside: it is refused and reported."""
        self._output.now_s = event.time_s
        match event:
            case ControlChange(number=number) if number in SILENCE_CCS:
                self._asked_for_silence(event)
            case NoteOn() | NoteOff() | ControlChange():
                if self.config.channel in (0, event.channel + 1):
                    self._played(event)
            case ProgramChange():
                if self.config.channel in (0, event.channel + 1):
                    self._presets.recall(event.program + 1)
            case Pulse() | Transport() | SongPosition():
                self._clocked(event)
            case SetControl():
                self._move(event)
            case SetControls(moves=moves):
                self._move(*moves)
            case AskControl():
                self._moves.ask(event.name, event.time_s)
            case Action():
                self._act(event)
            case PresetRecalled():
                self._recalled(event)
            case PresetSaved(name=name, number=number, folder=folder):
                self._announce.log(f"saved as preset {_numbered(name, number)} in {folder}")
                self._announce.tell(lambda observer: observer.on_preset_saved(name))
            case EngineReply():
                self._replied(event)
            case EngineDied():
                if self._models.is_playing(event):
                    self._send(self._duet.engine_lost(event.time_s, event.text))
                else:
                    self._models.replied(event)
            case PortsChanged():
                self._ports_changed(event)
            case Complaint():
                self._announce.error(event.text)
            case Notice():
                self._announce.log(event.text)
        self._takes.tell_news()
        self._announce.state(self.state)

    def tick(self, now_s: float) -> float | None:
        """Let time pass: send what is due, pass the turn, ask for more; return when to be called again."""
        self._now_s = self._output.now_s = now_s
        self._send(self._duet.due(now_s))
        settings = self._moves.settings
        lost = self._tempo_choice.tick(now_s, settings.tempo_from, settings.bpm)
        if lost:
            self._announce.log(lost)
        self._take_tempo(now_s)
        if self._calibration is not None:
            self._calibrate(now_s, self._calibration)
        self._moved(self._moves.due(now_s), now_s)
        dues, next_s = self._duet.tick(self._moment(now_s))
        self._send(dues)
        self._models.tick(self._moment(now_s))
        self._tell_reading(now_s)
        self._tell_beat(now_s)
        self._tell_outlook(now_s)
        self._takes.tell_news()
        self._announce.state(self.state)
        times_s = [next_s, self._moves.next_s(), self._models.gives_up_s(), now_s + TICK_S if self.busy else None]
        times_s.append(self._tell_knobs(now_s))
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    # What is played

    def _played(self, event: NoteOn | NoteOff | ControlChange) -> None:
        if isinstance(event, ControlChange):
            self._controller(event)
        elif isinstance(event, NoteOn):
            self._note_on(event)
        elif not self._echo.take_off(event.time_s, event.pitch, event.channel):
            self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, 0))
            self._duet.feed(event)

    def _note_on(self, event: NoteOn) -> None:
        if self._calibration is not None and self._calibration.hear(event):
            return
        if self._echo.take_on(event.time_s, event.pitch, event.velocity, event.channel):
            if self._echo.take_news():
                self._announce.log(
                    f"{self.config.output_name} comes back into {self.config.port}; its notes are not taken for "
                    "playing. In the DAW, give that track your keyboard as its input, not all inputs."
                )
            return
        self._send(self._duet.note_on(event, self._moment(event.time_s)))
        self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, event.velocity))

    def _controller(self, event: ControlChange) -> None:
        if event.number in (self.config.footswitch_cc, SUSTAIN_CC, RESET_CC):
            self._learn.take(event)  # says that this one cannot be had
        if event.number == self.config.footswitch_cc:
            if event.value >= 64:
                self._pass_turn(event.time_s)
        elif event.number in (SUSTAIN_CC, RESET_CC):
            self._duet.feed(event)
            pedal = event.value if event.number == SUSTAIN_CC else 0
            self._announce.tell(lambda observer: observer.on_player_pedal(event.time_s, pedal))
        elif not self._cc_feedback.take_echo(event):
            self._turned(event)

    def _turned(self, event: ControlChange) -> None:
        """Take in a knob or a switch: it is learned, or does what it is bound to."""
        name = self._learn.take(event)
        if name is not None:
            self._knobs.bound(name)
            return
        match self._knobs.turn(event):
            case SetControl() as move:
                self._move(move)
            case Action() as action:
                self._act(action)

    def _asked_for_silence(self, event: ControlChange) -> None:
        """Silence what sounds, whatever channel asks; what was played stays: a DAW asks at every loop point.

        Our own silence coming back is no request.
        """
        if not self._output.take_echo(event):
            self._end_calibration()
            self._send(self._duet.hush(event.time_s))
            self._send(self._duet.hush_encore(self._moment(event.time_s)))
            if not self._output.just_silenced:
                self._output.silence()

    def _pass_turn(self, now_s: float) -> None:
        self._send(self._duet.pass_turn(self._moment(now_s)))
        self._tell_reading(now_s)

    # The surroundings

    def _clocked(self, event: Pulse | Transport | SongPosition) -> None:
        self._tempo_choice.feed(event)
        self._take_tempo(event.time_s)
        if isinstance(event, Transport) and event.command == "stop":
            self._stop(event.time_s)
        elif isinstance(event, Transport) and event.command == "start":
            self._send(self._duet.end_answer(event.time_s))
        elif isinstance(event, Pulse):
            self._tell_tempo(event.time_s)

    def _ports_changed(self, event: PortsChanged) -> None:
        if event.up:
            self._output.silence()
            self._cc_feedback.show_all()
        else:
            self._stop(event.time_s)
            self._duet.release()
        self._announce.log(event.text)

    def _replied(self, event: EngineReply) -> None:
        if not self._models.is_playing(event):
            self._models.replied(event)
            return
        if isinstance(event.reply, Ready):
            if not self._was_ready:
                self._was_ready = True
                self._output.silence()
            self._models.offer_styles(event.reply)
        self._send(self._duet.replied(event.reply, self._moment(event.time_s)))

    def _act(self, event: Action) -> None:
        now_s = event.time_s
        match event.name:
            case "answer":
                self._pass_turn(now_s)
            case "panic":
                self._silence(now_s)
                self._duet.release()
                self._announce.log("panic: everything silenced")
            case "stop":
                self._stop(now_s)
            case "tap":
                self._tempo_choice.tap(now_s)
                self._take_tempo(now_s)
                self._tell_tempo(now_s)
            case "calibrate":
                self._stop(now_s)
                self._calibration = Calibration(now_s)
                self._announce.log("calibrating: nine quiet notes go out and should come back in")
            case "forget":
                self._stop(now_s)
                self._duet.forget()
                self._tempo_choice.forget()
                self._take_tempo(now_s)
                self._announce.log("forgot what was played; the next phrase starts afresh")
            case "save":
                if self.config.record == OFF:
                    self._announce.error("nothing is recorded; start without --record off to have a file")
                self._announce.tell(lambda observer: observer.on_save())
            case "more":
                self._more(now_s)
            case name if name in TAKE_ACTIONS:
                self._send(self._takes.act(name, event.arguments, self._moment(now_s)))
            case "learn":
                self._learn.ask(event.arguments)
            case "preset":
                self._recall(event.arguments)
            case "preset/save":
                self._save(event.arguments)
            case name if name in MODEL_ACTIONS:
                self._models.act(event)
            case _:
                self._announce.error(f"unknown action '{event.name}'")

    def _stop(self, now_s: float) -> None:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._end_calibration()
        self._send(self._duet.stop(now_s))

    def _silence(self, now_s: float) -> None:
        self._stop(now_s)
        self._output.silence()

    # Controls

    def _move(self, *moves: SetControl) -> None:
        self._moved(self._moves.offer(*moves), max(move.time_s for move in moves))

    def _moved(self, names: Iterable[str], now_s: float) -> None:
        """What shapes the notes acts on every note that has not begun."""
        moved = list(names)
        if moved:
            self._take_tempo(now_s)
        if any(self.controls.find(name).live for name in moved):
            self._duet.redraw(self._moment(now_s))

    def _more(self, now_s: float) -> None:
        """Move closeness towards that of the take in hand."""
        try:
            closeness = self._takes.closeness(self.controls.number("closeness"))
        except UserError as error:
            self._announce.error(str(error))
        else:
            self._move(SetControl(now_s, "closeness", closeness, "take"))

    # Presets

    def _recall(self, arguments: Sequence[object]) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], str | int | float):
            self._presets.recall(arguments[0])
        else:
            self._announce.error("preset: it takes one name or number, as /melody/preset echo")

    def _save(self, arguments: Sequence[object]) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], str):
            self._presets.save(arguments[0], kept_values(self.controls.values(), self.controls.table.values()))
        else:
            self._announce.error("preset/save: it takes one name, as /melody/preset/save evening")

    def _recalled(self, event: PresetRecalled) -> None:
        """Let all of a preset hold as one; what sounds goes on, what has not begun is drawn again."""
        state, held = whole_state(event.values, self.controls.table.values()), self.controls.values()
        now_s = event.time_s
        moves = [SetControl(now_s, name, value, "preset") for name, value in state.items() if value != held[name]]
        moves = self._models.recalled(event.checkpoint, moves, now_s)
        if moves:
            self._move(*moves)
        stays = f" ({', '.join(event.fixed)} in it can be set at the start only)" if event.fixed else ""
        self._announce.log(f"preset {_numbered(event.name, event.number)}: {event.about}{stays}")
        self._tell_preset(event.name)

    def _tell_preset(self, name: str) -> None:
        self._announce.tell(lambda observer: observer.on_preset(name))

    # Calibration

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
        offset_ms = round(trip.offset_ms(self._tempo.source), 1)
        self._move(SetControl(now_s, "offset", offset_ms, "calibration"))

    def _end_calibration(self) -> None:
        if self._calibration is not None:
            self._send_loop_notes(self._calibration.cancel())
            self._calibration = None

    def _send_loop_notes(self, notes: Sequence[LoopNote]) -> None:
        for note in notes:
            status = (NOTE_ON if note.velocity else NOTE_OFF) | max(0, self.config.channel - 1)
            self._output.send((status, note.pitch, note.velocity))

    # What goes out, and who is told

    def _send(self, dues: Sequence[Due]) -> None:
        """Send what is due; tell of it only when all has left: whoever looks on must not hold up a note-off."""
        if not dues:
            return
        now_s = self._output.now_s
        for due in dues:
            self._output.send(due.message, due.due_s)
        for due in dues:
            self._echo.sent(now_s, due.message)
            self._tell_note(due, now_s)
        since = self._duet.sent(now_s)
        if since is not None:
            turn_s, off_s = since
            off_ms = None if off_s is None else off_s * 1000
            self._announce.tell(lambda observer: observer.on_latency(turn_s * 1000, off_ms))

    def _tell_note(self, due: Due, now_s: float) -> None:
        pitch, velocity, channel = due.note.pitch, due.message[2], due.note.channel
        self._announce.tell(lambda observer: observer.on_message(due.message, due.due_s))
        self._announce.tell(lambda observer: observer.on_answer_note(now_s, pitch, velocity, channel))

    def _tell_reading(self, now_s: float) -> None:
        """Tell how the call was last read, and let the tempo of the playing be known."""
        phrase = self._duet.phrase
        if phrase.reading is None or phrase.reading is self._told_phrase.reading:
            return
        self._told_phrase = phrase
        if not self._tempo.running:
            reading = phrase.reading
            if len(reading.notes) >= 2:
                begun = TempoMap(reading.bpm, reading.beats[0], phrase.line[0].onset_s)
                self._tempo_choice.played(begun, reading.confidence, now_s)
                self._take_tempo(now_s)
        self._tell_tempo(now_s)
        key = phrase.key
        if key is not None:
            self._announce.key(key.name, key.confidence)

    def _tell_knobs(self, now_s: float) -> float | None:
        """Send values back to the player's controller and return when more may go; with a note near, neither."""
        sounds_s = self.sounds_s
        if sounds_s is not None and sounds_s - now_s <= CC_CLEAR_S:
            return None
        for message in self._cc_feedback.due(now_s):
            self._send_cc(message)
        return self._cc_feedback.next_s()

    def _tell_beat(self, now_s: float) -> None:
        """Tell a beat of a running clock, once."""
        tempo, bar_beats = self._tempo.map, self._moves.settings.bar_beats
        beat = math.floor(tempo.beat_at(now_s)) if self._tempo.running else None
        if beat is not None and beat != self._told_beat:
            at_s = tempo.time_at(beat)
            self._announce.tell(lambda observer: observer.on_beat(at_s, beat, tempo.bpm, bar_beats))
        self._told_beat = beat

    def _tell_outlook(self, now_s: float) -> None:
        """Tell what is seen ahead, if that is another and anybody looks; not just before a message is due."""
        due_s = self.sounds_s
        if now_s < self._looked_s + LOOK_EVERY_S or (due_s is not None and due_s - now_s < LOOK_S):
            return
        if not self._announce.heeds("on_outlook"):
            return
        self._looked_s = now_s
        outlook = self._duet.outlook(self._moment(now_s))
        if not outlook.agrees(self._told_outlook, now_s):
            self._told_outlook = outlook
            self._announce.tell(lambda observer: observer.on_outlook(outlook))

    def _moment(self, now_s: float) -> Moment:
        return Moment(now_s, self._tempo, self._moves.settings)

    def _take_tempo(self, now_s: float) -> None:
        """Ask whose tempo holds: once a tick, and when something may have changed it."""
        settings = self._moves.settings
        self._tempo: Tempo = self._tempo_choice.current(now_s, settings.tempo_from, settings.bpm)

    def _tell_tempo(self, now_s: float) -> None:
        tempo = self._tempo
        self._announce.tempo(tempo.map.bpm, tempo.source, tempo.confidence, now_s)


def _numbered(name: str, number: int | None) -> str:
    return name if number is None else f"{number} {name}"
