"""A cache knows the song so far, and nothing behind it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.kneser_ney import ABSENT, Ints
from bench.ngram_cache import cached

SIZE = 4


def chain_of(song: list[int]) -> Ints:
    return np.array([[*reversed(song[:place]), 99, ABSENT, ABSENT, ABSENT][:3] for place in range(len(song))])


@given(st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=20), st.data())
def test_probabilities_sum_to_one_and_what_comes_later_changes_none(song: list[int], data: st.DataObject) -> None:
    """At each place they depend on what stands before it alone."""
    told, depths = cached(chain_of(song), np.array(song), SIZE)
    assert (told > 0.0).all()
    assert told.sum(1) == pytest.approx(1.0)
    cut = data.draw(st.integers(1, len(song) - 1))
    other = [*song[:cut], *data.draw(st.lists(st.integers(0, SIZE - 1), max_size=5))]
    again, other_depths = cached(chain_of([*other, 0])[: cut + 1], np.array([*other, 0])[: cut + 1], SIZE)
    assert told[: cut + 1] == pytest.approx(again[: cut + 1])
    assert depths[: cut + 1].tolist() == other_depths[: cut + 1].tolist()


def test_the_longer_the_past_fits_the_surer_it_is() -> None:
    """Nothing is known at the start; a motif that comes back is followed as it was."""
    song = [0, 1, 2, 3, 0, 1, 2]
    told, depths = cached(chain_of([*song, 3]), np.array([*song, 3]), SIZE)
    assert told[0].tolist() == [0.25] * SIZE
    assert depths.tolist() == [0, 0, 0, 0, 0, 1, 2, 3]
    assert told[5, 1] < told[6, 2] < told[7, 3]
