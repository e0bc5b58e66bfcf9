"""The form of answers is measured as its rows say, with its spread, and told by a critic that learns afresh."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bench.form import ROWS, Answer, Held, interval
from bench.fresh_critic import FreshCritic, seen, told
from bridge.hearing.key import KeyEstimate
from engine.notes import Metre, Note
from engine.planning.critic import Critic
from engine.planning.pair import Pair
from trainer.calls import Call, Drafted

COMMON = Metre(4.0, 0.0, 1.0)
CALL = tuple(Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 65, 64, 62))
C_MAJOR = KeyEstimate(0, "major", 1.0)


def row(name: str, notes: tuple[Note, ...]) -> float:
    """Return a row of the table for one answer to the call."""
    return ROWS[name](Answer(CALL, notes, Pair(CALL, notes, COMMON), C_MAJOR))


def test_rows_say_what_they_are_called() -> None:
    """The call sung again repeats it and keeps its bars; a third higher at the end it does neither."""
    assert row("repeats the call exactly", CALL) == 1.0
    assert row("bar lines with an onset", CALL) == 1.0
    assert row("the same, shifted by eighths", CALL) == pytest.approx(3 / 7)
    assert row("notes that begin on a downbeat", CALL) == 0.25
    assert row("final in the triad", CALL) == 0.0
    other = (*CALL[:-1], Note(64, 1.5))
    assert row("repeats the call exactly", other) == 0.0
    assert row("final in the triad", other) == 1.0
    assert row("final on the tonic", other) == 0.0
    assert row("fills whole bars", other) == 0.0


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
