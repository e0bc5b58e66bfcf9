"""An ear for styles: from counts of small figures in a passage it says which style the passage is of.

Counted are runs of one to three intervals, of note values, of degrees of the passage's own key, and in which part
of the bar notes of which value begin: each as the square root of its share among those of its kind, so that short
passages can be held against long ones. Logistic regression with a penalty on the weights; styles weigh alike,
however many passages there are of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.key import MAJOR_SCALES, estimate_key
from engine.notes import Metre, Note
from engine.tokenizer import ticks_of

Floats = npt.NDArray[np.float64]

LEAST = 15
"""A figure counts when so many passages to learn from have it."""
_PLACES_A_BEAT = 4
_STEPS = 200
PENALTY = 1e-3
"""The best of 1e-5 to 1e-2 on the validation part."""


@dataclass(frozen=True)
class Passage:
    """Hold notes as they are heard.

    metre: the bars there; its upbeat is the place at which the first note, or the rest before it, begins.
    """

    notes: tuple[Note, ...]
    metre: Metre


def figures_of(passage: Passage) -> dict[Hashable, float]:
    """Return the figures of a passage with their weights; the same in every key."""
    counts: dict[str, Counter[Hashable]] = {}
    for family, figure, weight in _figures(passage):
        counts.setdefault(family, Counter())[figure] += weight
    return {
        (family, figure): float(np.sqrt(weight / sum(own.values())))
        for family, own in counts.items()
        for figure, weight in own.items()
    }


def _figures(passage: Passage) -> Iterator[tuple[str, Hashable, int]]:
    notes, metre = passage.notes, passage.metre
    steps = [max(-13, min(13, after.pitch - before.pitch)) for before, after in pairwise(notes)]
    values = [ticks_of(note.duration_beats) for note in notes]
    key = estimate_key(notes)
    tonic, major = (key.tonic, key.scale in MAJOR_SCALES) if key else (0, True)
    degrees = [(note.pitch - tonic) % 12 for note in notes]
    for name, line in (("interval", steps), ("value", values), ("degree", degrees)):
        for size in (1, 2, 3):
            for begin in range(len(line) - size + 1):
                yield f"{name} {size}", tuple(line[begin : begin + size]), 1
    for step, value, after in zip(steps, values, values[1:], strict=False):
        yield "figure", (max(-5, min(5, step)), value, after), 1
    place = metre.upbeat_beats
    for note, value in zip(notes, values, strict=True):
        place += note.rest_beats
        yield "place", (metre.beats_per_bar, round(place % metre.beats_per_bar * _PLACES_A_BEAT), value), 1
        place += note.duration_beats
    yield "bar", (metre.beats_per_bar, metre.pulse_beats), 1
    yield "mode", major, 1
    yield "last", (major, degrees[-1]), 1
    yield "range", min((max(n.pitch for n in notes) - min(n.pitch for n in notes)) // 3, 8), 1
    rests = sum(note.rest_beats > 0 for note in notes[1:])
    yield "rests", min(4 * rests // len(notes), 2) if rests else -1, 1


class Ear:
    """Name the style of passages."""

    def __init__(self, passages: Sequence[Passage], styles: Sequence[str]) -> None:
        """Learn from passages and the style of each."""
        self.styles = tuple(sorted(set(styles)))
        told = [figures_of(passage) for passage in passages]
        common = Counter(figure for each in told for figure in each)
        self._columns = {
            figure: column for column, figure in enumerate(f for f, count in common.items() if count >= LEAST)
        }
        truth = np.array([self.styles.index(style) for style in styles])
        shares = (1.0 / np.bincount(truth))[truth] / len(self.styles)
        self._weights = _learned(self._rows(told), np.eye(len(self.styles))[truth], shares, PENALTY)

    def probabilities(self, passages: Sequence[Passage]) -> Floats:
        """Return what is likely of each passage, (N, styles)."""
        return _softmax(self._rows([figures_of(passage) for passage in passages]) @ self._weights)

    def named(self, passages: Sequence[Passage]) -> list[str]:
        """Return the likeliest style of each passage."""
        return [self.styles[place] for place in self.probabilities(passages).argmax(1)]

    def _rows(self, told: Sequence[dict[Hashable, float]]) -> Floats:
        rows = np.zeros((len(told), len(self._columns) + 1))
        rows[:, -1] = 1.0
        for row, figures in zip(rows, told, strict=True):
            for figure, value in figures.items():
                if figure in self._columns:
                    row[self._columns[figure]] = value
        return rows


def _softmax(scores: Floats) -> Floats:
    odds = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True))


def _learned(rows: Floats, truth: Floats, shares: Floats, penalty: float) -> Floats:
    """Return the weights (columns, styles) of a logistic regression; truth: (N, styles), one of them 1."""
    read, wanted, weight = (torch.from_numpy(each.astype(np.float32)) for each in (rows, truth, shares))
    weights = torch.zeros(rows.shape[1], truth.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS, history_size=12, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        told = -(torch.log_softmax(read @ weights, 1) * wanted).sum(1)
        # The last column is what is likely before anything is heard: it is not held back.
        cost = weight @ told + penalty / 2 * (weights[:-1] ** 2).sum()
        torch.autograd.backward(cost)
        return cost.detach()

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return np.asarray(weights.detach().double().numpy())
