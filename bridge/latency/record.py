"""What is written down at both ends while it is measured: records of times, monotonic seconds, the same clock."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heard:
    """A note that begins or ends at the far end of the output; channel 0..15."""

    time_s: float
    is_on: bool
    channel: int
    pitch: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A key that went down, as the bridge saw it; last_request: the newest that the engine had been sent."""

    time_s: float
    pitch: int
    last_request: int


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message of an answer that has left, and when it was due."""

    due_s: float
    message: tuple[int, ...]


@dataclass(slots=True)
class FarEnd:
    """What the far end played (time and pitch of each note-on) and heard.

    answers: for each call when it was over, and when its answer's first note was heard, None where none was.
    osc_ms: how long a moved control took to be told back.
    """

    played: list[tuple[float, int]] = field(default_factory=list)
    answers: list[tuple[float, float | None]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    osc_ms: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    """What the bridge saw, and the far end's record. listened: (request, when the engine had it)."""

    seen: list[Seen] = field(default_factory=list)
    listened: list[tuple[int, float]] = field(default_factory=list)
    turns_s: list[float] = field(default_factory=list)
    due: list[DueMessage] = field(default_factory=list)
    drawn_ms: list[float] = field(default_factory=list)
    far: FarEnd = field(default_factory=FarEnd)
