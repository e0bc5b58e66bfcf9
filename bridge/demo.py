"""The demo: a phrase played in real time into ports in memory, through the same bridge, engine and scheduler."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.app import Bridge, licence_line, opened
from bridge.config import Config
from bridge.observers import Observer
from bridge.ports.loopback import LoopbackPorts
from bridge.recording.journal import read_journal
from bridge.recording.recorder import InMemory
from bridge.recording.score import write_recording
from bridge.urgency import Helper
from bridge.views.lines import PlainLog, Printer
from bridge.views.names import note_name
from engine.errors import UserError
from engine.midi_file import read_midi_file

BUILT_IN_BPM = 108.0
BUILT_IN = ((67, 1.0), (69, 0.5), (71, 0.5), (74, 1.5), (71, 0.5), (72, 1.0), (69, 1.0), (67, 1.0), (62, 1.0))
"""Two bars of 4/4 in G: pitch, length in beats."""
SOUNDING = 0.85
"""How much of a note is held."""
READY_WITHIN_S = 120.0
ANSWER_WITHIN_S = 60.0
RING_S = 0.2


@dataclass(frozen=True, slots=True)
class Played:
    """Hold one note of the phrase: pitch, velocity, seconds from the start of the phrase."""

    pitch: int
    velocity: int
    on_s: float
    off_s: float


def built_in_phrase() -> list[Played]:
    """Return the phrase that is played when none is given."""
    phrase, at_s = [], 0.0
    for index, (pitch, beats) in enumerate(BUILT_IN):
        length_s = beats * 60.0 / BUILT_IN_BPM
        velocity = 96 if index % 4 == 0 else 82
        phrase.append(Played(pitch, velocity, at_s, at_s + length_s * SOUNDING))
        at_s += length_s
    return phrase


def read_phrase(path: Path) -> list[Played]:
    """Return the notes of a MIDI file, from its first note on.

    Raises UserError when it cannot be read or holds no note.
    """
    file = read_midi_file(path)
    notes = file.notes
    start_s = file.seconds_at(notes[0].onset_ticks)
    return [
        Played(
            note.pitch,
            note.velocity,
            file.seconds_at(note.onset_ticks) - start_s,
            file.seconds_at(note.end_ticks) - start_s,
        )
        for note in notes
    ]


class _Ears(Observer):
    """Know when the engine is ready and when the answer is over."""

    def __init__(self) -> None:
        self.ready, self.over = threading.Event(), threading.Event()
        self.answered = 0
        self._state = ""

    def on_engine(self, text: str, ready: bool) -> None:
        if ready:
            self.ready.set()

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        self.answered += velocity > 0

    def on_state(self, state: str) -> None:
        if self._state == "answering" and state != "answering" and self.answered:
            self.over.set()
        self._state = state


def play_phrase(ports: LoopbackPorts, phrase: Sequence[Played], stop: threading.Event, channel: int = 0) -> None:
    """Play the phrase in real time, by absolute deadlines; return when it is over or `stop` is set."""
    edges = sorted([(n.on_s, 1, n) for n in phrase] + [(n.off_s, 0, n) for n in phrase], key=lambda edge: edge[:2])
    start_s = time.monotonic() + 0.05
    for at_s, is_on, note in edges:
        if stop.wait(max(0.0, start_s + at_s - time.monotonic())):
            return
        ports.play((0x90 | channel, note.pitch, note.velocity) if is_on else (0x80 | channel, note.pitch, 0))


class _Player:
    """Play the phrase when the engine is ready, wait for the answer, then end the bridge."""

    def __init__(
        self,
        bridge: Bridge,
        ports: LoopbackPorts,
        phrase: Sequence[Played],
        ears: _Ears,
        say: Callable[[str], None],
    ) -> None:
        """say: takes a line, on this player's thread."""
        self._bridge, self._ports, self._phrase, self._ears, self._say = bridge, ports, phrase, ears, say
        self.stop = threading.Event()
        self.failure = ""
        self.thread = Helper(self._play, "player")

    def _play(self) -> None:
        try:
            if not self._ears.ready.wait(READY_WITHIN_S):
                self.failure = f"the engine was not ready within {READY_WITHIN_S:.0f} s"
                return
            names = " ".join(note_name(note.pitch) for note in self._phrase)
            self._say(f"playing {len(self._phrase)} notes: {names}")
            play_phrase(self._ports, self._phrase, self.stop, max(0, self._bridge.config.channel - 1))
            if not self._ears.over.wait(ANSWER_WITHIN_S) and not self.stop.is_set():
                self.failure = f"no answer ended within {ANSWER_WITHIN_S:.0f} s"
            self.stop.wait(RING_S)
        finally:
            if self._bridge.loop is not None:
                self._bridge.loop.stop()


def _writable(out: Path) -> Path:
    """Return the path of the take, before a minute is spent on it. Raises UserError where it cannot be written."""
    folder = out.resolve().parent
    if not folder.is_dir():
        raise UserError(f"--out {out}: the folder {folder} does not exist")
    if out.suffix.lower() not in (".mid", ".midi"):
        raise UserError(f"--out {out}: a take is a MIDI file; give it a name that ends in .mid")
    if out.is_dir() or not os.access(out if out.exists() else folder, os.W_OK):
        raise UserError(f"--out {out}: it cannot be written; choose another file")
    return out


def run_demo(config: Config, input_path: str | None, out_path: str) -> int:
    """Play, answer, write the take; return the exit code: 0, or 1 when no answer came.

    Raises UserError for an unreadable input, an unwritable output, or an engine that cannot start.
    """
    turn = config.controls.get("turn")
    if turn in ("ask", "free"):
        raise UserError(f"turn: {turn!r} has no end of its own; the demo takes adaptive, fixed or bars")
    phrase = read_phrase(Path(input_path)) if input_path else built_in_phrase()
    out = _writable(Path(out_path))
    ports = LoopbackPorts(config.port, config.output_name)
    recorder, ears = InMemory(), _Ears()
    with contextlib.ExitStack() as ending:
        printer = Printer()
        ending.callback(printer.close)
        log = PlainLog(printer, config.log_level, show_notes=True)
        bridge = ending.enter_context(opened(config, ports, [log, recorder, ears], osc_required=False))
        printer.line(licence_line(config.checkpoint))
        printer.line("No MIDI needed: a phrase is played into ports in memory, and answered there.")
        printer.line(f"loading '{config.checkpoint}' in the engine process …")
        player = _Player(bridge, ports, phrase, ears, log.on_log)
        bridge.run(on_start=player.thread.start)
        interrupted = not ears.over.is_set() and not player.failure
        player.stop.set()
        recording = read_journal(recorder.journal())
        write_recording(recording, out)
        ons = sum(struck.velocity > 0 for struck in recording.answer)
        length_s = recording.answer[-1].time_s - recording.answer[0].time_s if recording.answer else 0.0
        printer.line(
            f"{out}: {len(phrase)} notes played, {ons} answered in {length_s:.1f} s (tracks player, answer)"
        )
    if player.failure:
        print(f"melody-bridge: {player.failure}", file=sys.stderr)
        return 1
    return 130 if interrupted else 0
