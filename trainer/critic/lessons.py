"""What the critic learns from: real continuations, drafts to the same calls, and continuations that are spoilt."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.notes import Note
from engine.planning.energy import energy_leans
from engine.planning.figures import table
from engine.planning.note_columns import NoteColumns, note_columns
from engine.planning.pair import Pair
from trainer.calls import Drafted
from trainer.drafts import Drafter

Floats = npt.NDArray[np.float32]

SPOILT = 3
"""Spoilt songs of a call. Taught on spoilt drafts instead, a critic took hammered notes and see-saws for songs."""


@dataclass(frozen=True)
class Lessons:
    """Hold what is read of K candidates to each of B calls, the real continuation first.

    figures: (B, K, figures); leans: what is weighed beside the scores, (B, K); notes: of each call.
    """

    figures: Floats
    leans: Floats
    notes: Sequence[NoteColumns]

    def __len__(self) -> int:
        return len(self.figures)

    def of(self, calls: Sequence[int]) -> Lessons:
        """Return the lessons of some of the calls, by their numbers."""
        some = list(calls)
        return Lessons(self.figures[some], self.leans[some], [self.notes[call] for call in some])

    def first(self, count: int) -> Lessons:
        """Return lessons of so many candidates to each call."""
        notes = [NoteColumns(one.call, one.answers[:count], one.there[:count]) for one in self.notes]
        return Lessons(self.figures[:, :count], self.leans[:, :count], notes)


def lessons_of(drafted: Sequence[Drafted], seed: int, drafter: Drafter) -> Lessons:
    """Return what there is to learn of calls with as many drafts each.

    drafter: says what its model gives spoilt continuations. It matters: a song's continuation can be less likely
    than any draft, so a net that saw no other unlikely notes would take whatever is unlikely for a song. Where
    nothing is known of the others, nothing is said.
    """
    rng = random.Random(seed)
    figures, leans, notes = [], [], []
    for one in drafted:
        bad = [spoilt(one.call.real, rng) for _ in range(SPOILT)]
        costs = drafter.log_probabilities(one.call.notes, bad, one.found)
        if any(math.isnan(nats) for nats in one.log_probabilities):
            costs = [math.nan] * len(bad)
        candidates, nats = (one.call.real, *one.drafts, *bad), (*one.log_probabilities, *costs)
        told = zip(candidates, nats, strict=True)
        figures.append(table(Pair(one.call.notes, each, one.found, cost, one.call.key) for each, cost in told))
        leans.append([*energy_leans(one.call.notes, (one.call.real, *one.drafts)), *[0.0] * SPOILT])
        columns = note_columns([Pair(one.call.notes, each, one.found) for each in candidates])
        # A byte holds each of them, and there are many.
        notes.append(NoteColumns(columns.call.astype(np.uint8), columns.answers.astype(np.uint8), columns.there))
    return Lessons(np.array(figures, np.float32), np.array(leans, np.float32), notes)


def usual(rows: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each figure, (figures,), of those that are numbers."""
    flat = rows.reshape(-1, rows.shape[-1])
    known = np.maximum(np.isfinite(flat).sum(0), 1)
    mean = np.nansum(flat, 0) / known
    scale = np.sqrt(np.nansum((flat - mean) ** 2, 0) / known) + 1e-3
    return mean.astype(np.float32), scale.astype(np.float32)


def spoilt(notes: Sequence[Note], rng: random.Random) -> tuple[Note, ...]:
    """Return a melody of three notes at least with one of the faults that give machines away."""
    way = rng.randrange(5)
    pitches = [note.pitch for note in notes]
    if way == 0:  # to and fro
        pair = rng.sample(pitches, 2)
        return tuple(replace(note, pitch=pair[index % 2]) for index, note in enumerate(notes))
    if way == 1:  # one pitch hammered
        begin = rng.randrange(len(notes) // 2 + 1)
        return tuple(replace(n, pitch=pitches[begin]) if i >= begin else n for i, n in enumerate(notes))
    if way == 2:  # chopped by rests
        gaps = [note.duration_beats / 2 if rng.random() < 0.4 else 0.0 for note in notes[:-1]]
        cut = [replace(n, duration_beats=n.duration_beats - gap) for n, gap in zip(notes, gaps, strict=False)]
        later = [
            replace(n, rest_beats=n.rest_beats + gap) for n, gap in zip((*cut[1:], notes[-1]), gaps, strict=True)
        ]
        return (*cut[:1], *later)
    if way == 3:  # out of the bar from somewhere on
        place = rng.randrange(max(1, len(notes) // 2))
        longer = notes[place].duration_beats + rng.choice((0.5, 1.0))
        return (*notes[:place], replace(notes[place], duration_beats=longer), *notes[place + 1 :])
    rng.shuffle(pitches)  # by chance
    return tuple(replace(note, pitch=pitch) for note, pitch in zip(notes, pitches, strict=True))
