"""A Kneser-Ney says what its counts say, at every level, and its probabilities are probabilities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.kneser_ney import ABSENT, KneserNey

SIZE, DEPTH = 4, 3
SONGS = st.lists(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=12), min_size=1, max_size=6)


def counted(songs: Sequence[Sequence[int]]) -> tuple[list[list[int]], list[int]]:
    """Return the contexts of three symbols before each symbol, one mark where a song begins, and the symbols."""
    rows, symbols = [], []
    for song in songs:
        for place, symbol in enumerate(song):
            before = [*reversed(song[:place]), 99, *([ABSENT] * DEPTH)]
            rows.append(before[:DEPTH])
            symbols.append(symbol)
    return rows, symbols


def by_hand(songs: Sequence[Sequence[int]], context: Sequence[int]) -> list[float]:
    """Return what an interpolated Kneser-Ney of few counts (discounts 0.5, 0.75, 1) says, written out plainly."""
    told = [1.0 / SIZE] * SIZE
    rows, symbols = counted(songs)
    for depth in range(DEPTH + 1):
        if depth and context[depth - 1] == ABSENT:
            break
        longer: dict[int, set[object]] = defaultdict(set)
        for number, (row, symbol) in enumerate(zip(rows, symbols, strict=True)):
            if row[:depth] == list(context[:depth]):
                once = depth == DEPTH or row[depth] == ABSENT
                longer[symbol].add(("at", number) if once else row[depth])
        counts = Counter({symbol: len(found) for symbol, found in longer.items()})
        if not counts:
            continue
        taken = {symbol: (0.5, 0.75, 1.0)[min(count, 3) - 1] for symbol, count in counts.items()}
        whole = sum(counts.values())
        left = sum(taken.values()) / whole
        told = [(counts[s] - taken.get(s, 0.0)) / whole + left * told[s] for s in range(SIZE)]
    return told


@given(SONGS, st.lists(st.integers(0, SIZE), min_size=DEPTH, max_size=DEPTH))
def test_probabilities_of_any_context_are_above_none_and_sum_to_one(
    songs: list[list[int]], context: list[int]
) -> None:
    """Of a context that was seen, of one that was seen in part, and of a song's beginning."""
    rows, symbols = counted(songs)
    model = KneserNey(np.array(rows), np.array(symbols), SIZE)
    told = model.probabilities(np.array([context, [99, ABSENT, ABSENT], *rows]))
    assert (told > 0.0).all()
    assert told.sum(1) == pytest.approx(1.0)


@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=4), min_size=1, max_size=3), st.data())
def test_each_level_counts_in_how_many_contexts_a_symbol_stands(
    songs: list[list[int]], data: st.DataObject
) -> None:
    """As written out by hand; at a song's beginning, behind which nothing stands, each time counts."""
    rows, symbols = counted(songs)
    context = data.draw(st.sampled_from([*rows, [0, 1, 2], [3, 0, 1]]))
    told = KneserNey(np.array(rows), np.array(symbols), SIZE).probabilities(np.array([context]))
    assert told[0] == pytest.approx(by_hand(songs, context))


def test_discounts_come_from_counts_of_counts() -> None:
    """With many singles more is taken from each: what was seen once is then little proof of itself."""
    random = np.random.default_rng(1)
    seldom = random.integers(0, 400, 600)
    often = np.repeat(np.arange(40), 15)
    rows = np.zeros((600, 1), np.int64)
    unseen = KneserNey(rows, seldom, 1000).probabilities(np.array([[0]]))[0, 900]
    assert unseen > 5 * KneserNey(rows, often, 1000).probabilities(np.array([[0]]))[0, 900]
