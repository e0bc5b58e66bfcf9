"""What the session tells whoever looks on: OSC feedback, the live view, log lines, the recorder of takes.

An observer is called on the session's thread and must be quick; it never changes the session.
"""

from __future__ import annotations

import os
import traceback
from collections import deque
from collections.abc import Callable, Iterable

from bridge.controls import Value
from bridge.outlook import Outlook
from bridge.take import Take
from engine.messages import FoundBars
from engine.notes import Metre, bar_name

FAULTS_MOST = 3
MOVED_BPM = 0.5
TREMBLE_BPM = 0.1
RESTS_AFTER_S = 1.0


class Observer:
    """Listen to the session; every method does nothing unless overridden. Times are monotonic seconds."""

    def on_control(self, name: str, value: Value, source: str) -> None:
        """A control took a value (also when asked for: source "ask")."""

    def on_learning(self, name: str) -> None:
        """The controller of this control or action is waited for; "": of none any more."""

    def on_bound(self, name: str, controller: str) -> None:
        """This MIDI controller, as "21" or "rel:21", moves this control or asks for this action; "": none does."""

    def on_preset(self, name: str) -> None:
        """A preset was recalled; its values were told before."""

    def on_preset_saved(self, name: str) -> None:
        """What was set is kept as a preset of this name."""

    def on_state(self, state: str) -> None:
        """The state is now "loading", "idle", "counting", "listening", "answering" or "looping"."""

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """The player struck (velocity 1..127) or released (0) a key."""

    def on_player_pedal(self, time_s: float, value: int) -> None:
        """The player moved the sustain pedal, 0..127."""

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """The bridge sent a note-on, or with velocity 0 a note-off; channel 0..15."""

    def on_message(self, message: tuple[int, ...], due_s: float) -> None:
        """A message of an answer has left; it was due at due_s. Told in the order of sending."""

    def on_turn(self, turn: int, call_notes: int, wait_s: float) -> None:
        """The turn passed to the bridge, wait_s after the player's last note-off."""

    def on_phrase_end(self, probability: float) -> None:
        """The model's P(the phrase has ended) for what was played, 0..1."""

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """The tempo in force changed; source is "clock", "link", "player", "fixed" or "tap"."""

    def on_beat(self, time_s: float, beat: float, bpm: float, bar_beats: float) -> None:
        """A beat of a running clock began, and a bar where it is a multiple of bar_beats; 0: that is not told."""

    def on_count(self, beat: int, left: int) -> None:
        """A beat of a count: its number in the bar, and how many are left, itself too; 0 and 0: it is over."""

    def on_key(self, name: str, confidence: float) -> None:
        """The key in force changed, as "G major"."""

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        """The bars of the call were found, as "3/4"; its first note stands upbeat_beats after a bar line."""

    def on_outlook(self, outlook: Outlook) -> None:
        """What is to sound, as far as it stands, or where the bars lie, is another; at most ten times a second."""

    def on_take(self, take: Take) -> None:
        """An answer has ended and is a take, or a take was marked as kept."""

    def on_in_hand(self, number: int) -> None:
        """The take of this number is in hand, by choice; else the last one is."""

    def on_again(self, number: int, looping: bool) -> None:
        """A take begins to sound again, once or over and over."""

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """The first note of an answer left, so long after the turn passed.

        off_to_note_ms: so long after the player's last note-off; None where that did not pass the turn.
        """

    def on_save(self) -> None:
        """The session's file is asked for now."""

    def on_engine(self, text: str, ready: bool) -> None:
        """The engine process became ready, died or was started again; text says it."""

    def on_checkpoint(self, name: str) -> None:
        """This model plays from now on."""

    def on_log(self, text: str) -> None:
        """One line for people."""

    def on_warning(self, text: str) -> None:
        """One line for people about what they may want to mend; unless overridden it is a line as any other."""
        self.on_log(text)

    def on_error(self, text: str) -> None:
        """One line for people about something refused or broken; the session goes on."""


