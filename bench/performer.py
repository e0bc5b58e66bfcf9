"""Perform a written melody with human timing, by a script: the player of the benches."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.hearing.transcribe import PlayedNote
from engine.notes import Note


@dataclass(frozen=True, slots=True)
class Manner:
    """Say how a melody is performed.

    bpm: tempo at the start; onset_noise_s: standard deviation of every onset about its due time, normal and
    independent; drift: the tempo swings by this share to either side, slowly (a period of 24 to 48 beats,
    from a random place); held: each note sounds for a share of its written length drawn uniformly from this
    range; breath_chance, breath_s: before how many of the notes the player takes a breath, and its longest
    length (drawn uniformly from half of it up); in_time: a breath shortens the note before it (to a quarter of
    its length at most) instead of delaying what follows.
    """

    bpm: float
    onset_noise_s: float = 0.02
    drift: float = 0.0
    held: tuple[float, float] = (0.5, 0.95)
    breath_chance: float = 0.0
    breath_s: float = 0.0
    in_time: bool = False


@dataclass(frozen=True, slots=True)
class Performance:
    """Hold a performance: the notes as played, and when each written beat was due without noise."""

    notes: tuple[PlayedNote, ...]
    due_s: tuple[float, ...]


class Pace:
    """Turn beats into seconds along a tempo that swings slowly by a share to either side."""

    def __init__(self, bpm: float, drift: float, rng: random.Random) -> None:
        self._beat_s = 60.0 / bpm
        self._drift = drift
        self._turn = 2 * math.pi / rng.uniform(24.0, 48.0)
        self._phase = rng.uniform(0.0, 2 * math.pi)

    def seconds(self, beat: float) -> float:
        """Return when a beat is due, in seconds from beat 0: the integral of the swinging beat length."""
        swing = math.cos(self._phase) - math.cos(self._phase + self._turn * beat)
        return self._beat_s * (beat + self._drift * swing / self._turn)


def perform(
    notes: Sequence[Note], manner: Manner, rng: random.Random, start_s: float = 0.0, start_beat: float = 0.0
) -> Performance:
    """Play a melody from `start_beat`, which is at `start_s`, in this manner.

    Onsets stay in order, at least 40 ms apart, as fingers keep them.
    """
    pace = Pace(manner.bpm, manner.drift, rng)
    played: list[PlayedNote] = []
    due: list[float] = []
    beat, breaths_s, last_s = start_beat, 0.0, -math.inf
    origin_s = start_s - pace.seconds(start_beat)
    for index, note in enumerate(notes):
        beat += note.rest_beats if index else 0.0
        if index and rng.random() < manner.breath_chance:
            breath_s = rng.uniform(0.5, 1.0) * manner.breath_s
            if manner.in_time:
                last = played[-1]
                assert last.end_s is not None
                end_s = max(last.onset_s + (last.end_s - last.onset_s) / 4, last.end_s - breath_s)
                played[-1] = replace(last, end_s=end_s)
            else:
                breaths_s += breath_s
        due_s = origin_s + pace.seconds(beat) + breaths_s
        onset_s = max(due_s + rng.gauss(0.0, manner.onset_noise_s), last_s + 0.04)
        beat += note.duration_beats
        length_s = origin_s + pace.seconds(beat) + breaths_s - due_s
        end_s = onset_s + length_s * rng.uniform(*manner.held)
        played.append(PlayedNote(note.pitch, onset_s, end_s, 80))
        due.append(due_s)
        last_s = onset_s
    return Performance(tuple(played), tuple(due))
