"""Experts together are at least as good as each alone on what they were mixed by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.kneser_ney import Floats, Ints
from bench.pool import Pool


def said(seed: int, places: int = 300, experts: int = 3, symbols: int = 5) -> tuple[Floats, Ints, Ints]:
    """Return what experts said, of whom the first is often right, what came, and kinds of places."""
    random = np.random.default_rng(seed)
    came = random.integers(0, symbols, places)
    scores = random.normal(size=(places, experts, symbols))
    scores[np.arange(places), 0, came] += 2.0
    logs = scores - np.log(np.exp(scores).sum(2, keepdims=True))
    return logs, came, random.integers(0, 2, places)


def cost(told: Floats, came: Ints) -> float:
    return -float(np.log(told[np.arange(len(came)), came]).sum())


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_pooled_probabilities_sum_to_one_and_cost_no_more_than_any_expert(seed: int) -> None:
    """Each expert alone is one of the ways to mix."""
    logs, came, kinds = said(seed)
    told = Pool(logs, came, kinds).probabilities(logs, kinds)
    assert (told > 0.0).all()
    assert told.sum(1) == pytest.approx(1.0)
    assert cost(told, came) < min(cost(np.exp(logs[:, expert]), came) for expert in range(logs.shape[1]))


def test_an_expert_that_says_nothing_gets_no_weight_and_places_have_weights_of_their_own() -> None:
    """Whom to trust depends on the kind of place."""
    logs, came, _ = said(1, places=2000)
    swapped = logs.copy()
    swapped[:1000] = logs[:1000, [1, 0, 2]]
    pool = Pool(swapped, came, np.repeat([0, 1], 1000))
    assert pool.weights.argmax(1).tolist() == [1, 0]
    assert abs(pool.weights[:, 2]).max() < 0.2
