"""What a compact model's heads say of its hidden states, in numpy. No torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.decoding.folded import GELU_LINEAR, Floats, Folded
from engine.drawing.row import Row, Rows

Places = npt.NDArray[np.intp]
_ONE, _LINEAR = np.float32(1.0), np.float32(GELU_LINEAR)


class Heads:
    """Turn rows of `Folded.heads` and the steps' own pointers into logits.

    read: what all heads made of each hidden state, (B, H); pointers: the carried columns of the steps, (B, P),
    those of tokens first: what each points at + 1, 0 for nothing.
    """

    def __init__(self, weights: Folded) -> None:
        config, parts = weights.config, weights.parts
        self._tokens, self._ends = parts["tokens"], parts.get("phrase_end")
        self._distances, self._bonuses = parts.get("distances"), parts.get("bonuses")
        self._durations, self._head = parts.get("durations"), weights.duration_head
        self._pointers, self._span = len(config.pointers), config.n_shift
        self._n_durations = config.n_durations

    def tokens(self, read: Floats, pointers: Places) -> Rows:
        """Return the logits of the next token, (B, V)."""
        logits = read[:, self._tokens].astype(np.float64)
        if self._distances is None:
            return logits
        span, anchors = self._span, pointers[:, 0]
        (near,) = np.nonzero((anchors > 0) & (anchors <= span))
        places = self._distances.start + span - anchors[near, None] + np.arange(span)
        logits[near, :span] += read[near[:, None], places]
        return _spread(logits, read[:, self._bonuses], pointers[:, : self._pointers])

    def durations(self, read: Floats, pointers: Places, tokens: Sequence[int]) -> Rows:
        """Return the logits of the duration of a token each, (B, D)."""
        head, count = self._head, self._n_durations
        assert head is not None
        u = read[:, self._durations] + head.by_token[tokens]
        if head.match is not None and head.distance is not None:
            ahead = pointers[:, : self._pointers]
            u += (ahead == np.add(tokens, 1)[:, None]) @ head.match
            u += head.distance[[self._distance(*each) for each in zip(tokens, ahead[:, 0].tolist(), strict=True)]]
        bent = np.ones((len(u), u.shape[1] + 1), np.float32)
        gelu(u, np.empty_like(u), bent[:, :-1])
        logits = (bent @ head.out.T).astype(np.float64)
        if logits.shape[1] == count:
            return logits
        return _spread(logits[:, :count], logits[:, count:], pointers[:, self._pointers :])

    def _distance(self, token: int, anchor: int) -> int:
        """Return the row of the table of distances; 0 where a token is none or lies on no scale."""
        span = self._span
        return min(max(token - anchor + 1 + span, 0), 2 * span - 1) if anchor and token < span else 0

    def phrase_ends(self, read: Floats) -> Row:
        """Return P(each step ends a phrase), (B,)."""
        assert self._ends is not None
        logits = read[:, self._ends.start].astype(np.float64)
        return 1.0 / (1.0 + np.exp(-logits))


def gelu(
    u: Floats,
    scratch: Floats,
    out: Floats,
    linear: Floats | np.float32 = _LINEAR,
    one: Floats | np.float32 = _ONE,
) -> None:
    """Write gelu(x) / GELU_OUT into `out` for u = GELU_IN * x; out may be u, linear and one may be arrays."""
    np.multiply(u, u, scratch)
    np.add(scratch, linear, scratch)
    np.multiply(scratch, u, scratch)
    np.tanh(scratch, scratch)
    np.add(scratch, one, scratch)
    np.multiply(u, scratch, out)


def _spread(logits: Rows, bonuses: npt.NDArray[np.floating], pointers: Places) -> Rows:
    """Return the logits, (B, V), with each bonus, (B, P), added where its pointer points."""
    rows, size = logits.shape
    places = pointers + np.arange(0, rows * (size + 1), size + 1)[:, None]
    added = np.bincount(places.ravel(), bonuses.ravel(), rows * (size + 1))
    return logits + added.reshape(rows, size + 1)[:, 1:]
