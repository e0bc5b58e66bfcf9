"""The live view in the terminal: state, tempo, key, call and answer, meters, log. And the keys that steer it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bridge.controls import Controls, Value
from bridge.events import Action
from bridge.observers import Observer
from bridge.views.names import note_name

REDRAW_EVERY_S = 0.1
LOG_LINES = 6
NOTES_SHOWN = 20
METER_CELLS = 12
METERS = (
    *("temperature", "top_k", "closeness", "patience", "length", "key_lock", "bpm", "quantise"),
    *("swing", "dynamics"),
)
"""The controls that a player moves; the others are as they were set."""
KEYS = {" ": "answer", "p": "panic", "t": "tap", "f": "forget", "q": "quit"}


@dataclass
class Seen:
    """Hold what the view shows."""

    title: str = ""
    state: str = "loading"
    tempo: str = ""
    key: str = ""
    latency: str = ""
    engine: str = ""
    phrase_end: float | None = None
    call: deque[int] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    answer: deque[int] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    values: dict[str, Value] = field(default_factory=dict)
    log: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=LOG_LINES))


class View(Observer):
    """Draw what is seen, on a thread of its own, only when something changed, at most ten times a second."""

    def __init__(self, title: str, controls: Controls, put: Callable[[Action], None]) -> None:
        """title: the ports, in words; put: takes what the keys ask for."""
        self.seen = Seen(title=title)
        self._controls, self._put = controls, put
        self._changed, self._closing = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to draw and to read keys."""
        self._changed.set()
        for target in (self._draw, self._read_keys):
            self._threads.append(threading.Thread(target=target, name="view", daemon=True))
            self._threads[-1].start()

    def close(self) -> None:
        """Draw a last time and give the terminal back."""
        self._closing.set()
        self._changed.set()
        for thread in self._threads:
            thread.join(0.3)

    def _draw(self) -> None:
        from rich.live import Live

        with Live(self._render(), auto_refresh=False, redirect_stderr=False, redirect_stdout=False) as live:
            while not self._closing.is_set():
                self._changed.wait()
                self._changed.clear()
                live.update(self._render(), refresh=True)
                self._closing.wait(REDRAW_EVERY_S)
            live.update(self._render(), refresh=True)

    def _render(self) -> Any:
        with self._lock:
            return render(self.seen, self._controls)

    def _read_keys(self) -> None:
        for key in pressed_keys(self._closing):
            action = KEYS.get(key.lower())
            if action is not None:
                self._put(Action(time.monotonic(), action, "key"))

    @contextlib.contextmanager
    def _change(self) -> Any:
        with self._lock:
            yield self.seen
        self._changed.set()

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Move the meter."""
        with self._change() as seen:
            seen.values[name] = value

    def on_state(self, state: str) -> None:
        """Show the state; a new phrase clears the last."""
        with self._change() as seen:
            if state == "listening" and seen.state != "listening":
                seen.call.clear()
            seen.state = state

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Append the note to the call."""
        if velocity:
            with self._change() as seen:
                if seen.state != "listening":
                    seen.call.clear()
                    seen.state = "listening"
                seen.call.append(pitch)

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Append the note to the answer."""
        if velocity:
            with self._change() as seen:
                seen.answer.append(pitch)

    def on_turn(self, turn: int, call_notes: int, wait_s: float) -> None:
        """Make room for the new answer."""
        with self._change() as seen:
            seen.answer.clear()

    def on_phrase_end(self, probability: float) -> None:
        """Show P(phrase end)."""
        with self._change() as seen:
            seen.phrase_end = probability

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Show the tempo."""
        with self._change() as seen:
            seen.tempo = f"{bpm:.1f} bpm from {source} ({confidence:.0%})"

    def on_key(self, name: str, confidence: float) -> None:
        """Show the key."""
        with self._change() as seen:
            seen.key = f"{name} ({confidence:.0%})"

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """Show the latency."""
        since_key = "" if off_to_note_ms is None else f", {off_to_note_ms:.0f} ms from your last key"
        with self._change() as seen:
            seen.latency = f"{turn_to_note_ms:.1f} ms from turn to note{since_key}"

    def on_engine(self, text: str, ready: bool) -> None:
        """Show the engine's news."""
        with self._change() as seen:
            seen.engine = text

    def on_log(self, text: str) -> None:
        """Append a log line."""
        with self._change() as seen:
            seen.log.append(("", text))

    def on_error(self, text: str) -> None:
        """Append a log line in red."""
        with self._change() as seen:
            seen.log.append(("red", text))


def render(seen: Seen, controls: Controls) -> Any:
    """Return what is seen as something that rich can print."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    style = {"answering": "bold green", "listening": "bold cyan", "loading": "yellow"}.get(seen.state, "bold")
    facts = Table.grid(padding=(0, 2))
    facts.add_row("state", Text(seen.state, style=style))
    facts.add_row("engine", Text(seen.engine or "loading the model"))
    facts.add_row("tempo", Text(seen.tempo))
    facts.add_row("key", Text(seen.key))
    facts.add_row("you", Text(" ".join(map(note_name, seen.call)), style="cyan"))
    facts.add_row("GPT", Text(" ".join(map(note_name, seen.answer)), style="green"))
    if seen.phrase_end is not None:
        facts.add_row("phrase end", Text(f"{meter(seen.phrase_end)} {seen.phrase_end:.0%}"))
    facts.add_row("latency", Text(seen.latency))
    meters = Table.grid(padding=(0, 1))
    names = [name for name in METERS if name in seen.values]
    for left, right in zip(names[::2], [*names[1::2], ""][: len(names[::2])], strict=True):
        meters.add_row(*_meter_row(left, seen, controls), "  ", *_meter_row(right, seen, controls))
    log = Text("\n").join(Text(text, style=colour, overflow="ellipsis", no_wrap=True) for colour, text in seen.log)
    keys = Text("space answer   p panic   t tap   f forget   q quit", style="dim")
    return Panel(Group(facts, Text(), meters, Text(), log, keys), title=Text(f"melody-bridge  {seen.title}"))


def _meter_row(name: str, seen: Seen, controls: Controls) -> tuple[Any, ...]:
    from rich.text import Text

    if not name:
        return "", "", ""
    control, value = controls.find(name), seen.values[name]
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return name, Text(meter(control.position(value)), style="magenta"), f"{shown} {control.unit}"


def meter(position: float) -> str:
    """Return a bar for a position of 0..1."""
    full = round(min(max(position, 0.0), 1.0) * METER_CELLS)
    return "█" * full + "░" * (METER_CELLS - full)


def pressed_keys(closing: threading.Event) -> Any:
    """Yield the keys pressed in the terminal, one character each, until `closing`; nothing without one."""
    if not sys.stdin or not sys.stdin.isatty():
        return
    if sys.platform == "win32":
        import msvcrt

        while not closing.wait(0.05):
            while msvcrt.kbhit():
                yield msvcrt.getwch()
        return
    import select
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        while not closing.is_set():
            ready, _, _ = select.select([terminal], [], [], 0.1)
            if ready:
                pressed = os.read(terminal, 1)
                if not pressed:
                    return
                yield pressed.decode("utf-8", "ignore")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
