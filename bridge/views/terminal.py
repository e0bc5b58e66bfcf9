"""The live view in the terminal: what happens is drawn, and keys are taken, on threads of their own."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bridge.controls import Controls, Value
from bridge.events import Action, SetControl
from bridge.observers import Observer
from bridge.outlook import Outlook
from bridge.take import Take
from bridge.urgency import Helper
from bridge.views.keys import in_foreground, outlive_terminal, pressed_keys
from bridge.views.picture import render
from bridge.views.roll import GPT, YOU
from bridge.views.roll_picture import columns_of, shown_s
from bridge.views.seen import WARNING, WRONG, Held, Seen
from bridge.views.steering import Steering

if TYPE_CHECKING:
    from rich.console import Console, ConsoleDimensions
    from rich.panel import Panel

REDRAW_EVERY_S = 0.1
LOOK_EVERY_S = 0.25
"""So often the size of the terminal, and whether it is ours, are looked at."""
SHEET_KEY = "w"
PAUSED_S = 2.0
"""After so long without a look the process had been stopped, and a shell has written where the picture was."""


class View(Observer):
    """Draw what is seen when something changed, the roll moved or the size did, at most ten times a second.

    It fills the terminal's other screen, so that a resize leaves nothing broken behind, and what was printed
    before is there again at the end. In the background of a shell it neither draws nor reads keys.
    """

    def __init__(
        self,
        title: str,
        controls: Controls,
        put: Callable[[Action | SetControl], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """title: the ports, in words; controls: read, never set; put: takes what the keys ask for."""
        self._steering = Steering(controls)
        self._seen = Seen(title=title, chosen=self._steering.chosen)
        self._controls, self._put = controls, put
        self._changed, self._closing = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._threads: list[Helper] = []
        self._sheet = ""
        self._clock = clock
        self._drawn_column = 0
        self._kept: set[int] = set()
        self._last_take = 0

    def show(self, sheet: str) -> None:
        """Show lines in place of the picture, until a key is pressed; the key for it brings them again."""
        self._sheet = sheet
        with self._change() as seen:
            seen.sheet = sheet

    def start(self) -> None:
        """Begin to draw and to read keys."""
        self._changed.set()
        for target in (self._draw, self._read_keys):
            self._threads.append(Helper(target, "view"))
            self._threads[-1].start()

    def close(self) -> None:
        """Leave the picture as it was last, and give the terminal back."""
        self._closing.set()
        self._changed.set()
        for thread in self._threads:
            thread.join(0.5)

    @property
    def seen(self) -> Seen:
        """Return what is shown now, as a copy: drawing takes its time, and nobody else should wait for it."""
        with self._lock:
            return self._seen.copy()

    def press(self, key: str, now_s: float) -> None:
        """Do what a key asks for; the first one lays a sheet aside."""
        with self._change() as seen:
            before, seen.sheet = seen.sheet, self._sheet if key == SHEET_KEY and not seen.sheet else ""
        if before or key == SHEET_KEY:
            return
        asked = self._steering.press(key, now_s)
        if asked is not None:
            self._put(asked)
        with self._change() as seen:
            seen.chosen = self._steering.chosen

    def _read_keys(self) -> None:
        for key in pressed_keys(self._closing):
            self.press(key, time.monotonic())

    # Drawing

    def _draw(self) -> None:
        outlive_terminal()
        try:
            self._draw_when_ours()
        except Exception as error:
            print(f"the live view stopped ({type(error).__name__}: {error}); the music goes on", file=sys.stderr)

    def _draw_when_ours(self) -> None:
        from rich.console import Console

        console, terminal, shown = Console(), sys.stdout.fileno(), False
        while not self._closing.is_set():
            if in_foreground(terminal):
                shown = True
                self._draw_while_ours(console, terminal)
            else:
                self._closing.wait(LOOK_EVERY_S)
        if shown and in_foreground(terminal):
            console.print(self._picture(console, console.width, console.height - 1))

    def _draw_while_ours(self, console: Console, terminal: int) -> None:
        from rich.live import Live

        self._changed.set()
        looked_s = time.monotonic()
        drawn = console.size = terminal_size(terminal)
        with Live(
            console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        ) as live:
            while not self._closing.is_set() and in_foreground(terminal):
                paused = time.monotonic() - looked_s > PAUSED_S
                looked_s = time.monotonic()
                console.size = terminal_size(terminal)
                if self._changed.is_set() or paused or console.size != drawn or self._moves_s() <= 0.0:
                    self._changed.clear()
                    drawn = console.size
                    live.update(self._picture(console, *drawn), refresh=True)
                    self._closing.wait(REDRAW_EVERY_S)
                self._changed.wait(min(LOOK_EVERY_S, self._moves_s()))

    def _picture(self, console: Console, width: int, height: int) -> Panel:
        seen, now_s = self.seen, self._clock()
        self._drawn_column = columns_of(seen.roll.lines).over(shown_s(seen.roll, now_s))
        colour = console.color_system is not None and not console.no_color
        return render(seen, width, height, now_s, colour=colour)

    def _moves_s(self) -> float:
        """Return in how many seconds the roll moves on by a column: never while it rests."""
        roll = self.seen.roll
        columns, shown = columns_of(roll.lines), shown_s(roll, self._clock())
        if columns.over(shown) != self._drawn_column:
            return 0.0
        return columns.origin_s + (self._drawn_column + 1) * columns.column_s - shown

    @contextlib.contextmanager
    def _change(self) -> Iterator[Seen]:
        with self._lock:
            yield self._seen
        self._changed.set()

    # What is told

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Move the meter; what was measured is said, and how to keep it."""
        with self._change() as seen:
            before = seen.controls.get(name)
            if source == "ask" and before is not None:
                source = before.source
            shown = "" if source in ("start", "ask") else source
            seen.controls[name] = Held(self._controls.find(name), value, shown)
            if source == "calibration":
                seen.add_line(f"{name} = {value:g}; to keep it, start with --{name}={value:g}")

    def on_state(self, state: str) -> None:
        """Show the state; a new phrase clears the last."""
        with self._change() as seen:
            if state == "listening" and seen.state != "listening":
                seen.call.clear()
            seen.state = state

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Append the note to the call."""
        with self._change() as seen:
            seen.roll.hear(YOU, pitch, velocity, time_s)
            if velocity:
                if seen.state != "listening":
                    seen.call.clear()
                    seen.state = "listening"
                seen.call.append(pitch)

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Append the note to the answer."""
        with self._change() as seen:
            seen.roll.hear(GPT, pitch, velocity, time_s)
            if velocity:
                seen.answer.append(pitch)

    def on_outlook(self, outlook: Outlook) -> None:
        """Draw what is to sound, and where the bars lie."""
        with self._change() as seen:
            seen.roll.look(outlook)

    def on_learning(self, name: str) -> None:
        """Show what waits for its knob."""
        with self._change() as seen:
            seen.learning = name

    def on_bound(self, name: str, controller: str) -> None:
        """Show which knob moves the chosen control."""
        with self._change() as seen:
            seen.bound[name] = controller

    def on_preset(self, name: str) -> None:
        """Show which preset holds."""
        with self._change() as seen:
            seen.preset = name

    def on_turn(self, turn: int, call_notes: int, wait_s: float) -> None:
        """Make room for the new answer."""
        with self._change() as seen:
            seen.answer.clear()

    def on_take(self, take: Take) -> None:
        """Show the number of the last take, and which are kept."""
        with self._change() as seen:
            if take.kept:
                self._kept.add(take.number)
                seen.kept = tuple(sorted(self._kept))
            self._last_take = max(self._last_take, take.number)
            seen.take = f"take {self._last_take}"

    def on_in_hand(self, number: int) -> None:
        """Show which take is in hand."""
        with self._change() as seen:
            seen.take = f"take {number} in hand"

    def on_again(self, number: int, looping: bool) -> None:
        """Make room for the take that sounds again, and show its number."""
        with self._change() as seen:
            seen.answer.clear()
            seen.take = f"take {number} " + ("round and round" if looping else "again")

    def on_phrase_end(self, probability: float) -> None:
        """Show P(phrase end)."""
        with self._change() as seen:
            seen.phrase_end = probability

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Show the tempo."""
        with self._change() as seen:
            seen.tempo = f"{bpm:.1f} bpm {source} {confidence:.0%}"

    def on_count(self, beat: int, left: int) -> None:
        """Show the beat that is counted."""
        with self._change() as seen:
            seen.count = beat

    def on_key(self, name: str, confidence: float) -> None:
        """Show the key."""
        with self._change() as seen:
            seen.key = f"{name} {confidence:.0%}"

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        """Show the bars."""
        with self._change() as seen:
            seen.bars = f"{name} from beat {upbeat_beats + 1:g} {confidence:.0%}"

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """Show the latency."""
        since_key = "" if off_to_note_ms is None else f", {off_to_note_ms:.0f} ms from your key"
        with self._change() as seen:
            seen.latency = f"{turn_to_note_ms:.1f} ms from the turn{since_key}"

    def on_engine(self, text: str, ready: bool) -> None:
        """Show the engine's news."""
        with self._change() as seen:
            seen.engine = text

    def on_log(self, text: str) -> None:
        """Append a log line."""
        with self._change() as seen:
            seen.add_line(text)

    def on_warning(self, text: str) -> None:
        """Append a log line that stays in sight for a while."""
        with self._change() as seen:
            seen.add_line(text, WARNING)

    def on_error(self, text: str) -> None:
        """Append a log line in red."""
        with self._change() as seen:
            seen.add_line(text, WRONG)


def terminal_size(terminal: int) -> ConsoleDimensions:
    """Return columns and lines as they are now, whatever the environment says they once were."""
    from rich.console import ConsoleDimensions

    try:
        columns, lines = os.get_terminal_size(terminal)
    except OSError:
        columns = lines = 0
    return ConsoleDimensions(columns or 80, lines or 24)
