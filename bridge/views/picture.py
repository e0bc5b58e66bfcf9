"""The live view's picture: what was seen → something that rich can print, fit for a terminal's size. Pure."""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bridge.controls import Value
from bridge.views.names import note_name
from bridge.views.roll import GPT, YOU
from bridge.views.roll_picture import STYLES, roll_rows
from bridge.views.seen import Held, LogLine, Seen
from bridge.views.steering import HINTS

if TYPE_CHECKING:
    from rich.panel import Panel
    from rich.text import Text

LOG_LEAST, LOG_MORE = 2, 4
ROLL_LEAST, ROLL_MOST = 4, 14
"""Lines of the roll: with fewer there is none, and beyond it what is left is others'."""
METER_CELLS = 7
LOW = 8
"""A terminal of so many lines has room for one line of keys."""
LABEL_CELLS = 13
VALUE_CELLS = 9
SOURCE_CELLS = 7
"""A blank, and the word."""
KEPT_SHOWN = 6
IN_SIGHT = 8
"""So many newer lines a warning outlives, where the log would have room for fewer."""
METERS = (
    *("temperature", "top_k", "closeness", "patience", "length", "key_lock", "bpm", "quantise"),
    *("swing", "dynamics"),
)
"""The controls that a player moves; the others follow where there is room, and are shown when they are chosen."""
SOURCES = {"osc": "OSC", "cc": "CC", "calibration": "measured", "checkpoint": "model"}
"""How it is written what moved a value, where that is no word for people."""
_METER_WIDTH = LABEL_CELLS + METER_CELLS + 1 + VALUE_CELLS + SOURCE_CELLS
_STATE_STYLES = {
    "answering": f"bold {STYLES[GPT]}",
    "listening": f"bold {STYLES[YOU]}",
    "looping": "bold magenta",
    "counting": "bold magenta",
}


def render(seen: Seen, width: int, height: int, now_s: float, *, colour: bool = True) -> Panel:
    """Return the picture, at most `width` columns wide and `height` lines high, as it is at `now_s`.

    Where room is short the meters give way first, then the roll; the log keeps its last two lines.
    """
    from rich.panel import Panel
    from rich.text import Text

    inner, room = max(1, width - 4), max(1, height - 2)
    if seen.sheet:
        lines = [line.center(inner).rstrip() for line in seen.sheet.splitlines()[:room]]
        return Panel(Text("\n".join(lines), no_wrap=True, overflow="crop"), title=Text("melody-bridge"))
    facts, chosen = _facts(seen, inner), _chosen(seen)
    hints = [Text(line, style="dim") for line in HINTS[: 2 if height > LOW else 1]]
    room -= len(facts) + len(chosen) + len(hints) + LOG_LEAST
    roll, meters, spare = _middle(seen, inner, room, now_s, colour)
    log = _log(seen.log, inner, LOG_LEAST + spare)
    rows = [*facts, *roll, *meters, *chosen, *log, *hints][-max(1, height - 2) :]
    for row in rows:
        row.no_wrap, row.overflow = True, "ellipsis"
    return Panel(
        Text("\n", no_wrap=True, overflow="ellipsis").join(rows), title=Text(f"melody-bridge  {seen.title}")
    )


def _middle(seen: Seen, inner: int, room: int, now_s: float, colour: bool) -> tuple[list[Text], list[Text], int]:
    """Return the roll and the meters in so many lines, and how many are left."""
    first = _meters(seen, inner, METERS)
    height = min(ROLL_MOST, max(room - len(first) - 1, min(room - 1, ROLL_LEAST)))
    roll: list[Text] = []
    if height >= ROLL_LEAST:
        roll = [*roll_rows(seen.roll, now_s, inner, height, colour=colour), _voices(seen, inner, colour)]
        room -= len(roll)
    meters = first[: max(0, room)]
    room -= len(meters)
    if room > LOG_MORE:
        others = _meters(seen, inner, [name for name in seen.controls if name not in METERS])
        meters += others[: room - LOG_MORE]
        room -= len(others[: room - LOG_MORE])
    return roll, meters, max(0, room)


def _facts(seen: Seen, inner: int) -> list[Text]:
    """Return what there is to know beside the notes; a state that is worth a look has its colour."""
    from rich.text import Text

    taken = "  ".join(filter(None, [seen.take, kept_takes(seen.kept)]))
    counted = f"{seen.state} {seen.count}" if seen.count and seen.state == "counting" else seen.state
    state = (counted, _STATE_STYLES.get(seen.state, "bold"))
    probability = "" if seen.phrase_end is None else f"{meter(seen.phrase_end, 12)} {seen.phrase_end:.0%}"
    preset = f"preset {seen.preset}" if seen.preset else ""
    learning = f"{seen.learning}: move a knob" if seen.learning else ""
    heard = [seen.tempo or "no tempo yet", seen.key, seen.bars]
    rows = [
        (
            "state",
            [state, (learning, "bold"), (taken, ""), (preset, "")],
        ),
        ("hears", [(each, "") for each in heard]),
        ("phrase end", [(probability.ljust(17), ""), (seen.latency, "")]),
        ("engine", [(seen.engine or "loading the model", "")]),
    ]
    found = []
    for label, parts in rows:
        line = Text(label.ljust(LABEL_CELLS), style="")
        for text, style in parts:
            if text:
                line.append(text, style=style)
                line.append("   ")
        line.rstrip()
        found.append(line)
    return found


