"""The seam between what plays and what computes: how a model is read, whatever reads it. No torch.

Rows of integer columns go in, logits come out as numpy arrays; keys, values and hidden states stay behind the
seam. Every decoder has to say what eager PyTorch (eager.py), the reference, says: the same notes at temperature
0, and in float32 logits within 1e-4 of its.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from engine.drawing.row import Row, Rows
from engine.model_config import GPTConfig
from engine.tokenizer import Tokenizer

Branch = tuple[int, ...]
"""The steps from the context to one step, that step included, as numbers that `Branches.grow` gives."""


class Branches(Protocol):
    """Read many continuations of what a decoder has read: steps as branches of a tree, the context there once.

    They last until the decoder reads, goes back, or gives other branches; throwing them away costs nothing. The
    branch () is the context itself.
    """

    def grow(self, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        """Read one more step on each of these branches, all in one pass; return the longer branches.

        rows: the steps' integer columns. The place of each step in the melody must be within the context.
        """
        ...

    def token_logits(self, branches: Sequence[Branch]) -> Rows:
        """Return the logits of the step behind each of these branches, (B, V)."""
        ...

    def duration_logits(self, branches: Sequence[Branch], tokens: Sequence[int]) -> Rows:
        """Return the logits of the duration of a token behind each of these branches, (B, D)."""
        ...

    def phrase_ends(self, branches: Sequence[Branch]) -> Row:
        """Return P(the last step of each of these branches ends a phrase), (B,)."""
        ...


class Decoder(Protocol):
    """Read one sequence and tell what follows any part of it; going back is setting a number.

    What was read is kept for every place, so that a step drawn again with other parameters is not read again.
    """

    @property
    def length(self) -> int:
        """Return how many steps were read."""
        ...

    def append(self, rows: Sequence[Sequence[int]]) -> None:
        """Read one step or many behind what was read; rows: their integer columns.

        Raises ValueError when they do not fit the model's context.
        """
        ...

    def rewind(self, length: int) -> None:
        """Go back to the first `length` steps; raise ValueError when there are fewer."""
        ...

    def token_logits(self, length: int) -> Row:
        """Return the logits of the step after the first `length`, (V,)."""
        ...

    def duration_logits(self, length: int, token: int) -> Row:
        """Return the logits of the duration of `token` after the first `length` steps, (D,)."""
        ...

    def phrase_end(self, length: int) -> float:
        """Return P(step `length` ends a phrase), for a model that has this head."""
        ...

    def branches(self) -> Branches:
        """Return branches behind what was read; those given before end."""
        ...


class Playable(Protocol):
    """A model that can be played: what it is made of, its vocabulary, where it came from, and its decoders.

    device_name: its name; way: what a user is told besides of how it is computed, "" for nothing; parameters: the
    number of weights.
    """

    @property
    def config(self) -> GPTConfig: ...
    @property
    def tokenizer(self) -> Tokenizer: ...
    @property
    def path(self) -> Path: ...
    @property
    def device_name(self) -> str: ...
    @property
    def way(self) -> str: ...
    @property
    def parameters(self) -> int: ...

    def decoder(self) -> Decoder:
        """Return a decoder that has read nothing; all of a model's share its weights."""
        ...
