"""A take: an answer with its number, as it sounded, and all that drawing it again depends on. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.controls import Value
from engine.messages import Goal, Sampling
from engine.notes import Metre, Note


@dataclass(frozen=True, slots=True)
class Sounded:
    """Hold one note of a take as it sounded.

    note: as written, its rest from the end of the note before; velocity 1..127; channel 0..15; sounding_beats: how
    long it sounded; nudge_beats: how far behind its written place it began, by quantise and swing.
    """

    note: Note
    velocity: int
    channel: int
    sounding_beats: float
    nudge_beats: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Hold notes of an answer that the engine drew together, and how it was asked for them.

    behind: how many notes of the answer stood when they were planned, or when they were asked for singly (drafts
    1); before: those notes; skip: how many of the plan's first notes are not taken from it; notes: those that are;
    draft: which of a plan's goes on in them singly, None for none.
    """

    sampling: Sampling
    goal: Goal
    metre: Metre | None
    drafts: int
    count: int
    before: tuple[Note, ...]
    skip: int
    notes: tuple[Note, ...]
    read_from: int = 0
    draft: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Say which weights drew.

    checkpoint: their name; source: what --checkpoint takes to load them; checksum: of all that decides; device:
    where they ran; drafts: the most that could be drawn of an answer there, 0 where that was not noted.
    """

    checkpoint: str = ""
    source: str = ""
    checksum: str = ""
    device: str = ""
    drafts: int = 0


@dataclass(frozen=True, slots=True)
class InTime:
    """Say how a take lies in time.

    bpm: its tempo; call_s, call_last_s: when its call's first and last notes began (seconds), None without one;
    begun_s: when the answer began; clocked: by beats that others hear too. bar_beats, pulse_beats: its bars, 0
    while unknown; call_place_beats, place_beats: where in the bar call and answer began; clock_place_beats: where
    the answer did, modulo a bar, in the count of a clock.
    """

    bpm: float
    begun_s: float
    call_s: float | None = None
    call_last_s: float | None = None
    clocked: bool = False
    bar_beats: float = 0.0
    pulse_beats: float = 0.0
    call_place_beats: float = 0.0
    place_beats: float = 0.0
    clock_place_beats: float = 0.0


@dataclass(frozen=True, slots=True)
class Take:
    """Hold an answer that has sounded.

    number: from 1 in a session; context: all that had been heard, its last `call_notes` being the call; heard:
    the takes that were not to be drawn again; drawings: how its notes were drawn, in order; notes: as they
    sounded; settings: every control as it was when the turn passed.
    """

    number: int
    seed: int
    model: Model
    context: tuple[Note, ...]
    call_notes: int
    heard: tuple[int, ...]
    drawings: tuple[Drawing, ...]
    notes: tuple[Sounded, ...]
    time: InTime
    settings: Mapping[str, Value] = field(default_factory=dict)
    kept: bool = False

    @property
    def call(self) -> tuple[Note, ...]:
        """Return the notes that it answers."""
        return self.context[len(self.context) - self.call_notes :]

    @property
    def melody(self) -> tuple[Note, ...]:
        """Return its notes as written."""
        return tuple(sounded.note for sounded in self.notes)

    @property
    def beats(self) -> float:
        """Return its written length, from its first onset to the end of its last note."""
        written = sum(note.rest_beats + note.duration_beats for note in self.melody)
        return written - self.melody[0].rest_beats if self.notes else 0.0
