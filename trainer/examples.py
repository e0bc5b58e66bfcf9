"""A song as the model reads it: its rows, and what is to come next at each; cut, charged in part, stacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from engine.columns import Rows
from engine.notes import Song
from engine.styles import ANY, Style
from engine.tokenizer import Step, Tokenizer
from engine.tracker import Conditions, song_rows
from trainer.batch import IGNORED, Batch
from trainer.found import Finding

Ints = npt.NDArray[np.int16]


@dataclass(frozen=True)
class FoundRows:
    """Hold a song's rows under a metre that was found in it, and how many of them were read by then."""

    rows: Rows
    heard: int


@dataclass(frozen=True)
class Example:
    """Hold one song as rows and targets.

    blind: its rows with the metre unknown; found: under metres that were found in the song itself.
    """

    rows: Rows
    tokens: Ints
    durations: Ints
    phrase_ends: Ints
    blind: Rows | None = None
    found: tuple[FoundRows, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)


def note_flags(song: Song, steps: Sequence[Step], tokenizer: Tokenizer) -> Ints:
    """Return per row (start step first) whether its note ends a phrase; IGNORED for rests and unmarked songs."""
    flags = np.full(len(steps) + 1, IGNORED, np.int16)
    if song.phrase_ends is not None:
        notes = [place for place, step in enumerate(steps, 1) if step.token != tokenizer.rest]
        flags[notes] = song.phrase_ends
    return flags


def encode_song(
    song: Song,
    tokenizer: Tokenizer,
    names: Sequence[str],
    any_key: bool = False,
    style: bool = False,
    metre: bool = True,
    found: Sequence[Finding] = (),
) -> Example:
    """Return a song as the model reads it; metre and style are given to it only where they are told.

    found: metres that were found in the song, under each of which it is read as well.
    """
    steps = tokenizer.encode(song.notes)
    given = Conditions(song.metre if metre else None, any_key, Style(song.region) if style else ANY)
    timed = tokenizer.n_durations > 0
    return Example(
        rows=song_rows(tokenizer, steps, given, names),
        tokens=np.array([step.token for step in steps] + [tokenizer.eos], np.int16),
        durations=np.array([step.duration if timed else IGNORED for step in steps] + [IGNORED], np.int16),
        phrase_ends=note_flags(song, steps, tokenizer),
        blind=song_rows(tokenizer, steps, replace(given, metre=None), names)
        if timed and metre and song.metre
        else None,
        found=tuple(_found_rows(song, tokenizer, names, given, finding) for finding in found),
    )


def _found_rows(
    song: Song, tokenizer: Tokenizer, names: Sequence[str], given: Conditions, finding: Finding
) -> FoundRows:
    rows = song_rows(tokenizer, tokenizer.encode(song.notes), replace(given, metre=finding.metre), names)
    heard = len(tokenizer.start_steps()) + len(tokenizer.encode(song.notes[: finding.notes]))
    return FoundRows(rows, heard)


def charged(example: Example, heard: int, until: int | None = None, rows: Rows | None = None) -> Example:
    """Return an example, read by these rows, in which only what follows the first `heard` rows is charged.

    The newest of them says what comes next; whether its own note ends a phrase was heard, too. until: the first
    so many rows alone are read, and the newest of those is not asked what comes next.
    """
    rows = example.rows if rows is None else rows
    cut = slice(None, until)
    tokens, durations, ends = (
        each[cut].copy() for each in (example.tokens, example.durations, example.phrase_ends)
    )
    tokens[: max(0, heard - 1)] = durations[: max(0, heard - 1)] = ends[:heard] = IGNORED
    if until is not None:
        tokens[-1] = durations[-1] = IGNORED
    return Example(rows[cut], tokens, durations, ends)


def cut(example: Example, context: int) -> Example:
    """Return an example, no longer than the context."""
    if len(example) <= context:
        return example
    return Example(
        example.rows[:context],
        example.tokens[:context],
        example.durations[:context],
        example.phrase_ends[:context],
        example.blind[:context] if example.blind is not None else None,
        # Where nothing is left to be charged, nothing is to be learned.
        tuple(FoundRows(f.rows[:context], f.heard) for f in example.found if f.heard < context),
    )


def collate(examples: Sequence[Example], first: Sequence[int] | None = None) -> Batch:
    """Pad examples to the longest and stack them."""
    longest = max(len(example) for example in examples)
    rows = np.zeros((len(examples), longest, examples[0].rows.shape[1]), np.int64)
    targets = np.full((3, len(examples), longest), IGNORED, np.int64)
    for index, example in enumerate(examples):
        rows[index, : len(example)] = example.rows
        for target, values in zip(targets, (example.tokens, example.durations, example.phrase_ends), strict=True):
            target[index, : len(example)] = values
    begin = torch.tensor(first if first is not None else [0] * len(examples))
    tokens, durations, phrase_ends = torch.from_numpy(targets)
    return Batch(torch.from_numpy(rows), tokens, durations, phrase_ends, begin)
