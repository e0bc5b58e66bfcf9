"""The one table of figures that the critic reads of a call and a candidate answer to it. No torch.

Each row is a name and a rule; the rules stand by subject in `engine/planning/rules/` and look at one small view of
the two melodies, the `Pair`. Where a figure cannot be told (no bar is known, no step to look at) it is NaN, and
counts neither for nor against.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.planning.pair import Pair
from engine.planning.rules import bars, call, end, filling, form, line


@dataclass(frozen=True, slots=True)
class Figure:
    """Describe one figure: its name, and its rule."""

    name: str
    rule: Callable[[Pair], float]


def table(pairs: Iterable[Pair]) -> list[list[float]]:
    """Return a row of figures for each pair, in the order of FIGURES."""
    return [[figure.rule(pair) for figure in FIGURES] for pair in pairs]


def likelihood(pair: Pair) -> float:
    """Return what the model gave it, in nats a note."""
    return math.nan if pair.log_probability is None else pair.log_probability / len(pair.line.pitches)


FIGURES: tuple[Figure, ...] = tuple(
    Figure(rule.__name__, rule)
    for rule in (*bars.RULES, *form.RULES, *call.RULES, *line.RULES, *end.RULES, *filling.RULES, likelihood)
)
"""Every figure that the critic reads. Its weights name them, so that they cannot be mixed up."""
NAMES = tuple(figure.name for figure in FIGURES)
