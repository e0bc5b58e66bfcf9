"""A long session in the engine."""

from __future__ import annotations

from bench.long_session import live, played
from engine.improviser import Improviser
from tests.tiny import tiny_checkpoint


def test_every_second_note_is_drawn() -> None:
    """A phrase is heard note by note, as many are drawn behind it, and each has its time."""
    improviser = Improviser(tiny_checkpoint(), 0)
    heard = played(24, 0)
    times = [time_ms for first in (0, 8, 16) for time_ms in live(improviser, heard[first : first + 8])]
    assert len(times) == len(improviser.context.notes) == 48
    assert improviser.context.notes[16:24] == heard[8:16]
