"""The live view's picture: what was seen → something that rich can print, fit for a terminal's size. Pure."""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridge.controls import Control, Value
from bridge.views.names import note_name
from bridge.views.steering import HINTS

if TYPE_CHECKING:
    from rich.panel import Panel
    from rich.text import Text

LOG_KEPT = 50
LOG_LEAST = 2
NOTES_SHOWN = 20
METER_CELLS = 12
LOW = 8
"""A terminal of so many lines has room for one line of keys."""
LABEL_CELLS = 13
VALUE_CELLS = 11
METERS = (
    *("temperature", "top_k", "closeness", "patience", "length", "key_lock", "bpm", "quantise"),
    *("swing", "dynamics"),
)
"""The controls that a player moves; the others are shown when they are chosen."""
_METER_WIDTH = LABEL_CELLS + METER_CELLS + 1 + VALUE_CELLS
_STATE_STYLES = {"answering": "bold green", "looping": "bold green", "listening": "bold cyan", "loading": "yellow"}


@dataclass(frozen=True, slots=True)
class LogLine:
    """Hold one line of the log, and how many times in a row it was told."""

    text: str
    style: str = ""
    times: int = 1

    def __str__(self) -> str:
        return self.text if self.times == 1 else f"{self.text} (×{self.times})"


@dataclass
class Seen:
    """Hold what the view shows. controls: their values and rows by name; chosen: the one that the keys move.

    sheet: lines that are shown in place of everything else.
    """

    title: str = ""
    state: str = "loading"
    takes: str = ""
    tempo: str = ""
    key: str = ""
    bars: str = ""
    latency: str = ""
    engine: str = ""
    phrase_end: float | None = None
    call: deque[int] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    answer: deque[int] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    controls: dict[str, tuple[Control, Value]] = field(default_factory=dict)
    chosen: str = ""
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
            call=self.call.copy(),
            answer=self.answer.copy(),
            controls=self.controls.copy(),
            log=self.log.copy(),
        )


def render(seen: Seen, width: int, height: int) -> Panel:
    """Return the picture, at most `width` columns wide and `height` lines high.

    Where room is short the log keeps its last two lines, and the meters give way; where there is room, it is the
    log's.
    """
    from rich.panel import Panel
    from rich.text import Text

    inner, room = max(1, width - 4), max(1, height - 2)
    if seen.sheet:
        lines = [line.center(inner).rstrip() for line in seen.sheet.splitlines()[:room]]
        return Panel(Text("\n".join(lines), no_wrap=True, overflow="crop"), title=Text("melody-bridge"))
    facts = _facts(seen, inner)
    chosen = _chosen(seen)
    hints = [Text(line, style="dim") for line in HINTS[: 2 if height > LOW else 1]]
    meters = _meters(seen, inner)
    room -= len(facts) + len(chosen) + len(hints) + LOG_LEAST
    meters = meters[: max(0, room)]
    room -= len(meters)
    blank = [Text()] if room >= 2 else []
    log = _log(seen.log, inner, LOG_LEAST + max(0, room - 2 * len(blank)))
    rows = [*facts, *blank, *meters, *chosen, *blank, *log, *hints][-max(1, height - 2) :]
    for row in rows:
        row.no_wrap, row.overflow = True, "ellipsis"
    return Panel(
        Text("\n", no_wrap=True, overflow="ellipsis").join(rows), title=Text(f"melody-bridge  {seen.title}")
    )


def _facts(seen: Seen, inner: int) -> list[Text]:
    from rich.text import Text

    room = inner - LABEL_CELLS
    rows = [
        ("state", f"{seen.state}  {seen.takes}".rstrip(), _STATE_STYLES.get(seen.state, "bold")),
        ("engine", seen.engine or "loading the model", ""),
        ("tempo", seen.tempo, ""),
        ("key", seen.key, ""),
        ("bars", seen.bars, ""),
        ("you", last_notes(seen.call, room), "cyan"),
        ("GPT", last_notes(seen.answer, room), "green"),
        ("phrase end", "" if seen.phrase_end is None else f"{meter(seen.phrase_end)} {seen.phrase_end:.0%}", ""),
        ("latency", seen.latency, ""),
    ]
    return [Text.assemble(label.ljust(LABEL_CELLS), (text, style)) for label, text, style in rows]


def _meters(seen: Seen, inner: int) -> list[Text]:
    """Return the meters in two columns where there is room for them, else in one."""
    from rich.text import Text

    cells = [_meter_row(*seen.controls[name]) for name in METERS if name in seen.controls]
    if inner < 2 * _METER_WIDTH:
        return cells
    pairs = [cells[place : place + 2] for place in range(0, len(cells), 2)]
    for left, *_ in pairs:
        left.pad_right(max(0, _METER_WIDTH + 2 - left.cell_len))
    return [Text.assemble(*pair) for pair in pairs]


def _chosen(seen: Seen) -> list[Text]:
    """Return the control that the keys move, and what it does."""
    if seen.chosen not in seen.controls:
        return []
    control, value = seen.controls[seen.chosen]
    row = _meter_row(control, value, mark="▸")
    row.pad_right(max(0, _METER_WIDTH + 2 - row.cell_len))
    row.append(control.sentence, style="dim")
    return [row]


def _meter_row(control: Control, value: Value, mark: str = "") -> Text:
    from rich.text import Text

    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return Text.assemble(
        (f"{mark}{control.name}".ljust(LABEL_CELLS), "bold" if mark else ""),
        (meter(control.position(value)), "magenta"),
        f" {shown} {control.unit}",
    )


def _log(lines: Iterable[LogLine], inner: int, rows: int) -> list[Text]:
    """Return the last lines that fit into so many rows, the newest last, wrapped."""
    from rich.text import Text

    shown: list[Text] = []
    for line in reversed(list(lines)):
        wrapped = textwrap.wrap(str(line), inner, subsequent_indent="  ") or [""]
        shown = [Text(part, style=line.style) for part in wrapped] + shown
        if len(shown) >= rows:
            break
    return shown[max(0, len(shown) - rows) :]


def last_notes(pitches: Sequence[int] | deque[int], cells: int) -> str:
    """Return the names of as many of the last notes as fit into so many cells."""
    shown = ""
    for pitch in reversed(pitches):
        longer = f"{note_name(pitch)} {shown}".rstrip()
        if len(longer) > cells:
            break
        shown = longer
    return shown


def meter(position: float) -> str:
    """Return a bar for a position of 0..1."""
    full = round(min(max(position, 0.0), 1.0) * METER_CELLS)
    return "█" * full + "░" * (METER_CELLS - full)
