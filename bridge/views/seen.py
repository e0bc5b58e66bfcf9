"""What the live view has seen: the newest of every state, the roll, the log. Values only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from bridge.controls import Control, Value
from bridge.views.roll import Roll

LOG_KEPT = 50
NOTES_SHOWN = 20
WARNING, WRONG = "yellow", "red"
"""The styles of lines about what is to be mended, and about what was refused or broke."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """Hold one line of the log, and how many times in a row it was told."""

    text: str
    style: str = ""
    times: int = 1

    def __str__(self) -> str:
        mark = "! " if self.style else ""
        return f"{mark}{self.text}" if self.times == 1 else f"{mark}{self.text} (×{self.times})"


@dataclass(frozen=True, slots=True)
class Held:
    """Hold a control's row, the value that holds, and what moved it last; "" where nothing has."""

    control: Control
    value: Value
    source: str = ""


@dataclass
class Seen:
    """Hold what the view shows. chosen: the control that the keys move; sheet: shown in place of all else."""

    title: str = ""
    state: str = "loading"
    count: int = 0
    preset: str = ""
    take: str = ""
    kept: tuple[int, ...] = ()
    tempo: str = ""
    key: str = ""
    bars: str = ""
    latency: str = ""
    engine: str = ""
    phrase_end: float | None = None
    roll: Roll = field(default_factory=Roll)
    call: deque[int] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    answer: deque[int] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    controls: dict[str, Held] = field(default_factory=dict)
    chosen: str = ""
    bound: dict[str, str] = field(default_factory=dict)
    learning: str = ""
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=LOG_KEPT))
    sheet: str = ""

    def add_line(self, text: str, style: str = "") -> None:
        """Append a line to the log; the same one again is counted instead."""
        if self.log and (self.log[-1].text, self.log[-1].style) == (text, style):
            self.log[-1] = replace(self.log[-1], times=self.log[-1].times + 1)
        else:
            self.log.append(LogLine(text, style))

    def copy(self) -> Seen:
        """Return what is seen now; it no longer changes."""
        return replace(
            self,
            roll=self.roll.copy(),
            call=self.call.copy(),
            answer=self.answer.copy(),
            controls=self.controls.copy(),
            bound=self.bound.copy(),
            log=self.log.copy(),
        )
