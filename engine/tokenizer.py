"""Notes to steps and back: the vocabulary as a table. No torch.

A *step* is one token with, in vocabularies that have durations, the index of its duration. Token numbers
are laid out so that a transposition is an addition: first the pitches, low to high, then the specials.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.errors import UserError
from engine.notes import Note

TICKS_PER_BEAT = 48
"""Time is summed in whole ticks, so that sixteenths and triplets never drift."""

PAPER_LOW, PAPER_HIGH = 45, 96


class Step(NamedTuple):
    """Hold one step: a token, and the index of its duration (-1: the token has none)."""

    token: int
    duration: int = -1


@dataclass(frozen=True)
class Tokenizer:
    """Hold a vocabulary: pitches low..high, end of text, unknown, and in subclasses what else there is.

    styles: names that a model with a `style` feature knows; "any" is always allowed and is no name.
    """

    low: int = PAPER_LOW
    high: int = PAPER_HIGH
    styles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 127:
            raise UserError(f"vocabulary: pitches {self.low}..{self.high} must rise within 0..127")

    @property
    def n_pitches(self) -> int:
        """Return the number of pitch tokens; they are the tokens 0..n_pitches-1."""
        return self.high - self.low + 1

    @property
    def eos(self) -> int:
        """Return the token that ends a song and, as the first step, begins one."""
        return self.n_pitches

    @property
    def unk(self) -> int:
        """Return the token of pitches outside the vocabulary."""
        return self.n_pitches + 1

    @property
    def rest(self) -> int | None:
        """Return the token of a rest, or None when the vocabulary has none."""
        return None

    @property
    def vocab_size(self) -> int:
        """Return the number of tokens."""
        return self.n_pitches + 2

    @property
    def durations(self) -> tuple[float, ...]:
        """Return the duration table in beats, rising; empty when steps carry none."""
        return ()

    @property
    def n_durations(self) -> int:
        """Return the length of the duration table."""
        return len(self.durations)

    def token(self, pitch: int) -> int:
        """Return the token of a MIDI pitch, `unk` outside low..high."""
        return pitch - self.low if self.low <= pitch <= self.high else self.unk

    def pitch(self, token: int) -> int | None:
        """Return the MIDI pitch of a token, or None for a special."""
        return self.low + token if 0 <= token < self.n_pitches else None

    def start_steps(self) -> list[Step]:
        """Return the steps that every sequence begins with."""
        return [Step(self.eos)]

    def encode(self, notes: Iterable[Note]) -> list[Step]:
        """Return the steps of a melody, without start and end."""
        raise NotImplementedError

    def decode(self, steps: Iterable[Step]) -> list[Note]:
        """Return the notes of steps; specials that do not sound are skipped."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """Return the vocabulary as plain values, as a checkpoint's config.json holds it."""
        raise NotImplementedError


@dataclass(frozen=True)
class PitchTokenizer(Tokenizer):
    """The paper's vocabulary: 52 pitches, end of text, unknown; 54 tokens. Durations and rests are dropped."""

    def encode(self, notes: Iterable[Note]) -> list[Step]:
        """Return one step a note."""
        return [Step(self.token(note.pitch)) for note in notes]

    def decode(self, steps: Iterable[Step]) -> list[Note]:
        """Return one note of one beat for each pitch token."""
        return [Note(self.low + step.token, 1.0) for step in steps if step.token < self.n_pitches]

    def to_json(self) -> dict[str, Any]:
        """Return the vocabulary as plain values."""
        return {"kind": "pitch", "low": self.low, "high": self.high, "styles": list(self.styles)}


DEFAULT_DURATIONS = (
    0.125,
    1 / 6,
    0.25,
    1 / 3,
    0.375,
    0.5,
    2 / 3,
    0.75,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    6.0,
    8.0,
)


