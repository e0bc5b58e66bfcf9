"""A take: what was played and what was answered, kept as it sounded and written as a MIDI file."""

from __future__ import annotations

import math
from pathlib import Path

from bridge.observers import Observer
from engine.errors import UserError

TICKS_PER_BEAT = 480
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

        Raises UserError when the file cannot be written.
        """
        import mido

        start_s = min((entry[0] for entry in [*self.player, *self.answer]), default=0.0)
        midi = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
        tempo = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(self.bpm))])
        midi.tracks.append(tempo)
        for name, notes in (("player", self.player), ("answer", self.answer)):
            track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
            at_ticks = 0
            for time_s, pitch, velocity, channel in closed(notes):
                ticks = round((time_s - start_s) * self.bpm / 60.0 * TICKS_PER_BEAT)
                kind = "note_on" if velocity else "note_off"
                track.append(
                    mido.Message(
                        kind, note=pitch, velocity=velocity, channel=channel, time=max(0, ticks - at_ticks)
                    )
                )
                at_ticks = max(at_ticks, ticks)
            midi.tracks.append(track)
        try:
            midi.save(str(path))
        except OSError as error:
            raise UserError(
                f"{path}: the take cannot be written ({error.strerror or error}); choose another file with --out"
            ) from None


def closed(notes: list[Struck]) -> list[Struck]:
    """Return the notes with what still sounds at the end released there."""
    sounding: dict[tuple[int, int], None] = {}
    for _, pitch, velocity, channel in notes:
        if velocity:
            sounding[pitch, channel] = None
        else:
            sounding.pop((pitch, channel), None)
    end_s = notes[-1][0] if notes else 0.0
    return [*notes, *((end_s, pitch, 0, channel) for pitch, channel in sounding)]
