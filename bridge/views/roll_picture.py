"""The piano roll in characters: two rows of pitches a line, a column a sixteenth, bar lines where they lie. Pure.

Call and answer have a colour each; where there is no colour they have a pattern each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from bridge.outlook import Lines
from bridge.views.names import note_name
from bridge.views.roll import GPT, YOU, Roll

if TYPE_CHECKING:
    from rich.text import Text

NEXT = "next"
STYLES = {YOU: "yellow", GPT: "cyan", NEXT: "cyan dim"}
_BLOCKS = {(True, False): "▀", (False, True): "▄", (True, True): "█"}
_PATTERNS: Mapping[str, Mapping[tuple[bool, bool], str]] = {
    YOU: _BLOCKS,
    GPT: {(True, False): "⠛", (False, True): "⣤", (True, True): "⣿"},
    NEXT: {(True, False): "⠁", (False, True): "⠄", (True, True): "⠅"},
}
"""What a cell shows whose upper, lower or whole half is a note's."""
BOTH = "▓"
BAR, NOW, DIM = "┊", "│", "dim"
LABEL_CELLS = 5
NOW_AT = 0.72
"""How far to the right now is."""
RANGE_S = 60.0
"""The pitches of so long are those of the rows: they are not to jump whenever a note has gone by."""
USUAL_COLUMN_S = 0.125
QUICKEST_COLUMN_S, SLOWEST_COLUMN_S = 0.075, 0.3
LEADS_S = 0.5
"""When all is silent the roll goes on for so long, and then rests until the next note."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Say which column a time falls into: columns are steps of the beat, counted from a beat."""

    origin_s: float
    column_s: float

    def at(self, time_s: float) -> int:
        """Return the column nearest to a beginning or an end at this time."""
        return math.floor((time_s - self.origin_s) / self.column_s + 0.5)

    def over(self, time_s: float) -> int:
        """Return the column that a time lies in."""
        return math.floor((time_s - self.origin_s) / self.column_s)


def columns_of(lines: Iterable[Lines]) -> Columns:
    """Return the columns: sixteenths, or what is near to them in length where the tempo is far from usual."""
    last = next(reversed([*lines]), None)
    if last is None:
        return Columns(0.0, USUAL_COLUMN_S)
    column_s = last.beat_s / 4
    while column_s < QUICKEST_COLUMN_S:
        column_s *= 2
    while column_s > SLOWEST_COLUMN_S:
        column_s /= 2
    return Columns(last.origin_s, column_s)


def shown_s(roll: Roll, now_s: float) -> float:
    """Return the time that the roll shows as now: it rests when all has been silent for a moment."""
    return min(now_s, roll.rests_s(now_s) + LEADS_S)


def roll_rows(roll: Roll, now_s: float, width: int, height: int, *, colour: bool = True) -> list[Text]:
    """Return the roll in so many lines of so many cells."""
    from rich.text import Text

    wide = width - LABEL_CELLS
    if height < 1 or wide < 2:
        return []
    columns = columns_of(roll.lines)
    now = columns.over(shown_s(roll, now_s))
    left = now - int(wide * NOW_AT)
    rows = _Rows(*_range(roll, now_s), halves=2 * height)
    cells = _cells(roll, now_s, columns, range(left, left + wide), rows)
    bars = set(_bar_columns(roll.lines, columns, left, left + wide))
    drawn: list[Text] = []
    for line in range(height):
        runs = [(rows.label(line).rjust(LABEL_CELLS - 1) + " ", DIM)]
        for column in range(left, left + wide):
            over, under = cells.get((2 * line, column), ""), cells.get((2 * line + 1, column), "")
            if over or under:
                runs.append(_cell(over, under, colour))
            else:
                runs.append((NOW if column == now else BAR if column in bars else " ", DIM))
        drawn.append(Text.assemble(*_joined(runs)))
    return drawn


def _joined(runs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield neighbours of one style as one: there are far fewer of them to print."""
    for style, parts in groupby(runs, key=lambda run: run[1]):
        yield "".join(text for text, _ in parts), style


def _cell(over: str, under: str, colour: bool) -> tuple[str, str]:
    """Return the character and the style of a cell whose halves are these voices'."""
    voice = over or under
    if over and under and over != under:
        if colour:
            return "▀", f"{STYLES[over]} on {STYLES[under].split()[0]}"
        return BOTH, ""
    patterns = _PATTERNS[NEXT if voice == NEXT else YOU] if colour else _PATTERNS[voice]
    return patterns[bool(over), bool(under)], STYLES[voice] if colour else ""


class _Rows:
    """Half a line each, the highest pitches first: a semitone a row, or a little more where the range is wide."""

    def __init__(self, low: int, high: int, halves: int) -> None:
        spare = max(0, halves - (high - low + 1))
        self.top, self.halves = high + spare // 2, halves
        self.span = high - low + 1 + spare
        self.names: dict[int, str] = {}
        for pitch in (self.top - self.span + 1, self.top, *range(0, 128, 12)):
            if 0 <= pitch <= 127 and self.top - self.span < pitch <= self.top:
                self.names[self.of(pitch) // 2] = note_name(pitch)

    def of(self, pitch: int) -> int:
        """Return the row of a pitch."""
        return (self.top - pitch) * self.halves // self.span

    def label(self, line: int) -> str:
        """Return the name of the C in a line; at the edges else of the highest and the lowest pitch."""
        return self.names.get(line, "")


def _range(roll: Roll, now_s: float) -> tuple[int, int]:
    """Return the lowest and the highest pitch that the rows are for."""
    since_s = shown_s(roll, now_s) - RANGE_S
    pitches = [note.pitch for note in roll.notes if note.on_s > since_s] + [each.pitch for each in roll.coming]
    return (min(pitches), max(pitches)) if pitches else (60, 72)


def _cells(roll: Roll, now_s: float, columns: Columns, seen: range, rows: _Rows) -> dict[tuple[int, int], str]:
    """Return whose each half cell is that is a note's; what sounds lies over what is to come.

    A note ends a column early where the next one of its row begins: else they would be one.
    """
    cells: dict[tuple[int, int], str] = {}
    coming = [(NEXT, each.pitch, each.on_s, each.off_s) for each in roll.coming]
    heard = [(note.by, note.pitch, note.on_s, note.end_s(now_s)) for note in roll.notes]
    begins = {(rows.of(pitch), columns.at(on_s)) for _, pitch, on_s, _ in (*coming, *heard)}
    for voice, pitch, on_s, off_s in (*coming, *heard):
        first, row = columns.at(on_s), rows.of(pitch)
        end = max(columns.at(off_s), first + 1)
        if end > first + 1 and (row, end) in begins:
            end -= 1
        for column in range(max(first, seen.start), min(end, seen.stop)):
            cells[row, column] = voice
    return cells


def _bar_columns(segments: Iterable[Lines], columns: Columns, left: int, right: int) -> Iterator[int]:
    """Yield the columns at which a bar begins; each run of lines holds until the next."""
    runs, before = list(segments), left - 2
    for place, lines in enumerate(runs):
        bar_s = lines.bar_beats * lines.beat_s
        first = max(left, columns.at(lines.from_s))
        last = min(right, columns.at(runs[place + 1].from_s)) if place + 1 < len(runs) else right
        if bar_s <= 0 or first >= last:
            continue
        bar = math.ceil((columns.origin_s + (first - 0.5) * columns.column_s - lines.origin_s) / bar_s)
        while (column := columns.at(lines.origin_s + bar * bar_s)) < last:
            if column >= first and column > before + 1:
                yield column
                before = column
            bar += 1
