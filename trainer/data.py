"""What the model is trained on: songs one by one. (The paper's windows over one long stream: stream.py.)

Both are deterministic: the batches of an epoch and all that is drawn for them depend on the seed, the epoch
and nothing else, so a run is resumed by its epoch and the number of batches done.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.columns import PULSE_COLUMNS, Rows, shift_rows
from engine.errors import UserError
from engine.metre_net import Net
from engine.notes import Song
from engine.styles import ANY, Style
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Step, Tokenizer, duration_table
from engine.tracker import Conditions, song_rows
from trainer.found import Finding, findings
from trainer.progress import Advance

IGNORED = -100
"""Target of places that are not scored (cross_entropy's own default)."""

Ints = npt.NDArray[np.int16]
_FINDINGS = 3
"""Calls of each song in which its metre is looked for, once for all epochs."""
_HIDDEN_PULSE = 0.15
"""Share of the songs whose bars are told and not how they are divided, as a control may tell them."""


@dataclass(frozen=True)
class Batch:
    """Hold a batch: B sequences of at most T steps, padded at the end.

    rows: (B, T, F); tokens, durations: (B, T), what comes next, IGNORED where nothing is scored;
    phrase_ends: (B, T), 1 where the step's own note ends a phrase, 0 where not, IGNORED where unknown;
    first: (B,), the position at which each sequence begins.
    """

    rows: Tensor
    tokens: Tensor
    durations: Tensor
    phrase_ends: Tensor
    first: Tensor

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on a device."""
        return Batch(*(getattr(self, name).to(device, non_blocking=True) for name in self.__dataclass_fields__))

    def part(self, index: int, count: int) -> Batch:
        """Return the index-th of `count` parts; together they are the batch, and none is without a sequence."""
        if index < len(self.rows):
            return Batch(*(getattr(self, name)[index::count] for name in self.__dataclass_fields__))
        nothing = torch.full_like(self.tokens[:1], IGNORED)
        return Batch(self.rows[:1], nothing, nothing, nothing, self.first[:1])


class Data(Protocol):
    """What the training loop asks of its data."""

    def batches(self, epoch: int) -> list[list[int]]:
        """Return the item numbers of each batch of an epoch, in order."""

    def collate(self, items: Sequence[int], epoch: int | None = None) -> Batch:
        """Return a batch as drawn for an epoch, or plain (as it is evaluated) without one."""


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


def length_batches(lengths: Sequence[int], batch_tokens: int, order: npt.NDArray[np.int64]) -> list[list[int]]:
    """Cut songs, taken in `order`, into batches of like length with at most `batch_tokens` padded steps each."""
    batches: list[list[int]] = []
    pool = 32 * max(1, batch_tokens // 64)
    for start in range(0, len(order), pool):
        songs = sorted(order[start : start + pool].tolist(), key=lambda song: lengths[song])
        batch: list[int] = []
        for song in songs:
            if batch and (len(batch) + 1) * lengths[song] > batch_tokens:
                batches.append(batch)
                batch = []
            batch.append(song)
        batches.append(batch)
    return batches


class SongData:
    """Songs in batches of like length; each epoch moves some to other keys and hides some songs' metre and style.

    A share of the songs begins at a later position, so that positions which only long sessions reach are
    learned too. A share is told a metre that was found in the song, right or wrong, and charged for what comes
    after the call in which it was found: so far is a metre to be trusted that is only inferred.
    """

    def __init__(
        self,
        songs: Sequence[Song],
        tokenizer: Tokenizer,
        names: Sequence[str],
        context: int,
        batch_tokens: int = 4096,
        seed: int = 0,
        transposed: float = 0.5,
        hidden_metre: float = 0.3,
        late_start: float = 0.3,
        found_metre: float = 0.0,
        hidden_style: float = 0.5,
        progress: Advance | None = None,
        net: Net | None = None,
    ) -> None:
        """Encode the songs; progress is told (done, all) now and then; net (None: the shipped one) finds bars."""
        self._tokenizer, self._names, self._context = tokenizer, list(names), context
        self._batch_tokens, self._seed = batch_tokens, seed
        self._transposed, self._hidden_metre, self._late_start = transposed, hidden_metre, late_start
        self._hidden_style = hidden_style
        self._found_metre = found_metre if tokenizer.n_durations else 0.0
        self._pulse = [place for place, name in enumerate(self._names) if name in PULSE_COLUMNS]
        rng = random.Random(seed)
        net = (net or Net.shipped()) if self._found_metre else None
        self.examples: list[Example] = []
        for done, song in enumerate(songs, 1):
            found = findings(song, _FINDINGS, net, rng) if net is not None else []
            self.examples.append(_cut(encode_song(song, tokenizer, names, style=True, found=found), context))
            if progress is not None and (done % 100 == 0 or done == len(songs)):
                progress(done, len(songs))
        self._lengths = [len(example) for example in self.examples]

    def add(self, examples: Sequence[Example]) -> None:
        """Add sequences that are no songs of the set."""
        self.examples += [_cut(example, self._context) for example in examples]
        self._lengths = [len(example) for example in self.examples]

    def batches(self, epoch: int) -> list[list[int]]:
        """Return the songs of each batch of an epoch."""
        random = np.random.default_rng((self._seed, epoch, 0))
        batches = length_batches(self._lengths, self._batch_tokens, random.permutation(len(self.examples)))
        return [batches[index] for index in random.permutation(len(batches))]

    def plain_batches(self) -> list[list[int]]:
        """Return all songs in batches for evaluation, the same each time."""
        return length_batches(self._lengths, self._batch_tokens, np.arange(len(self.examples)))

    def collate(self, items: Sequence[int], epoch: int | None = None) -> Batch:
        """Return these songs, varied as drawn for the epoch, or as they are without one."""
        if epoch is None:
            return collate([self._plain(self.examples[item]) for item in items])
        drawn = [
            self._vary(self.examples[item], np.random.default_rng((self._seed, epoch, 1, int(item))))
            for item in items
        ]
        return collate([example for example, _ in drawn], [first for _, first in drawn])

    def _plain(self, example: Example) -> Example:
        return replace(example, rows=self._without_style(example.rows))

    def _without_style(self, rows: Rows) -> Rows:
        if "style" not in self._names:
            return rows
        rows = rows.copy()
        rows[:, self._names.index("style")] = 0
        return rows

    def _vary(self, example: Example, random: np.random.Generator) -> tuple[Example, int]:
        example = self._told(example, random)
        rows, tokens = example.rows, example.tokens
        pitches = self._tokenizer.n_pitches
        if random.random() < self._hidden_style:
            rows = self._without_style(rows)
        if self._pulse and random.random() < _HIDDEN_PULSE:
            rows = rows.copy()
            rows[:, self._pulse] = 0
        if random.random() < self._transposed:
            own = rows[rows[:, 0] < pitches, 0]
            if len(own):
                low, high = max(-12, -int(own.min())), min(12, pitches - 1 - int(own.max()))
                shift = int(random.integers(low, high + 1))
                rows = shift_rows(rows, self._names, pitches, shift)
                moved = np.where(tokens < pitches, tokens + shift, tokens)
                tokens = np.where(tokens == IGNORED, IGNORED, moved).astype(np.int16)
        room = self._context - len(example)
        first = int(random.integers(room + 1)) if random.random() < self._late_start else 0
        return replace(example, rows=rows, tokens=tokens), first

    def _told(self, example: Example, random: np.random.Generator) -> Example:
        """Return the example under the metre that is told in this epoch: the true one, none, or one found."""
        drawn = random.random() - self._hidden_metre
        if drawn < 0.0:
            return replace(example, rows=example.rows if example.blind is None else example.blind)
        if drawn < self._found_metre and example.found:
            found = example.found[int(random.integers(len(example.found)))]
            return charged(example, found.heard, rows=found.rows)
        return example


def _cut(example: Example, context: int) -> Example:
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


def make_tokenizer(kind: str, songs: Sequence[Song], styles: int = 0) -> Tokenizer:
    """Return the vocabulary for a training set: "pitch" (the paper's) or "note".

    styles: regions with at least this many songs get a name of their own; 0: none do.
    Raises UserError for another kind, or for songs without durations where they are needed.
    """
    if kind == "pitch":
        return PitchTokenizer()
    if kind != "note":
        raise UserError(f"tokenizer {kind!r} is unknown; it is one of pitch, note")
    if not all(song.has_durations for song in songs):
        raise UserError("this source has no durations; take the tokenizer pitch, or MIDI, Humdrum or ABC files")
    lengths = [beats for song in songs for note in song.notes for beats in (note.duration_beats, note.rest_beats)]
    counts: dict[str, int] = {}
    for song in songs:
        counts[song.region] = counts.get(song.region, 0) + 1
    named = sorted(name for name, count in counts.items() if name and styles and count >= styles)
    table = duration_table(lengths) or duration_table(lengths, least=1)
    return NoteTokenizer(styles=tuple(named), duration_table=table)
