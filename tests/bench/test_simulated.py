"""A session with a real engine in a time of its own: bench/simulated.py."""

from __future__ import annotations

import pytest

from bench.simulated import SimulatedEngine, Simulation
from bridge.hearing.transcribe import PlayedNote
from engine.improviser import Improviser
from tests.tiny import tiny_checkpoint

CALL = [PlayedNote(60 + index, 2.0 + 0.5 * index, 2.4 + 0.5 * index, 80) for index in range(4)]


def played(bpm: float | None, drafts: int) -> Simulation:
    """Return a simulation in which a call was played and, after half a second, answered."""
    engine = SimulatedEngine(Improviser(tiny_checkpoint(context=256), seed=1), drafts)
    simulation = Simulation(engine, bpm, {"turn": "fixed", "wait": 0.5, "tempo_from": "auto"})
    simulation.play(CALL)
    simulation.run(30.0)
    return simulation


@pytest.mark.parametrize("drafts", [1, 2])
def test_a_call_is_answered_by_the_clock_and_the_same_every_time(drafts: int) -> None:
    """No answer depends on how long this machine took: two runs send the same bytes at the same times."""
    one, other = (played(120.0, drafts) for _ in range(2))
    assert one.sent == other.sent
    assert [note.pitch for note in one.transcript[:4]] == [60, 61, 62, 63]
    assert len(one.transcript) > 4
    assert one.onsets_s[0] == pytest.approx(4.5, abs=0.031)


def test_without_a_clock_it_is_answered_too() -> None:
    """Plans that take their time are there when the turn has passed."""
    assert 3.9 + 0.5 - 0.01 < played(None, 2).onsets_s[0] < 3.9 + 0.5 + 0.21


def test_who_only_wants_the_entry_is_told_of_nothing_behind_it() -> None:
    """Notes that come after the answer began are not played."""
    engine = SimulatedEngine(Improviser(tiny_checkpoint(context=256), seed=1), 1)
    simulation = Simulation(engine, None, {"turn": "fixed", "wait": 0.1, "tempo_from": "auto"})
    simulation.play([*CALL, PlayedNote(70, 8.0, 8.4, 80)], stop_at_answer=True)
    assert simulation.now_s < 8.0
    assert len(simulation.onsets_s) == 1
