"""The form of answers is measured as its rows say, with its spread, and told by a critic that learns afresh."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bench.form import Held, interval
from bench.fresh_critic import FreshCritic, seen, told
from engine.errors import UserError
from engine.notes import Metre, Note
from engine.planning.critic import Critic
from trainer.calls import Call, Drafted

COMMON = Metre(4.0, 0.0, 1.0)
CALL = tuple(Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 65, 64, 62))


def test_an_interval_widens_when_values_go_together() -> None:
    """Values of one tune are one witness; what is no number is left out."""
    values = np.array([0.0, 0.0, 1.0, 1.0] * 10)
    alone = interval(values, range(40))
    together = interval(values, [index // 2 for index in range(40)])
    assert alone[0] == together[0] == 0.5
    assert together[1] < alone[1] < 0.5 < alone[2] < together[2]
    assert interval(np.array([1.0, math.nan]), [0, 1])[0] == 1.0


def test_a_fresh_critic_learns_to_tell() -> None:
    """Songs that go up are told from drafts that hammer; even odds are half a point."""
    rng = np.random.default_rng(1)
    ups = [tuple(Note(60 + 2 * i + int(rng.integers(3)), 1.0) for i in range(8)) for _ in range(40)]
    flats = [tuple(Note(60, float(rng.choice([0.5, 1.0]))) for _ in range(8)) for _ in range(40)]
    reals, drafts = ([seen(CALL, notes, COMMON) for notes in side] for side in (ups, flats))
    fresh = FreshCritic(reals[:30], drafts[:30], seed=1, steps=20)
    assert told(fresh.log_odds(reals[30:]), fresh.log_odds(drafts[30:])).mean() > 0.9
    assert told(np.array([0.0, 1.0]), np.array([0.0, 2.0])).tolist() == [0.5, 0.0]


def test_a_fresh_critic_needs_something_to_learn_from() -> None:
    """A part of a corpus may have no call that fits: that is said, not waited for."""
    with pytest.raises(UserError, match="more songs"):
        FreshCritic([], [], seed=1)


def test_answers_are_chosen_from_drafts_of_their_own() -> None:
    """Each group of drafts gives one answer; at a great sharpness the best, one hammered pitch left out or not."""
    hammered = tuple(replace(note, pitch=67) for note in CALL)
    drafts = (hammered, *(tuple(replace(note, pitch=note.pitch + up) for note in CALL) for up in range(1, 8)))
    one = Drafted(Call(0, CALL, CALL, COMMON), COMMON, drafts, (-10.0,) * 9)
    held = Held([one], Critic.shipped())
    assert {draft // 2 for _, draft in held.chosen(2, 1.0, groups=4)} == {0, 1, 2, 3}
    [(_, best)] = held.chosen(8, 1e9)
    assert best != 0
    assert held.scores[0][1 + best] == max(held.scores[0][2:])
    [(_, free)] = Held([one], Critic.shipped(), vetoes=False).chosen(8, 1e9)
    assert held.scores[0][1 + free] == max(held.scores[0][1:])
    leans = [[50.0 * (draft == 5) for draft in range(8)]]
    assert Held([one], Critic.shipped(), leans=leans).chosen(8, 1.0) == [(0, 5)]
