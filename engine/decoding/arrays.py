"""The fast way for compact models on the CPU: steps in numpy, in as few calls as they take. No torch.

BLAS should have one thread here (engine/start.py sees to it): a step's matrices are read before another has woken.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import sqrt
from typing import NamedTuple

import numpy as np

from engine.decoding.folded import EPS, GELU_LINEAR, Floats, Folded
from engine.decoding.heads import Heads, Places, gelu
from engine.decoding.seam import Branch
from engine.drawing.row import Row, Rows

BRANCH_PLACES = 256
"""Room for so many steps of branches at first; it is doubled when it is used up."""
KEPT_STEPS = 64
"""What so many steps are computed in, or fewer, is kept for the next that are as many."""
SMALL_PRODUCT = 1_000_000
"""A product of matrices of so many multiplications OpenBLAS does without copying the matrix first (AVX-512)."""
FEW_STEPS = 32
"""For more steps than these the copy is worth its while."""
WHOLE_COLUMNS = 32
"""Parts of a product have a multiple of so many columns, as processors have it."""

Product = tuple[Floats, Floats, Floats]
"""Two factors and where their product goes."""


class ArrayDecoder:
    """Read one sequence of a compact model.

    What is kept of step i stands at place i; going back is setting a number. Behind the sequence's own steps,
    branches put theirs.
    """

    def __init__(self, weights: Folded) -> None:
        config = weights.config
        self.length = 0
        self.heads = Heads(weights)
        self._weights, self._capacity = weights, config.context
        sizes = [size for _, size in config.features]
        self._offsets = np.cumsum([0, *sizes[:-1]])
        self._carried = [config.feature_names.index(name) for name in config.carried]
        self._eps = config.n_embd * EPS
        self._single = _Single(config.n_embd, config.n_head)
        self._room = _Room(weights, config.context + BRANCH_PLACES)
        self._several: dict[int, _Several] = {}

    def append(self, rows: Sequence[Sequence[int]]) -> None:
        """Read one step or many; raise ValueError when they do not fit the context."""
        begin, count = self.length, len(rows)
        if begin + count > self._capacity:
            raise ValueError(f"the cache holds {self._capacity} positions; {begin + count} would be needed")
        if count == 1:
            self._read_one(rows[0])
        else:
            ahead = np.triu(np.full((count, count), -np.inf, np.float32), 1)
            self.read(rows, np.arange(begin, begin + count), begin, ahead)
        self.length += count

    def rewind(self, length: int) -> None:
        """Go back to the first `length` steps; raise ValueError when there are fewer."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot rewind to {length}: the cache holds {self.length} positions")
        self.length = length

    def token_logits(self, length: int) -> Row:
        """Return the logits of the step after the first `length`, (V,)."""
        row: Row = self.heads.tokens(*self.heard(slice(length - 1, length)))[0]
        return row

    def duration_logits(self, length: int, token: int) -> Row:
        """Return the logits of the duration of `token` after the first `length` steps, (D,)."""
        row: Row = self.heads.durations(*self.heard(slice(length - 1, length)), [token])[0]
        return row

    def phrase_end(self, length: int) -> float:
        """Return P(step `length` ends a phrase)."""
        return float(self.heads.phrase_ends(self._room.heard[length - 1 : length])[0])

    def branches(self) -> ArrayBranches:
        """Return branches behind what was read; those given before end."""
        return ArrayBranches(self)

    def heard(self, places: slice | Sequence[int]) -> tuple[Floats, Places]:
        """Return what the heads made of the steps at these places, and the steps' pointers."""
        return self._room.heard[places], self._room.pointers[places]

    def _read_one(self, row: Sequence[int]) -> None:
        """Read one step that sees all before it, in as few calls as it takes."""
        room, it, eps = self._room, self._single, self._eps
        place, end = self.length, self.length + 1
        x = np.add.reduce(self._weights.embedding.take(np.add(row, self._offsets), 0), 0)
        x += self._weights.positions[place]
        for layer, keys, values in room.layers:
            np.multiply(x, 1.0 / sqrt(x.dot(x) + eps), it.normed)
            layer.qkv.dot(it.with_one, it.qkv)
            keys[:, :, place], values[:, place, :-1] = it.key, it.value
            scores = np.matmul(it.query, keys[:, :, :end])
            if not layer.bounded:
                scores -= np.maximum.reduce(scores, axis=2, keepdims=True)
            np.exp(scores, scores)
            np.matmul(scores, values[:, :end], it.weighted)
            np.divide(it.sums, it.total, it.attended)
            x += layer.attended.dot(it.attended_with_one, it.added)
            np.multiply(x, 1.0 / sqrt(x.dot(x) + eps), it.normed)
            layer.widen.dot(it.with_one, it.wide)
            gelu(it.wide, it.scratch, it.wide, it.linear, it.one)
            x += layer.narrow.dot(it.wide_with_one, it.added)
        np.multiply(x, 1.0 / sqrt(x.dot(x) + eps), it.normed)
        self._weights.heads.dot(it.with_one, room.heard[place])
        if self._carried:
            room.pointers[place] = [row[column] for column in self._carried]

    def read(self, rows: Sequence[Sequence[int]], positions: Places, begin: int, hidden: Floats) -> None:
        """Read many steps into the places from `begin` on, each layer once for all of them.

        hidden: minus infinity where a step must not look, else 0, (steps, last places); all look at those before.
        """
        count, end = len(rows), begin + len(rows)
        steps = np.fromiter(chain.from_iterable(rows), np.intp).reshape(count, -1)
        room = self._room = self._room.with_places(end)
        it, seen = self._place_for(count), end - hidden.shape[1]
        # Column by column, so that whole rows of steps are added: as many additions, in the same order.
        x = np.add.reduce(self._weights.embedding.take((steps + self._offsets).T, 0), 0, out=it.x)
        x += self._weights.positions[positions]
        for products, (layer, keys, values) in zip(it.layers, room.layers, strict=True):
            it.norm()
            _multiply(products.qkv)
            keys[:, :, begin:end], values[:, begin:end, :-1] = it.keys, it.values
            scores = it.queries @ keys[:, :, :end]
            scores[..., seen:] += hidden
            if not layer.bounded:
                scores -= np.maximum.reduce(scores, axis=2, keepdims=True)
            np.exp(scores, scores)
            weighted = (scores @ values[:, :end]).transpose(1, 0, 2)
            np.divide(weighted[..., :-1], weighted[..., -1:], it.attended)
            _multiply(products.attended)
            x += it.added
            it.norm()
            _multiply(products.widen)
            gelu(it.wide, it.scratch, it.bent)
            _multiply(products.narrow)
            x += it.added
        it.norm()
        np.matmul(it.with_one, self._weights.heads.T, out=room.heard[begin:end])
        room.pointers[begin:end] = steps[:, self._carried]

    def _place_for(self, count: int) -> _Several:
        """Return what so many steps are computed in; that of a batch is kept, for it comes again and again."""
        it = self._several.get(count)
        if it is None:
            it = _Several(self._weights, count)
            if count <= KEPT_STEPS:
                self._several[count] = it
        return it


