"""Ways that take turns."""

from __future__ import annotations

import pytest

import bench.machine as machine
from bench.ways import LEAST_TURNS, Way, in_turns, ratios


def test_every_way_has_as_many_turns_as_the_others() -> None:
    """One after the other, so that whatever the machine does it does to all of them."""
    taken: list[str] = []
    ways = [Way(name, lambda name=name: taken.append(name)) for name in "ab"]  # type: ignore[misc]
    in_turns(ways, 0.0)
    assert {len(way.usual_ms) for way in ways} == {len(way.first_ms) for way in ways} == {LEAST_TURNS}
    turns = [name for index, name in enumerate(taken[6:]) if index == 0 or taken[5 + index] != name]
    assert turns == ["a", "b"] * LEAST_TURNS


def test_a_ratio_is_of_the_same_turn() -> None:
    """A machine that was slow for both in one turn does not change it."""
    above, below = Way("a", int, [2.0, 20.0, 2.0]), Way("b", int, [1.0, 10.0, 1.0])
    assert ratios(above, below) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(("load", "said"), [([0.05], "quiet"), ([1.4], "NOT quiet"), ([], "want a quiet machine")])
def test_a_busy_machine_is_told(load: list[float], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody quotes times that others spoilt."""
    monkeypatch.setattr(machine, "loads", lambda: load)
    assert said in machine.quiet_line()
