"""The choice among drafts: engine/planning/choosing.py."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.notes import Note
from engine.planning.choosing import Likelihood, choose


def test_drafts_are_chosen_in_proportion_to_their_odds() -> None:
    """A draft that is better by log 3 is chosen three times as often."""
    counts = Counter(choose([0.0, 1.0986], seed, beta=1.0) for seed in range(4000))
    assert counts[1] / counts[0] == pytest.approx(3.0, rel=0.15)


def test_beta_says_how_hard_the_choice_is() -> None:
    """At 0 all are alike; at a large one only the best is chosen; the same seed chooses the same."""
    scores = [-2.0, -1.0, -1.5]
    assert {choose(scores, seed, beta=0.0) for seed in range(50)} == {0, 1, 2}
    assert {choose(scores, seed, beta=1000.0) for seed in range(50)} == {1}
    assert [choose(scores, seed) for seed in range(20)] == [choose(scores, seed) for seed in range(20)]


def test_a_long_answer_is_none_the_worse() -> None:
    """The stand-in judges by the note."""
    notes = [Note(60, 1.0)] * 8
    assert Likelihood().scores((), [notes, notes[:4]], None, [-16.0, -8.0]) == [-2.0, -2.0]
