"""Experts pooled: their log probabilities weighted, added and normalised again, the weights learned.

The weights of a kind of place are those that make what was held out the likeliest; that is one best set, for the
log likelihood has no other top (Heskes, Selecting weighting factors in logarithmic opinion pools, 1998). Newton's
method finds it.
"""

from __future__ import annotations

import numpy as np

from bench.kneser_ney import Floats, Ints

_STEPS, _ENOUGH = 30, 1e-7
_PULL = 3.0
"""How strongly the weights of a kind of place are drawn to those of all places, as so many squared nats."""


class Pool:
    """Mix experts."""

    def __init__(self, logs: Floats, symbols: Ints, kinds: Ints) -> None:
        """Learn from what E experts said at places that were held out.

        logs: (Q, E, S), log probabilities of S symbols; symbols: (Q,), those that came; kinds: (Q,), of places.
        """
        experts = logs.shape[1]
        everywhere = _fitted(logs, symbols, np.full(experts, 1.0 / experts))
        self.weights = np.tile(everywhere, (int(kinds.max(initial=0)) + 1, 1))
        for kind in range(len(self.weights)):
            own = np.flatnonzero(kinds == kind)
            if len(own):
                self.weights[kind] = _fitted(logs[own], symbols[own], everywhere)

    def probabilities(self, logs: Floats, kinds: Ints) -> Floats:
        """Return what the experts say together, (Q, S)."""
        return _pooled(logs, self.weights[np.minimum(kinds, len(self.weights) - 1)])


def _pooled(logs: Floats, weights: Floats) -> Floats:
    """Return what experts say together; weights: (E,), or (Q, E), of each place its own."""
    scores = np.matmul(weights[..., None, :], logs)[:, 0]
    odds = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True))


def _fitted(logs: Floats, symbols: Ints, start: Floats) -> Floats:
    """Return the weights under which the symbols are likeliest, drawn to where they start."""
    weights, said = start.copy(), logs[np.arange(len(logs)), :, symbols]
    best = _cost(logs, said, weights, start)
    for _ in range(_STEPS):
        probabilities = _pooled(logs, weights)
        mean = np.matmul(logs, probabilities[:, :, None])[:, :, 0]
        slope = (mean - said).sum(0) + _PULL * (weights - start)
        bend = _PULL * np.eye(len(weights)) - mean.T @ mean
        for place in range(0, len(logs), 2048):
            part = logs[place : place + 2048]
            wide = (part * probabilities[place : place + 2048, None]).transpose(1, 0, 2).reshape(len(weights), -1)
            bend += wide @ part.transpose(1, 0, 2).reshape(len(weights), -1).T
        step = np.linalg.solve(bend, slope)
        scale = 1.0
        while (cost := _cost(logs, said, weights - scale * step, start)) > best and scale > 1e-3:
            scale /= 2
        if cost >= best - _ENOUGH * len(logs):
            break
        weights, best = weights - scale * step, cost
    return weights


def _cost(logs: Floats, said: Floats, weights: Floats, start: Floats) -> float:
    scores = np.matmul(weights[None, :], logs)[:, 0]
    top = scores.max(1)
    whole = np.log(np.exp(scores - top[:, None]).sum(1)) + top
    return float((whole - said @ weights).sum() + _PULL / 2 * ((weights - start) ** 2).sum())
