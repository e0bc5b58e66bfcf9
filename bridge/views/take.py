"""A take: what was played and what was answered, kept as it sounded and written as a MIDI file."""

from __future__ import annotations

import math
from pathlib import Path

from bridge.observers import Observer
from engine.midi_file import TICKS_PER_BEAT, Keystroke, pair_strokes, write_midi

DEFAULT_BPM = 120.0

Struck = tuple[float, int, int, int]
"""Time in monotonic seconds, pitch, velocity (0 releases), channel 0..15."""


class Recorder(Observer):
    """Remember every note of both sides; `save` writes them on two tracks."""

    def __init__(self) -> None:
        self.player: list[Struck] = []
        self.answer: list[Struck] = []
        self.bpm = DEFAULT_BPM

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Remember a note of the player's."""
        self.player.append((time_s, pitch, velocity, 0))

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Remember a note of the answer's."""
        self.answer.append((time_s, pitch, velocity, channel))

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Remember the tempo, so that the file's bars are the player's."""
        if math.isfinite(bpm) and bpm > 0:
            self.bpm = bpm

    def save(self, path: Path) -> None:
        """Write a MIDI file of type 1: tempo, then the tracks "player" and "answer", in real time.

        What still sounds at the end of a side is released there. Raises UserError when the file cannot be written.
        """
        start_s = min((entry[0] for entry in [*self.player, *self.answer]), default=0.0)
        tracks = []
        for name, struck in (("player", self.player), ("answer", self.answer)):
            strokes = [
                Keystroke(round((time_s - start_s) * self.bpm / 60.0 * TICKS_PER_BEAT), pitch, velocity, channel)
                for time_s, pitch, velocity, channel in struck
            ]
            tracks.append((name, pair_strokes(strokes, strokes[-1].ticks if strokes else 0)))
        write_midi(path, tracks, self.bpm)