class ArrayBranches:
    """Branches whose steps stand in the decoder's own room, behind what it has read: nothing is copied."""

    def __init__(self, decoder: ArrayDecoder) -> None:
        self._decoder, self._heads = decoder, decoder.heads
        self._context, self._steps = decoder.length, 0

    def grow(self, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        """Read one more step on each of these branches; return the longer branches."""
        context, count = self._context, len(rows)
        begin = context + self._steps
        grown = [(*branch, place) for place, branch in enumerate(behind, begin)]
        lengths = np.array([len(branch) for branch in grown])
        hidden = np.full((count, begin + count - context), -np.inf, np.float32)
        looks_at = np.fromiter(chain.from_iterable(grown), np.intp) - context
        hidden[np.arange(count).repeat(lengths), looks_at] = 0.0
        self._decoder.read(rows, context - 1 + lengths, begin, hidden)
        self._steps += count
        return grown

    def token_logits(self, branches: Sequence[Branch]) -> Rows:
        """Return the logits of the step behind each of these branches, (B, V)."""
        return self._heads.tokens(*self._heard(branches))

    def duration_logits(self, branches: Sequence[Branch], tokens: Sequence[int]) -> Rows:
        """Return the logits of the duration of a token behind each of these branches, (B, D)."""
        return self._heads.durations(*self._heard(branches), tokens)

    def phrase_ends(self, branches: Sequence[Branch]) -> Row:
        """Return P(the last step of each of these branches ends a phrase), (B,)."""
        return self._heads.phrase_ends(self._heard(branches)[0])

    def _heard(self, branches: Sequence[Branch]) -> tuple[Floats, Places]:
        return self._decoder.heard([branch[-1] if branch else self._context - 1 for branch in branches])


class _Room:
    """Hold what is kept of each step at its place.

    keys: of each layer, (n_head, head_dim, places), for so BLAS multiplies many queries by them thrice as fast
    as by rows; values: (n_head, places, head_dim + 1), with a 1 at their end, so that the sum of the weights comes
    with the weighted sum. heard: what the heads made of a step; pointers: the step's own.
    """

    def __init__(self, weights: Folded, places: int) -> None:
        config = weights.config
        self._weights, self._places = weights, places
        layers, n_head, width = config.n_layer, config.n_head, config.n_embd // config.n_head
        self._keys = np.zeros((layers, n_head, width, places), np.float32)
        self._values = np.ones((layers, n_head, places, width + 1), np.float32)
        self.heard = np.zeros((places, len(weights.heads)), np.float32)
        self.pointers = np.zeros((places, len(config.carried)), np.intp)
        self.layers = list(zip(weights.layers, self._keys, self._values, strict=True))

    def with_places(self, places: int) -> _Room:
        """Return this room when it has so many places, else a wider one with all that stands here."""
        there = self._places
        if places <= there:
            return self
        wider = _Room(self._weights, max(places, 2 * there))
        wider._keys[..., :there], wider._values[:, :, :there] = self._keys, self._values
        wider.heard[:there], wider.pointers[:there] = self.heard, self.pointers
        return wider


class _Single:
    """Hold what a single step is computed in, allocated once, and views of it."""

    def __init__(self, channels: int, n_head: int) -> None:
        self.n_head = n_head
        width = channels // n_head
        self.with_one = np.ones(channels + 1, np.float32)
        self.normed = self.with_one[:-1]
        self.qkv = np.zeros(3 * channels, np.float32)
        parts = self.qkv.reshape(3, n_head, width)
        self.query, self.key, self.value = parts[0][:, None], parts[1], parts[2]
        self.weighted = np.zeros((n_head, 1, width + 1), np.float32)
        self.sums, self.total = self.weighted[:, 0, :-1], self.weighted[:, 0, -1:]
        self.attended_with_one = np.ones(channels + 1, np.float32)
        self.attended = self.attended_with_one[:-1].reshape(n_head, width)
        self.wide_with_one = np.ones(4 * channels + 1, np.float32)
        self.wide, self.scratch = self.wide_with_one[:-1], np.zeros(4 * channels, np.float32)
        # As arrays, for numpy takes longer to make one of a number than to add the two.
        self.linear, self.one = np.full(4 * channels, GELU_LINEAR, np.float32), np.ones(4 * channels, np.float32)
        self.added = np.zeros(channels, np.float32)


class _Several:
    """Hold what many steps of a pass are computed in, allocated once, views of it, and each layer's products."""

    def __init__(self, weights: Folded, count: int) -> None:
        config = weights.config
        channels, n_head = config.n_embd, config.n_head
        self.x, self.with_one = np.zeros((count, channels), np.float32), np.ones((count, channels + 1), np.float32)
        self._rows, self._columns, self._normed = self.x[:, None], self.x[:, :, None], self.with_one[:, :-1]
        self._lengths, self._eps = np.zeros((count, 1, 1), np.float32), np.float32(channels * EPS)
        qkv = np.zeros((count, 3 * channels), np.float32)
        self.queries, keys, self.values = qkv.reshape(count, 3, n_head, -1).transpose(1, 2, 0, 3)
        self.keys = keys.transpose(0, 2, 1)
        attended = np.ones((count, channels + 1), np.float32)
        self.attended = attended[:, :-1].reshape(count, n_head, -1)
        # Whole, and not the front of longer rows, which numpy takes twice as long to go through.
        self.wide, self.scratch = (np.zeros((count, 4 * channels), np.float32) for _ in range(2))
        bent = np.ones((count, 4 * channels + 1), np.float32)
        self.bent = bent[:, :-1]
        self.added = np.zeros((count, channels), np.float32)
        self.layers = [
            _Products(
                _parted(self.with_one, layer.qkv, qkv),
                _parted(attended, layer.attended, self.added),
                _parted(self.with_one, layer.widen, self.wide),
                _parted(bent, layer.narrow, self.added),
            )
            for layer in weights.layers
        ]

    def norm(self) -> None:
        """Divide the steps by their lengths; a 1 stands behind each."""
        lengths = np.matmul(self._rows, self._columns, self._lengths)
        lengths += self._eps
        np.divide(self.x, np.sqrt(lengths, lengths)[:, 0], self._normed)


class _Products(NamedTuple):
    """The products of a layer, each in its parts."""

    qkv: list[Product]
    attended: list[Product]
    widen: list[Product]
    narrow: list[Product]


def _parted(steps: Floats, matrix: Floats, out: Floats) -> list[Product]:
    """Return a product of steps, (T, inputs + 1), and a matrix, (outputs, inputs + 1), in parts that are small."""
    count, (outputs, inputs) = len(steps), matrix.shape
    parts = -(-count * outputs * inputs // SMALL_PRODUCT) if count <= FEW_STEPS else 1
    width = -(-outputs // (parts * WHOLE_COLUMNS)) * WHOLE_COLUMNS
    return [
        (steps, matrix[begin : begin + width].T, out[:, begin : begin + width])
        for begin in range(0, outputs, width)
    ]


def _multiply(product: list[Product]) -> None:
    for steps, matrix, out in product:
        np.matmul(steps, matrix, out)
