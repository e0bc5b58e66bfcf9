"""Five thousand OSC messages a second: the answer is played, and nothing is lost but what was overtaken."""

from __future__ import annotations

import random

from bridge.controls import Controls
from bridge.events import Event, SetControl, SetControls
from tests.stage import ScriptedEngine, Slow

CALL = [(0.0, 0.4, 60), (0.5, 0.9, 62), (1.0, 1.4, 64)]
A_MILLISECOND = 5
"""Messages."""
MOVED = ("temperature", "top_k", "key_lock", "closeness", "min_p", "quantise", "dynamics", "articulation")


def test_five_thousand_messages_a_second_neither_silence_the_answer_nor_lose_the_last_word() -> None:
    """Through an answer of eight notes, alone and in bundles: all notes are sent, all controls obeyed."""
    stage = Slow(plan_s=0.08, note_s=0.004, engine=ScriptedEngine(length=8))
    chance, last = random.Random(7), dict[str, float]()
    told = len(stage.witness.controls)
    stage.play(CALL)
    while stage.clock() < 7.0:
        for _ in range(A_MILLISECOND):
            stage.do(message(stage.clock(), chance, last))
        stage.run(stage.clock() + 0.001)
    stage.run(7.1)
    assert [line.split()[-1] for line in stage.score if " on " in line] == [str(72 + i) for i in range(8)]
    assert stage.hanging == set()
    held = stage.session.controls
    assert {name: held[name] for name in last} == {name: held.find(name).scale(at) for name, at in last.items()}
    seconds = 7.1 - CALL[-1][1]
    assert len(stage.witness.controls) - told <= len(MOVED) * (30 * seconds + 2)
    assert stage.witness.errors == []


def message(time_s: float, chance: random.Random, last: dict[str, float]) -> Event:
    """Return what moves one control, or three as one, and enter the positions."""
    names = [chance.choice(MOVED)] if chance.random() < 0.8 else chance.sample(MOVED, 3)
    at = {name: round(chance.random(), 3) for name in names}
    last |= at
    moves = tuple(SetControl(time_s, name, position, "osc", True) for name, position in at.items())
    return moves[0] if len(moves) == 1 else SetControls(time_s, moves)


def test_the_controls_that_are_flooded_are_controls() -> None:
    """Each acts while it plays."""
    assert all(Controls().find(name).live for name in MOVED)