class Announcer:
    """Tell several observers what happens, and state, tempo and key only when they have changed.

    Whoever looks on cannot harm: what an observer raises is told, the first time, and at its third fault it is
    dropped. Not at the first: one odd value must not cost a player the view for the evening. Not later: what fails
    at every note costs time at every note. Belongs to one thread.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self.observers = list(observers)
        self._faults: dict[int, int] = {}
        self._untold: deque[Callable[[Observer], None]] = deque()
        self._telling = False
        self._state: str | None = None
        self._tempo = ToldTempo()
        self._key: str | None = None
        self._metre: Metre | None = None

    def tell(self, what: Callable[[Observer], None]) -> None:
        """Call every observer; called from within an observer, do so when all have heard what they now hear."""
        self._untold.append(what)
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                self._tell_all(self._untold.popleft())
        finally:
            self._telling = False

    def _tell_all(self, what: Callable[[Observer], None]) -> None:
        for observer in tuple(self.observers):
            try:
                what(observer)
            except Exception as error:
                self._failed(observer, error)

    def _failed(self, observer: Observer, error: Exception) -> None:
        faults = self._faults[id(observer)] = self._faults.get(id(observer), 0) + 1
        name = type(observer).__name__
        if faults == 1:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(place.filename)}:{place.lineno}"
            self.error(f"fault in {name}: {type(error).__name__}: {error} ({where}); the music goes on")
        if faults == FAULTS_MOST:
            self.observers.remove(observer)
            self.error(f"{name} failed {faults} times and is told nothing more")

    def heeds(self, name: str) -> bool:
        """Say whether any observer does something when it is told this, as "on_outlook"."""
        return any(getattr(type(observer), name) is not getattr(Observer, name) for observer in self.observers)

    def log(self, text: str) -> None:
        """Tell one line for people."""
        self.tell(lambda observer: observer.on_log(text))

    def warn(self, text: str) -> None:
        """Tell one line about something that a player may want to mend."""
        self.tell(lambda observer: observer.on_warning(text))

    def error(self, text: str) -> None:
        """Tell one line about something refused or broken."""
        self.tell(lambda observer: observer.on_error(text))

    def state(self, state: str) -> None:
        """Tell the state, if it is another."""
        if state != self._state:
            self._state = state
            self.tell(lambda observer: observer.on_state(state))

    def tempo(self, bpm: float, source: str, confidence: float, now_s: float) -> None:
        """Tell the tempo, if it or its source is another."""
        if self._tempo.take_news(bpm, source, now_s):
            self.tell(lambda observer: observer.on_tempo(bpm, source, confidence))

    def key(self, name: str, confidence: float) -> None:
        """Tell the key, if it is another."""
        if name != self._key:
            self._key = name
            self.tell(lambda observer: observer.on_key(name, confidence))

    def bars(self, found: FoundBars) -> None:
        """Tell where the bars of the call lie, if that is another place or kind of bar."""
        if found.metre != self._metre:
            self._metre = found.metre
            name, upbeat_beats, confidence = bar_name(found.metre), found.metre.upbeat_beats, found.confidence
            self.tell(lambda observer: observer.on_bars(name, upbeat_beats, confidence))


class ToldTempo:
    """Know which tempo was told last, and whether another is news.

    News is another source, a tempo half a bpm away, or a nearer one that has held for a second: an estimate
    trembles, and nobody wants to be told of that twenty times a second.
    """

    def __init__(self) -> None:
        self._told: tuple[float, str] | None = None
        self._held_bpm = 0.0
        self._held_since_s = 0.0

    def take_news(self, bpm: float, source: str, now_s: float) -> bool:
        """Take in a tempo; return whether it is to be told, and counts as told from now on."""
        if abs(bpm - self._held_bpm) > TREMBLE_BPM:
            self._held_bpm, self._held_since_s = bpm, now_s
        if self._told is not None and source == self._told[1]:
            off_bpm = abs(bpm - self._told[0])
            rests = now_s - self._held_since_s >= RESTS_AFTER_S
            if off_bpm < MOVED_BPM and not (rests and off_bpm > TREMBLE_BPM):
                return False
        self._told = bpm, source
        return True
