"""Who trains together, and what it needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch.distributed.fsdp

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


def test_a_torch_without_fully_shard_trains_and_only_sharding_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 2.6 it stood elsewhere; the sentence names the version that has it."""
    monkeypatch.delattr(torch.distributed.fsdp, "fully_shard")
    Processes.join(TINY)
    with pytest.raises(UserError, match=r"PyTorch 2\.6 or newer, this is "):
        Processes.join(replace(TINY, ema=0.0, parallel="fsdp"))
