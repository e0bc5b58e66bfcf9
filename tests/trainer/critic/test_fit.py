"""The critic learns to tell what differs, by figures and by notes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.notes import Note
from engine.planning.critic import Critic
from engine.planning.figures import NAMES
from engine.planning.note_columns import note_columns
from engine.planning.pair import Pair
from tests.trainer.critic.telling import CALL, UNKNOWN, lessons
from trainer.critic.fit import calibrated, fit, told
from trainer.critic.lessons import Lessons


def test_it_learns_what_tells_reals_from_drafts() -> None:
    """On others of the same kind it tells most, and more of the telling figure means higher odds."""
    critic = Critic(fit(lessons(1), 1, epochs=30))
    share, nats = told(critic, lessons(2))
    assert share > 0.85
    assert nats < 1.0 < math.log(4)
    steps = [list(UNKNOWN) for _ in range(5)]
    for value, row in enumerate(steps):
        row[2] = float(value) - 1.0
    odds = critic.weigh(steps)
    assert list(odds) == sorted(odds)


def test_it_learns_what_only_the_notes_tell() -> None:
    """Songs that end on the tonic, drafts that end a step above it, figures alike: it tells others like these."""
    rng = np.random.default_rng(1)

    def call_of(ends: tuple[int, ...]) -> object:
        pitches = rng.integers(60, 72, 6)
        pairs = [Pair(CALL, [*(Note(int(pitch), 1.0) for pitch in pitches), Note(end, 2.0)], None) for end in ends]
        return note_columns(pairs)

    notes = [call_of((60, 62, 62)) for _ in range(200)]
    rows = np.zeros((200, 3, len(NAMES)), np.float32)
    every = Lessons(rows, np.zeros(rows.shape[:2], np.float32), notes)  # type: ignore[arg-type]
    critic = Critic(fit(every.of(range(40, 200)), 1, epochs=8))
    assert told(critic, every.of(range(40)))[0] > 0.95


def test_its_odds_are_those_among_the_drafts_of_one_call() -> None:
    """Drafts weighed by them have the reals' mean, however far one call's figures lie from another's."""
    every = lessons(3, 600, 15)
    kept = every.figures
    kept[:, 0, 2] = kept[:, 0, 2] - 1.5 + 0.5  # within the reach of drafts
    kept[:, :, 5] = np.random.default_rng(4).normal(size=(600, 1))  # alike within a call: says nothing
    others = every.of(range(150))
    critic = Critic(calibrated(fit(every.of(range(150, 600)), 1, epochs=12), others))
    odds = np.array([critic.weigh(rows, notes) for rows, notes in zip(others.figures, others.notes, strict=True)])
    weights = np.exp(odds[:, 1:] - odds[:, 1:].max(1, keepdims=True))
    weighed = (weights * others.figures[:, 1:, 2]).sum(1) / weights.sum(1)
    assert abs(float(weighed.mean() - others.figures[:, 0, 2].mean())) < 0.15
    assert abs(float(others.figures[:, 1:, 2].mean() - others.figures[:, 0, 2].mean())) > 0.4


def test_a_wider_spread_is_one_factor() -> None:
    """Calibrated weights say the same of figures and notes, times a number."""
    every = lessons(5, 60)
    tensors = fit(every, 1, epochs=2)
    before, after = (
        Critic(each).weigh(every.figures[0], every.notes[0]) for each in (tensors, calibrated(tensors, every))
    )
    ratios = after / before
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-4)
    assert ratios[0] != pytest.approx(1.0)


def test_what_leans_beside_it_is_not_learned_twice() -> None:
    """Where the leans tell all that there is to tell, the net has nothing to add."""
    plain = lessons(5, 160, 3)
    leant = Lessons(plain.figures, 6.0 * (plain.figures[:, :, 2] - 0.75).astype(np.float32), plain.notes)
    with_leans, without = (Critic(fit(each, 1, epochs=10)) for each in (leant, plain))
    steps = [list(UNKNOWN) for _ in range(2)]
    steps[1][2] = 1.5
    (low, high), (below, above) = with_leans.weigh(steps), without.weigh(steps)
    assert high - low < 0.35 * (above - below)


def test_the_same_seed_gives_the_same_weights() -> None:
    """Training is a function of lessons and seed."""
    one, same, other = (fit(lessons(1, 20), seed, epochs=3) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)
