"""The recorder looks on, and hands all that a session's file needs to whoever writes it. Knows no file."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from bridge.controls import Value
from bridge.observers import Observer
from bridge.recording.journal import header, line
from bridge.recording.take_json import to_json
from bridge.take import Take

SAID_A_MINUTE = 30
"""Of more warnings and errors the rest is not entered."""


class Entry(NamedTuple):
    """Hold what a line of the journal is to say: when (monotonic seconds), under which key, what."""

    time_s: float
    key: str
    value: Any

    @property
    def sounds(self) -> bool:
        """Say whether it is a note: before the first there is nothing worth a file."""
        return self.key in ("you", "gpt")

    def line(self, zero_s: float) -> str:
        """Return the line, its times from zero_s on."""
        value = to_json(self.value, zero_s) if isinstance(self.value, Take) else self.value
        return line({"t": round(self.time_s - zero_s, 5), self.key: value})


class Recorder(Observer):
    """Make an entry of all that sounds, of the time that it lies in, and of the takes."""

    def __init__(
        self,
        put: Callable[[Entry], None],
        clock: Callable[[], float] = time.monotonic,
        save: Callable[[], None] = lambda: None,
    ) -> None:
        """put: takes an entry, and must be quick; save: asks for the session's file, and must be quick too."""
        self._put, self._clock, self._save = put, clock, save
        self._told: set[int] = set()
        self._said: deque[tuple[float, tuple[str, str]]] = deque()

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Enter a note of the player's."""
        self._put(Entry(time_s, "you", (pitch, velocity)))

    def on_player_pedal(self, time_s: float, value: int) -> None:
        """Enter the pedal."""
        self._put(Entry(time_s, "pedal", value))

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Enter a note of the answer's."""
        self._put(Entry(time_s, "gpt", (pitch, velocity, channel)))

    def on_beat(self, time_s: float, beat: float, bpm: float, bar_beats: float) -> None:
        """Enter a beat of a clock."""
        self._put(Entry(time_s, "beat", (beat, round(bpm, 4), bar_beats)))

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Enter the tempo."""
        self._put(Entry(self._clock(), "bpm", (round(bpm, 4), source)))

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Enter a control that was moved."""
        if source != "ask":
            self._put(Entry(self._clock(), "set", (name, value, source)))

    def on_take(self, take: Take) -> None:
        """Enter a take; of one that is there already, that it is kept now."""
        if take.number in self._told:
            self._put(Entry(self._clock(), "kept", take.number))
        else:
            self._told.add(take.number)
            self._put(Entry(self._clock(), "take", take))

    def on_warning(self, text: str) -> None:
        """Enter what is to be mended."""
        self._say("warning", text)

    def on_error(self, text: str) -> None:
        """Enter what was refused or broke."""
        self._say("error", text)

    def _say(self, key: str, text: str) -> None:
        """Enter a line, not twice in a row, and so many a minute: no flood of errors is to fill a disk."""
        now_s = self._clock()
        while self._said and now_s - self._said[0][0] > 60.0:
            self._said.popleft()
        if len(self._said) >= SAID_A_MINUTE or (self._said and self._said[-1][1] == (key, text)):
            return
        self._said.append((now_s, (key, text)))
        self._put(Entry(now_s, key, text))

    def on_save(self) -> None:
        """Ask for the file."""
        self._save()

    def on_again(self, number: int, looping: bool) -> None:
        """Enter that a take sounds again."""
        self._put(Entry(self._clock(), "again", (number, looping)))


class InMemory(Recorder):
    """Keep the journal in memory, for what is written at its end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(self._keep, clock)
        self._zero_s = clock()
        self.entries: list[Entry] = []

    def _keep(self, entry: Entry) -> None:
        self.entries.append(entry)

    def journal(self, begun: str = "", program: str = "") -> bytes:
        """Return the journal so far."""
        lines = [header(begun, program), *(entry.line(self._zero_s) for entry in self.entries)]
        return "".join(lines).encode()
