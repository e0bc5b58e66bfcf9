"""Who trains together, and what it needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import UserError
from tests.trainer.songs import TINY
from trainer.processes import Processes


def test_one_process_stands_alone() -> None:
    """Without torchrun nothing is distributed."""
    alone = Processes.join(TINY)
    assert (alone.rank, alone.size, alone.sharded) == (0, 1, False)
    assert alone.any(True)


def test_sharding_wants_several_processes() -> None:
    """`parallel: fsdp` says how to start them."""
    with pytest.raises(UserError, match="torchrun"):
        Processes.join(replace(TINY, ema=0.0, parallel="fsdp"))
