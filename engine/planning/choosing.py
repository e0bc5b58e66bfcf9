"""Judge whole drafts, and choose one: in proportion to how good they are, never simply the best. Pure.

The hardest choice is not the best one: whoever takes the largest of many scores takes what the judge is wrong
about. Drawing in proportion to exp(score) is importance sampling: with a judge that tells songs from drafts, and
enough drafts, what is chosen is spread as songs are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from engine.drawing.sampler import pick
from engine.drawing.seeds import choice_seed, points_of
from engine.notes import Metre, Note

BETA = 1.0
"""How much a difference of scores counts: 0 chooses evenly, 1 by the judge's own odds, more is harder."""


class Judge(Protocol):
    """Say how good whole answers are."""

    def scores(
        self,
        call: Sequence[Note],
        candidates: Sequence[Sequence[Note]],
        metre: Metre | None,
        log_probabilities: Sequence[float],
    ) -> Sequence[float]:
        """Return a score in nats for each candidate to a call, more being better.

        metre: its upbeat is where the call's first step (note or rest) begins; log_probabilities: the model's own,
        of the notes that were drawn.
        """


class Likelihood:
    """Take the model's word for it, note by note, so that a long answer is none the worse."""

    def scores(
        self,
        call: Sequence[Note],
        candidates: Sequence[Sequence[Note]],
        metre: Metre | None,
        log_probabilities: Sequence[float],
    ) -> list[float]:
        """Return the log probability of a note, in nats."""
        return [nats / max(1, len(notes)) for notes, nats in zip(candidates, log_probabilities, strict=True)]


def choose(scores: Sequence[float], seed: int, beta: float = BETA, leans: Sequence[float] | None = None) -> int:
    """Return the index of one of the scores, drawn in proportion to exp(beta * score + lean), leans being 0."""
    logs = beta * np.asarray(scores, dtype=np.float64)
    if leans is not None:
        logs = logs + np.asarray(leans, dtype=np.float64)
    weights = np.exp(logs - logs.max())
    return pick(weights / weights.sum(), next(points_of(choice_seed(seed))))