def kept_takes(kept: Sequence[int]) -> str:
    """Return which takes are kept, the last of many."""
    more = f" and {len(kept) - KEPT_SHOWN} more" if len(kept) > KEPT_SHOWN else ""
    return f"kept {' '.join(map(str, kept[-KEPT_SHOWN:]))}{more}" if kept else ""


def _voices(seen: Seen, inner: int, colour: bool) -> Text:
    """Return whose notes look how, each with its last ones."""
    from rich.text import Text

    room = (inner - LABEL_CELLS) // 2
    line = Text(" " * 5)
    for name, voice, mark, pitches in (
        ("you", YOU, "█", seen.call),
        ("GPT", GPT, "█" if colour else "⣿", seen.answer),
    ):
        line.append(f"{mark} {name} ", style=STYLES[voice] if colour else "")
        line.append(last_notes(pitches, room - 6).ljust(room - 6) + "  ")
    line.rstrip()
    return line


def _meters(seen: Seen, inner: int, names: Iterable[str]) -> list[Text]:
    """Return meters in two columns where there is room for them, else in one."""
    from rich.text import Text

    cells = [_meter_row(seen.controls[name]) for name in names if name in seen.controls]
    if inner < 2 * _METER_WIDTH:
        return cells
    columns = inner // (_METER_WIDTH + 2) if inner > 2 * _METER_WIDTH + 2 else 2
    pad = _METER_WIDTH + (2 if inner >= columns * (_METER_WIDTH + 2) - 2 else 0)
    found = []
    for place in range(0, len(cells), columns):
        row = cells[place : place + columns]
        for each in row[:-1]:
            each.pad_right(max(0, pad - each.cell_len))
        found.append(Text.assemble(*row))
    return found


def _chosen(seen: Seen) -> list[Text]:
    """Return the control that the keys move, and what it does."""
    if seen.chosen not in seen.controls:
        return []
    held = seen.controls[seen.chosen]
    row = _meter_row(held, mark="▸")
    row.pad_right(max(0, _METER_WIDTH + 2 - row.cell_len))
    if seen.bound.get(seen.chosen):
        row.append(f"CC {seen.bound[seen.chosen]}  ")
    row.append(held.control.sentence, style="dim")
    return [row]


def _meter_row(held: Held, mark: str = "") -> Text:
    from rich.text import Text

    control = held.control
    source = SOURCES.get(held.source, held.source)
    return Text.assemble(
        (f"{mark}{control.name}".ljust(LABEL_CELLS), "bold" if mark else ""),
        (meter(control.position(held.value), METER_CELLS), "magenta"),
        f" {value_text(held.value, control.unit).ljust(VALUE_CELLS)} ",
        (source[: SOURCE_CELLS - 1], "dim"),
    )


def value_text(value: Value, unit: str) -> str:
    """Return a value with its unit, or without where there is no room for both."""
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    whole = f"{shown} {unit}".rstrip()
    return whole if len(whole) <= VALUE_CELLS else shown[:VALUE_CELLS]


def _log(lines: Sequence[LogLine] | deque[LogLine], inner: int, rows: int) -> list[Text]:
    """Return the last lines that fit into so many rows, the newest last, wrapped.

    A warning stays in sight for a while, above the newest line.
    """
    newest = list(lines)[-IN_SIGHT:]
    warned = next((line for line in reversed(newest) if line.style), None)
    shown: list[Text] = []
    for line in reversed(list(lines)):
        kept = 0 if warned is None or line is warned else 1
        room = rows - kept - len(shown)
        if room > 0:
            shown = [*_wrapped(line, inner, room), *shown]
        if line is warned:
            warned = None
        elif warned is not None and rows - 1 - len(shown) <= 0:
            return [*_wrapped(warned, inner, 1), *shown]
        if len(shown) >= rows:
            break
    return shown


def _wrapped(line: LogLine, inner: int, rows: int) -> list[Text]:
    """Return a line in as many rows as it takes, or its beginning where there are fewer."""
    from rich.text import Text

    parts = textwrap.wrap(str(line), inner, subsequent_indent="  ") or [""]
    if len(parts) > rows:
        parts = [*parts[: rows - 1], " ".join([parts[rows - 1], parts[rows].strip()])]
    return [Text(part, style=line.style) for part in parts]


def last_notes(pitches: Sequence[int] | deque[int], cells: int) -> str:
    """Return the names of as many of the last notes as fit into so many cells."""
    shown = ""
    for pitch in reversed(pitches):
        longer = f"{note_name(pitch)} {shown}".rstrip()
        if len(longer) > cells:
            break
        shown = longer
    return shown


def meter(position: float, cells: int) -> str:
    """Return a bar for a position of 0..1."""
    full = round(min(max(position, 0.0), 1.0) * cells)
    return "█" * full + "░" * (cells - full)