@dataclass(frozen=True)
class NoteTokenizer(Tokenizer):
    """Pitch and duration in one step; a rest is a step of its own, before its note.

    duration_table: the lengths in beats that a step can have, rising; others go to the nearest by ratio.
    """

    low: int = 36
    high: int = 96
    duration_table: tuple[float, ...] = DEFAULT_DURATIONS

    def __post_init__(self) -> None:
        super().__post_init__()
        table = self.duration_table
        if not table or table[0] <= 0 or any(b <= a for a, b in itertools.pairwise(table)):
            raise UserError(f"vocabulary: the duration table must rise from above 0, not {list(table)}")

    @property
    def rest(self) -> int:
        """Return the token of a rest."""
        return self.n_pitches + 2

    @property
    def vocab_size(self) -> int:
        """Return the number of tokens."""
        return self.n_pitches + 3

    @property
    def durations(self) -> tuple[float, ...]:
        """Return the duration table in beats."""
        return self.duration_table

    def duration(self, beats: float) -> int:
        """Return the index of the table's entry nearest to `beats` by ratio."""
        table = self.duration_table
        above = bisect.bisect_left(table, beats)
        if above == 0 or above == len(table):
            return min(above, len(table) - 1)
        return above - 1 if beats / table[above - 1] < table[above] / beats else above

    def encode(self, notes: Iterable[Note]) -> list[Step]:
        """Return a step a note, and one for each rest that is at least half of the shortest duration."""
        steps: list[Step] = []
        for note in notes:
            if note.rest_beats >= self.duration_table[0] / 2:
                steps.append(Step(self.rest, self.duration(note.rest_beats)))
            steps.append(Step(self.token(note.pitch), self.duration(note.duration_beats)))
        return steps

    def decode(self, steps: Iterable[Step]) -> list[Note]:
        """Return the notes; successive rests add up, an unknown pitch passes as silence."""
        notes: list[Note] = []
        rest_beats = 0.0
        for step in steps:
            beats = self.duration_table[step.duration] if step.duration >= 0 else 0.0
            if step.token < self.n_pitches:
                notes.append(Note(self.low + step.token, beats, rest_beats))
                rest_beats = 0.0
            else:
                rest_beats += beats
        return notes

    def to_json(self) -> dict[str, Any]:
        """Return the vocabulary as plain values."""
        return {
            "kind": "note",
            "low": self.low,
            "high": self.high,
            "styles": list(self.styles),
            "durations": list(self.duration_table),
        }


def duration_table(lengths_beats: Iterable[float], least: int = 8) -> tuple[float, ...]:
    """Return the lengths, in beats on the tick grid, that occur at least `least` times, rising."""
    counts: dict[int, int] = {}
    for beats in lengths_beats:
        ticks = ticks_of(beats)
        counts[ticks] = counts.get(ticks, 0) + 1
    return tuple(ticks / TICKS_PER_BEAT for ticks in sorted(counts) if ticks and counts[ticks] >= least)


def ticks_of(beats: float) -> int:
    """Return a length in ticks, rounded half up."""
    return math.floor(beats * TICKS_PER_BEAT + 0.5)


def from_json(data: dict[str, Any]) -> Tokenizer:
    """Return the tokenizer that `to_json` described; raise UserError when it is none of ours."""
    try:
        low, high = int(data["low"]), int(data["high"])
        styles = tuple(str(name) for name in data.get("styles", ()))
        if data["kind"] == "pitch":
            return PitchTokenizer(low, high, styles)
        if data["kind"] == "note":
            return NoteTokenizer(low, high, styles, tuple(float(beats) for beats in data["durations"]))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"vocabulary: {error!r} in the checkpoint's config.json; save it anew") from error
    raise UserError(f"vocabulary: kind {data['kind']!r} is unknown; it is one of pitch, note")


def unknown_count(tokenizer: Tokenizer, notes: Sequence[Note]) -> int:
    """Return how many of the notes lie outside the vocabulary."""
    return sum(1 for note in notes if tokenizer.token(note.pitch) == tokenizer.unk)
