"""Cycles: what has gone round four times does not go round a fifth, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.cycles import PERIODS, ROUNDS, cycle_bias, cycling_pitches
from engine.drawing.loop_guard import LOOP_DAMPING

CYCLE = [71, 69, 69, 71, 72]


@given(st.integers(0, 4), st.lists(st.integers(0, 127), max_size=40))
def test_the_fifth_round_is_led_out_of_wherever_it_begins(turn: int, before: list[int]) -> None:
    """Four rounds, begun at any of their notes and after anything: the note that would go on is named."""
    cycle = CYCLE[turn:] + CYCLE[:turn]
    assert cycle[0] in cycling_pitches([*before, *cycle * ROUNDS])


@pytest.mark.parametrize("notes", [0, 1, 5, 15, 19])
def test_fewer_than_four_rounds_are_music(notes: int) -> None:
    """Nothing is led away from before the fourth round is whole."""
    assert cycling_pitches((CYCLE * ROUNDS)[:notes]) == frozenset()


@pytest.mark.parametrize("period", [PERIODS[0], 17, PERIODS[-1]])
def test_every_period_is_heard_up_to_the_longest(period: int) -> None:
    """From five notes to thirty-two; a longer strophe may come again and again."""
    assert cycling_pitches(list(range(40, 40 + period)) * ROUNDS) == {40}
    assert cycling_pitches(list(range(40, 40 + PERIODS[-1] + 1)) * 2 * ROUNDS) == frozenset()


def test_a_cycle_with_one_note_changed_is_none() -> None:
    """The rounds must be the same, note by note."""
    pitches = CYCLE * ROUNDS
    pitches[7] += 1
    assert cycling_pitches(pitches) == frozenset()


def test_the_strength_scales_and_switches_off() -> None:
    """At half strength half is taken; at none nothing; only the pitches that go on are biased."""
    assert cycle_bias(CYCLE * ROUNDS, 0.0) is None
    assert cycle_bias(CYCLE, 1.0) is None
    bias = cycle_bias(CYCLE * ROUNDS, 0.5)
    assert bias is not None
    assert bias[CYCLE[0]] == -LOOP_DAMPING / 2
    assert bias.sum() == bias[CYCLE[0]]
