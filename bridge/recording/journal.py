"""The journal of a session: what happened, a line of JSON each, in order; whatever cuts it off, the rest is whole.

The first line says what it is. The others carry `t`, seconds from the first line's zero, and one more key: `you`,
`pedal` and `gpt` (what sounded), `beat` and `bpm` (time), `set` (a control), `take`, `kept` and `again`, `warning`
or `error` (lines for people). Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bridge.recording.take_json import DamagedTakeError, from_json
from bridge.take import Take

FORMAT = 1
FORMAT_KEY = "melody-bridge journal"


class NoJournalError(ValueError):
    """Say that bytes are no journal, or one of another program version."""


@dataclass(frozen=True, slots=True)
class Struck:
    """Hold a key that went down (velocity 1..127) or up (0), in seconds from the journal's zero."""

    time_s: float
    pitch: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Beat:
    """Hold a beat of a clock: the first of a bar where beat is a multiple of bar_beats."""

    time_s: float
    beat: float
    bpm: float
    bar_beats: float


@dataclass
class Recording:
    """Hold what a journal says. begun: date and time as ISO 8601; damaged: lines that could not be read."""

    begun: str = ""
    program: str = ""
    player: list[Struck] = field(default_factory=list)
    pedal: list[tuple[float, int]] = field(default_factory=list)
    answer: list[Struck] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    tempos: list[tuple[float, float]] = field(default_factory=list)
    takes: dict[int, Take] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    again: list[tuple[float, int, bool]] = field(default_factory=list)
    damaged: int = 0

    @property
    def seconds(self) -> float:
        """Return how long it lasts, from the first note to the last."""
        times_s = [each.time_s for each in (*self.player, *self.answer)]
        return max(times_s) - min(times_s) if times_s else 0.0


def header(begun: str, program: str) -> str:
    """Return the first line. begun: date and time as ISO 8601; program: the version that writes it."""
    return line({FORMAT_KEY: FORMAT, "begun": begun, "program": program})


def line(values: dict[str, Any]) -> str:
    """Return a line of a journal."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=True) + "\n"


def read_journal(data: bytes) -> Recording:
    """Return what a journal says; a line that is cut off or damaged is counted, and the others stand.

    Raises NoJournalError when the first line is not one's.
    """
    first, *lines = data.decode("utf-8", "replace").split("\n")
    head = _parsed(first)
    if FORMAT_KEY not in head:
        raise NoJournalError("it is no journal of melody-bridge")
    if head[FORMAT_KEY] != FORMAT:
        raise NoJournalError(f"it has the form {head[FORMAT_KEY]!r}, this version reads {FORMAT}")
    recording = Recording(str(head.get("begun", "")), str(head.get("program", "")))
    for each in lines:
        if each:
            try:
                _enter(recording, _parsed(each))
            except (KeyError, TypeError, ValueError, IndexError, OverflowError):
                recording.damaged += 1
    return recording


def _parsed(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _enter(recording: Recording, values: dict[str, Any]) -> None:
    """Enter one line; raise what is wrong with it."""
    time_s = float(values["t"])
    match values:
        case {"you": [pitch, velocity]}:
            recording.player.append(Struck(time_s, _byte(pitch), _byte(velocity)))
        case {"gpt": [pitch, velocity, channel]}:
            recording.answer.append(Struck(time_s, _byte(pitch), _byte(velocity), _byte(channel) & 15))
        case {"pedal": value}:
            recording.pedal.append((time_s, _byte(value)))
        case {"beat": [beat, bpm, bar_beats]}:
            recording.beats.append(Beat(time_s, float(beat), _bpm(bpm), float(bar_beats)))
        case {"bpm": [bpm, _]}:
            recording.tempos.append((time_s, _bpm(bpm)))
        case {"take": data}:
            _enter_take(recording, data)
        case {"kept": number}:
            recording.kept.add(int(number))
        case {"again": [number, looping]}:
            recording.again.append((time_s, int(number), bool(looping)))


def _enter_take(recording: Recording, data: Any) -> None:
    try:
        take = from_json(data)
    except DamagedTakeError:
        recording.damaged += 1
        return
    recording.takes[take.number] = take
    if take.kept:
        recording.kept.add(take.number)


def _byte(value: Any) -> int:
    if not 0 <= value <= 127:
        raise ValueError(f"{value!r} is no MIDI data byte")
    return int(value)


def _bpm(value: Any) -> float:
    if not 1.0 <= value <= 2000.0:
        raise ValueError(f"{value!r} is no tempo")
    return float(value)
