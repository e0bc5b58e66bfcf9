"""The session: events in, messages out; no ports, no processes, no sleeping.

`handle` takes what happened, `tick` lets time pass and says when it wants to be called again. What is played, and
whose turn it is, is the `Duet`'s; here are the wires to it: echoes, controllers, the DAW's clock, actions, and who
looks on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from bridge.calibrating import Calibrating
from bridge.config import OFF, SUSTAIN_CC, Config
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
    ControllerChanged,
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
from bridge.hands import Hands
from bridge.model_actions import NAMES as MODEL_ACTIONS
from bridge.model_actions import ModelActions
from bridge.observers import Announcer
from bridge.outlet import Outlet
from bridge.ports.output import ALL_NOTES_OFF, ALL_SOUND_OFF, Send
from bridge.preset_actions import NAMES as PRESET_ACTIONS
from bridge.preset_actions import PresetActions
from bridge.presets.desk import Presets
from bridge.take_actions import NAMES as TAKE_ACTIONS
from bridge.take_actions import TakeActions
from bridge.time.scheduler import Due
from bridge.time.tempo_choice import LinkSource
from bridge.timekeeper import Timekeeper
from engine.errors import UserError
from engine.messages import Ready
from engine.notes import Note

TICK_S = 0.01
"""While a call or an answer goes on, held keys, the wait and the engine are looked at this often."""
SILENCE_CCS = (ALL_SOUND_OFF, ALL_NOTES_OFF)


class Session:
    """Listen, and let the partner answer. send: sends one MIDI message, told when it was due."""

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
        self._announce = announce
        looped = (
            f"{config.output_name} comes back into {config.port}; its notes are not taken for playing. "
            "In the DAW, give that track your keyboard as its input, not all inputs."
        )
        self._outlet = Outlet(send, announce, looped)
        self._moves = ControlMoves(controls, self._announce)
        self._hands = Hands(config, controls, announce, presets.keep_controller)
        self._send_cc = send_cc or self._outlet.send_one
        seed = config.seed if config.seed is not None else random.SystemRandom().randrange(2**31)
        self._duet = Duet(engine, self._announce, seed)
        self._takes = TakeActions(self._duet, self._announce)
        self._models = ModelActions(models, self._duet, self._moves, self._announce)
        self._presets = PresetActions(presets, controls, self._models, self._move, self._announce)
        self._time = Timekeeper(link, self._moves, self._duet, self._announce)
        self._calibrating = Calibrating(self._outlet.send_one, max(0, config.channel - 1), self._announce)
        self._was_ready = False
        self._now_s = 0.0

    @property
    def state(self) -> str:
        """Return "counting", "looping", "answering", "listening", "loading" or "idle"."""
        if self._time.counting:
            return "counting"
        if self._duet.encore.looping:
            return "looping"
        if self._duet.answering:
            return "answering"
        if self._duet.listening or self._time.open:
            return "listening"
        return "idle" if self._duet.ready else "loading"

    @property
    def busy(self) -> bool:
        """Say whether something is played, awaited or about to sound, so that time must be watched closely."""
        return self._duet.busy or self._calibrating.running or self._time.counting or self._time.open

    @property
    def sounds_s(self) -> float | None:
        """Return when the next message is to leave, or None."""
        times_s = (self._duet.sounds_s, self._time.sounds_s)
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    @property
    def transcript(self) -> tuple[Note, ...]:
        """Return what was heard, in order, without the call or the answer in progress."""
        return self._duet.transcript

    def start(self, now_s: float) -> None:
        """Silence what an earlier run may have left hanging, and tell the controls' first values."""
        self._outlet.now_s = now_s
        self._outlet.silence()
        self._moves.tell("*", "start")
        self._hands.tell_bound()
        if self.config.preset:
            self._presets.tell(self.config.preset)
        self._models.tell()
        self._time.tell(now_s)
        self._announce.state(self.state)

    def close(self) -> None:
        """Release every note; the last thing that is sent."""
        self._silence(self._now_s)

    def handle(self, event: Event) -> None:
        """Take in what happened. Raises nothing for what comes from outside: it is refused and reported."""
        self._outlet.now_s = event.time_s
        match event:
            case ControlChange(number=number) if number in SILENCE_CCS:
                self._asked_for_silence(event)
            case NoteOn() | NoteOff() | ControlChange():
                if self.config.channel in (0, event.channel + 1):
                    self._played(event)
            case ProgramChange():
                if self.config.channel in (0, event.channel + 1):
                    self._presets.act("preset", (event.program + 1,))
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
                self._presets.recalled(event)
            case PresetSaved():
                self._presets.saved(event)
            case EngineReply():
                self._replied(event)
            case EngineDied():
                if self._models.is_playing(event):
                    self._send(self._duet.engine_lost(event.time_s, event.text))
                else:
                    self._models.replied(event)
            case PortsChanged():
                self._ports_changed(event)
            case ControllerChanged(up=True):
                self._hands.show_all()
                self._announce.log(event.text)
            case ControllerChanged():
                self._announce.warn(event.text)
            case Complaint():
                self._announce.error(event.text)
            case Notice():
                self._announce.log(event.text)
        self._takes.tell_news()
        self._announce.state(self.state)

    def tick(self, now_s: float) -> float | None:
        """Let time pass: send what is due, pass the turn, ask for more; return when to be called again."""
        self._now_s = self._outlet.now_s = now_s
        self._send(self._duet.due(now_s))
        self._outlet.send(self._time.tick(now_s), quietly=True)
        self._calibrate(now_s)
        self._moved(self._moves.due(now_s), now_s)
        dues, next_s = self._duet.tick(self._time.moment(now_s))
        self._send(dues)
        self._models.tick(self._time.moment(now_s))
        self._time.tell_reading(now_s)
        self._time.tell_ahead(now_s, self.sounds_s)
        self._takes.tell_news()
        self._announce.state(self.state)
        times_s = [next_s, self._time.sounds_s, self._moves.next_s(), self._models.gives_up_s()]
        times_s.append(now_s + TICK_S if self.busy else None)
        times_s.append(self._hands.tell(now_s, self.sounds_s, self._send_cc))
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    # What is played

    def _played(self, event: NoteOn | NoteOff | ControlChange) -> None:
        if isinstance(event, ControlChange):
            self._controller(event)
        elif isinstance(event, NoteOn):
            self._note_on(event)
        elif not self._outlet.comes_back(event):
            self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, 0))
            self._duet.feed(event)

    def _note_on(self, event: NoteOn) -> None:
        if self._calibrating.hear(event):
            return
        if self._outlet.comes_back(event):
            return
        self._send(self._duet.note_on(event, self._time.moment(event.time_s)))
        self._announce.tell(lambda observer: observer.on_player_note(event.time_s, event.pitch, event.velocity))

    def _controller(self, event: ControlChange) -> None:
        match self._hands.take(event):
            case SetControl() as move:
                self._move(move)
            case Action() as action:
                self._act(action)
            case ControlChange() as pedal:
                self._duet.feed(pedal)
                value = pedal.value if pedal.number == SUSTAIN_CC else 0
                self._announce.tell(lambda observer: observer.on_player_pedal(pedal.time_s, value))

    def _asked_for_silence(self, event: ControlChange) -> None:
        """Silence what sounds, whatever channel asks; what was played stays: a DAW asks at every loop point.

        Our own silence coming back is no request.
        """
        if not self._outlet.is_our_silence(event):
            self._calibrating.end()
            self._send(self._duet.hush(event.time_s))
            self._send(self._duet.hush_encore(self._time.moment(event.time_s)))
            self._outlet.silence_once()

    def _pass_turn(self, now_s: float) -> None:
        self._send(self._duet.pass_turn(self._time.moment(now_s)))
        self._time.tell_reading(now_s)

    # The surroundings

    def _clocked(self, event: Pulse | Transport | SongPosition) -> None:
        self._outlet.send(self._time.feed(event), quietly=True)
        if isinstance(event, Transport) and event.command == "stop":
            self._stop(event.time_s)
        elif isinstance(event, Transport) and event.command == "start":
            self._send(self._duet.end_answer(event.time_s))
            clicks = self._time.song_starts(event.time_s)
            if clicks is not None:
                self._outlet.send(clicks, quietly=True)
                self._send(self._duet.stop(event.time_s))

    def _ports_changed(self, event: PortsChanged) -> None:
        if event.up:
            self._outlet.silence()
            self._hands.show_all()
            self._announce.log(event.text)
        else:
            self._stop(event.time_s)
            self._duet.release()
            self._announce.warn(event.text)

    def _replied(self, event: EngineReply) -> None:
        if not self._models.is_playing(event):
            self._models.replied(event)
            return
        if isinstance(event.reply, Ready):
            if not self._was_ready:
                self._was_ready = True
                self._outlet.silence()
            self._models.offer_styles(event.reply)
        self._send(self._duet.replied(event.reply, self._time.moment(event.time_s)))

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
            case "count":
                self._count_in(now_s)
            case "tap":
                self._time.tap(now_s)
            case "calibrate":
                self._stop(now_s)
                self._calibrating.begin(now_s)
            case "forget":
                self._stop(now_s)
                self._duet.forget()
                self._time.forget(now_s)
                self._announce.log("forgot what was played; the next phrase starts afresh")
            case "save":
                if self.config.record == OFF:
                    self._announce.error("nothing is recorded; start without --record off to have a file")
                self._announce.tell(lambda observer: observer.on_save())
            case "more":
                self._more(now_s)
            case name if name in TAKE_ACTIONS:
                self._send(self._takes.act(name, event.arguments, self._time.moment(now_s)))
            case "learn":
                self._hands.learn(event.arguments, now_s)
            case name if name in PRESET_ACTIONS:
                self._presets.act(name, event.arguments)
            case name if name in MODEL_ACTIONS:
                self._models.act(event)
            case _:
                self._announce.error(f"unknown action '{event.name}'")

    def _stop(self, now_s: float) -> None:
        """End what sounds and forget the call in progress; wait for the next note."""
        self._calibrating.end()
        self._outlet.send(self._time.end_count(now_s), quietly=True)
        self._send(self._duet.stop(now_s))

    def _silence(self, now_s: float) -> None:
        self._stop(now_s)
        self._outlet.silence()

    # Controls

    def _move(self, *moves: SetControl) -> None:
        self._moved(self._moves.offer(*moves), max(move.time_s for move in moves))

    def _moved(self, names: Iterable[str], now_s: float) -> None:
        """What shapes the notes acts on every note that has not begun."""
        moved = list(names)
        if moved:
            self._time.take(now_s)
        if any(self.controls.find(name).live for name in moved):
            self._duet.redraw(self._time.moment(now_s))

    def _more(self, now_s: float) -> None:
        """Move closeness towards that of the take in hand."""
        try:
            closeness = self._takes.closeness(self.controls.number("closeness"))
        except UserError as error:
            self._announce.error(str(error))
        else:
            self._move(SetControl(now_s, "closeness", closeness, "take"))

    # The count

    def _count_in(self, now_s: float) -> None:
        """Count the player in; within the count, end it."""
        was_counting, mode = self._time.counting, self._moves.settings.waiting.mode
        if mode != "bars":
            self._announce.error(f"count: it counts before your bars in turn bars, and turn is {mode}")
            return
        self._stop(now_s)
        if was_counting:
            self._announce.log("the count was called off")
        else:
            self._outlet.send(self._time.count_in(now_s), quietly=True)

    # Calibration

    def _calibrate(self, now_s: float) -> None:
        move = self._calibrating.step(now_s, self._time.tempo.source)
        if move is not None:
            self._move(move)

    # What goes out, and who is told

    def _send(self, dues: Sequence[Due]) -> None:
        """Send what is due, and tell how soon the first note of an answer has come."""
        if not dues:
            return
        self._outlet.send(dues)
        since = self._duet.sent(self._outlet.now_s)
        if since is not None:
            turn_s, off_s = since
            off_ms = None if off_s is None else off_s * 1000
            self._announce.tell(lambda observer: observer.on_latency(turn_s * 1000, off_ms))
