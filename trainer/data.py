"""What the model is trained on: songs one by one. (The paper's windows over one long stream: stream.py.)

Both are deterministic: the batches of an epoch and all that is drawn for them depend on the seed, the epoch
and nothing else, so a run is resumed by its epoch and the number of batches done.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.columns import PULSE_COLUMNS, Rows, shift_rows
from engine.metre_net import Net
from engine.notes import Song
from engine.tokenizer import Tokenizer
from trainer.batch import IGNORED, Batch, length_batches
from trainer.examples import Example, charged, collate, cut, encode_song
from trainer.found import findings
from trainer.progress import Advance

_FINDINGS = 3
"""Calls of each song in which its metre is looked for, once for all epochs."""
_HIDDEN_PULSE = 0.15
"""Share of the songs whose bars are told and not how they are divided, as a control may tell them."""


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
            self.examples.append(cut(encode_song(song, tokenizer, names, style=True, found=found), context))
            if progress is not None and (done % 100 == 0 or done == len(songs)):
                progress(done, len(songs))
        self._lengths = [len(example) for example in self.examples]

    def add(self, examples: Sequence[Example]) -> None:
        """Add sequences that are no songs of the set."""
        self.examples += [cut(example, self._context) for example in examples]
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
