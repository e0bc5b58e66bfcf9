"""What the session tells whoever looks on: OSC feedback, the live view, log lines, the recorder of takes.

An observer is called on the session's thread and must be quick; it never changes the session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bridge.controls import Value


class Observer:
    """Listen to the session; every method does nothing unless overridden. Times are monotonic seconds."""

    def on_control(self, name: str, value: Value, source: str) -> None:
        """A control took a value (also when asked for: source "ask")."""

    def on_state(self, state: str) -> None:
        """The state is now "loading", "idle", "listening" or "answering"."""

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """The player struck (velocity 1..127) or released (0) a key."""

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

    def on_key(self, name: str, confidence: float) -> None:
        """The key in force changed, as "G major"."""

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float) -> None:
        """The first note of an answer left: since the turn passed, and since the player's last note-off."""

    def on_engine(self, text: str, ready: bool) -> None:
        """The engine process became ready, died or was started again; text says it."""

    def on_log(self, text: str) -> None:
        """One line for people."""

    def on_error(self, text: str) -> None:
        """One line for people about something refused or broken; the session goes on."""


class Announcer:
    """Tell several observers, and tell a state only when it has changed."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self.observers = list(observers)
        self._state: str | None = None
        self._tempo: tuple[float, str] | None = None
        self._key: str | None = None

    def tell(self, what: Callable[[Observer], None]) -> None:
        """Call every observer."""
        for observer in self.observers:
            what(observer)

    def log(self, text: str) -> None:
        """Tell one line for people."""
        self.tell(lambda observer: observer.on_log(text))

    def error(self, text: str) -> None:
        """Tell one line about something refused or broken."""
        self.tell(lambda observer: observer.on_error(text))

    def state(self, state: str) -> None:
        """Tell the state, if it is another."""
        if state != self._state:
            self._state = state
            self.tell(lambda observer: observer.on_state(state))

    def tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Tell the tempo, if it or its source is another (to a tenth of a bpm)."""
        if (round(bpm, 1), source) != self._tempo:
            self._tempo = (round(bpm, 1), source)
            self.tell(lambda observer: observer.on_tempo(bpm, source, confidence))

    def key(self, name: str, confidence: float) -> None:
        """Tell the key, if it is another."""
        if name != self._key:
            self._key = name
            self.tell(lambda observer: observer.on_key(name, confidence))
