"""The kinds of bars and the places in them: engine/bars.py."""

from __future__ import annotations

import numpy as np
import pytest

from engine.bars import (
    AGREE,
    BARS,
    KIND,
    N_STATES,
    STEP_TICKS,
    agree,
    family,
    in_threes,
    places,
    state_of,
    states_before,
)
from engine.notes import Metre


def test_every_kind_of_bar_has_its_states() -> None:
    """A place in a bar of each kind is a state of its own; longer bars are halved, odd ones have none."""
    states = {state_of(Metre(beats, 0.0, pulse), place) for beats, pulse in BARS for place in (0.0, 0.25, 1.0)}
    assert len(states) == 3 * len(BARS)
    assert state_of(Metre(16.0, 0.0, 4.0), 9.0) == state_of(Metre(8.0, 0.0, 2.0), 1.0)
    assert state_of(Metre(2.0, 0.0, 1.0), -0.25) == state_of(Metre(2.0, 0.0, 1.0), 1.75)
    assert state_of(Metre(5.0, 0.0, 1.0), 0.0) is None


@pytest.mark.parametrize(("beats", "pulse"), BARS)
def test_time_runs_through_the_bar_and_begins_again(beats: float, pulse: float) -> None:
    """The state a while earlier is the place so much before, in the same kind of bar, round and round."""
    metre = Metre(beats, 0.0, pulse)
    for steps in (0, 1, 5, 40):
        earlier = states_before(steps)
        assert (KIND[earlier] == KIND).all()
        assert len(set(earlier.tolist())) == N_STATES
        now = state_of(metre, 10.0)
        assert now is not None
        assert earlier[now] == state_of(metre, 10.0 - steps / 4)


def test_onsets_go_to_the_nearest_sixteenth() -> None:
    """A half goes up, also before the first beat."""
    assert places([0, STEP_TICKS, STEP_TICKS // 2, STEP_TICKS // 2 - 1, -STEP_TICKS]) == [0, 1, 1, 0, -1]


@pytest.mark.parametrize(
    ("metre", "name", "unit"),
    [
        (Metre(4.0, 0.0, 1.0), "duple", 0.0),
        (Metre(2.0, 0.0, 0.5), "duple", 0.0),
        (Metre(3.0, 0.0, 1.0), "triple", 1.0),
        (Metre(1.5, 0.0, 0.5), "triple", 0.5),
        (Metre(6.0, 0.0, 1.0), "triple", 1.0),
        (Metre(3.0, 0.0, 1.5), "compound", 0.5),
        (Metre(6.0, 0.0, 3.0), "compound", 1.0),
        (Metre(5.0, 0.0, 1.0), None, None),
        (Metre(4.5, 0.0, 1.5), None, None),
        (Metre(4.0), None, None),
    ],
)
def test_bars_are_of_a_family(metre: Metre, name: str | None, unit: float | None) -> None:
    """Twos, threes, or pairs of threes, whatever the unit; five, nine and untold pulses are of none."""
    assert family(metre) == name
    assert in_threes(metre) == unit


def test_halved_and_doubled_bars_agree() -> None:
    """Bars that are halved or doubled have the same bar lines; shifted and other ones have not."""
    assert agree(Metre(4.0, 3.0), Metre(2.0, 1.0))
    assert not agree(Metre(4.0, 3.0), Metre(4.0, 1.0))
    assert not agree(Metre(4.0, 0.0), Metre(3.0, 0.0))


def test_states_agree_as_their_bars_do() -> None:
    """The table says of two states at one note what `agree` says of the metres that they stand for."""
    stands = [(kind, beat) for kind, (beats, _) in enumerate(BARS) for beat in np.arange(0.0, beats, 0.5)]
    metres = [Metre(BARS[kind][0], float(beat), BARS[kind][1]) for kind, beat in stands]
    states = [state_of(metre, metre.upbeat_beats) for metre in metres]
    for one, here in zip(metres, states, strict=True):
        for other, there in zip(metres, states, strict=True):
            assert AGREE[here, there] == agree(one, other)
