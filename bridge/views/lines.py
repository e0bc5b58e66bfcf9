"""Plain log lines, for --no-view and where there is no terminal."""

from __future__ import annotations

import contextlib
import queue
import sys
import time
from typing import TextIO

from bridge.controls import Value
from bridge.observers import Observer
from bridge.take import Take
from bridge.urgency import Helper
from bridge.views.keys import outlive_terminal
from bridge.views.names import note_name

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
WAITING_MOST = 1000
QUIET_S = 1.0
"""When nothing was told for so long, a line that came several times is over."""


class Repeats:
    """Let a line through once, however often it comes in a row; say then how often it came."""

    def __init__(self) -> None:
        self._text = self._latest = ""
        self._times = 0

    @property
    def untold(self) -> bool:
        """Say whether a line came again and that has not been said."""
        return bool(self._latest)

    def next(self, text: str, at: str = "") -> list[str]:
        """Return the lines to print now. at: the time of day, which makes no line another."""
        line = f"{at} {text}" if at else text
        if text and text == self._text:
            self._times += 1
            self._latest = f"{line} (×{self._times})"
            return []
        over = self.rest()
        self._text, self._times = text, 1
        return [*over, line]

    def rest(self) -> list[str]:
        """Return the line that says how often the last one came, if that has not been said."""
        over = [self._latest] if self._latest else []
        self._latest = ""
        return over


class Printer:
    """Print lines on a thread of its own: a terminal that does not read must not hold up a note.

    The same line in a row is printed once, and how often it came when it no longer does.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lines: queue.Queue[tuple[str, str] | None] = queue.Queue(WAITING_MOST)
        self._thread = Helper(self._print, "log")
        self._thread.start()

    def line(self, text: str, at: str = "") -> None:
        """Print a line soon, the time of day before it; when a thousand wait already, it is dropped."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait((at, text))

    def close(self) -> None:
        """Print what waits, within 1 s: on a busy machine less would lose the rest at the end."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(1.0)

    def _print(self) -> None:
        outlive_terminal()
        repeats = Repeats()
        going_on = True
        while going_on:
            try:
                waiting = self._lines.get(timeout=QUIET_S if repeats.untold else None)
                going_on = waiting is not None
                lines = repeats.next(waiting[1], waiting[0]) if waiting is not None else repeats.rest()
            except queue.Empty:
                lines = repeats.rest()
            if lines:
                with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                    self._stream.write("\n".join(lines) + "\n")
                    self._stream.flush()


class PlainLog(Observer):
    """Write what happens as lines. level: "debug" shows every note, "warning" only what went wrong."""

    def __init__(self, printer: Printer, level: str = "info", show_notes: bool = False) -> None:
        """show_notes: a line for each answer note as it sounds."""
        self._printer, self._level = printer, LEVELS[level]
        self._show_notes = show_notes or self._level <= LEVELS["debug"]
        self._answer: list[int] = []
        self._state = self._error = ""
        self._tempo: tuple[int, str] = (0, "")
        self._take = 0
        self._turn_s = 0.0

    def _say(self, level: str, text: str) -> None:
        if LEVELS[level] >= self._level:
            self._printer.line(text, time.strftime("%H:%M:%S"))

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Tell a control that somebody moved."""
        if source not in ("start", "ask"):
            shown = f"{value:g}" if isinstance(value, float) else value
            self._say("info", f"{name} = {shown} ({source})")

    def on_state(self, state: str) -> None:
        """Tell the answer when it is over."""
        if self._state == "answering" and state != "answering" and self._answer:
            names = " ".join(note_name(pitch) for pitch in self._answer)
            take = f"take {self._take}: " if self._take else ""
            self._say("info", f"{take}answered {len(self._answer)} notes: {names}")
        self._state = state
        self._say("debug", f"state {state}")

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Tell each note at debug level."""
        if velocity:
            self._say("debug", f"played {note_name(pitch)} velocity {velocity}")

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Gather the answer; tell each note where that was asked for."""
        if not velocity:
            return
        if not self._answer:
            self._turn_s = time_s
        self._answer.append(pitch)
        if self._show_notes:
            bar = " " * max(0, pitch - 36) + "●"
            self._say("info", f"answer {time_s - self._turn_s:6.2f} s  {note_name(pitch):<4}{bar}")

    def on_turn(self, turn: int, call_notes: int, wait_s: float) -> None:
        """Tell that the turn passed."""
        self._answer = []
        self._say("info", f"turn {turn}: heard {call_notes} notes, answering {wait_s:.2f} s after the last")

    def on_take(self, take: Take) -> None:
        """Keep the number of the answer that has ended."""
        self._take = take.number

    def on_again(self, number: int, looping: bool) -> None:
        """Gather the notes of a take that sounds again."""
        self._answer, self._take = [], number

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Tell a tempo that differs by a beat a minute or in its source."""
        if (round(bpm), source) != self._tempo:
            self._tempo = (round(bpm), source)
            self._say("debug", f"tempo {bpm:.1f} bpm from {source}")

    def on_key(self, name: str, confidence: float) -> None:
        """Tell the key."""
        self._say("debug", f"key {name}, confidence {confidence:.2f}")

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        """Tell the bars."""
        self._say("debug", f"bars {name}, first note on {upbeat_beats:g}, confidence {confidence:.2f}")

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """Tell the latency at debug level."""
        since_key = "" if off_to_note_ms is None else f", {off_to_note_ms:.0f} ms after the last key"
        self._say("debug", f"first note {turn_to_note_ms:.1f} ms after the turn{since_key}")

    def on_engine(self, text: str, ready: bool) -> None:
        """Tell what became of the engine, unless it was told as an error already."""
        if text != self._error:
            self._say("info" if ready else "warning", text)

    def on_log(self, text: str) -> None:
        """Pass the line on."""
        self._say("info", text)

    def on_warning(self, text: str) -> None:
        """Pass the line on, at the level of warnings."""
        self._say("warning", text)

    def on_error(self, text: str) -> None:
        """Pass the line on, marked."""
        self._error = text
        self._say("error", f"! {text}")
