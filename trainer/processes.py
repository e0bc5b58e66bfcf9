"""The processes that train together: one, or those that torchrun started; PyTorch's own data parallelism."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_state_dict,
    set_state_dict,
)
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from engine.checkpoint import resolve_device
from engine.errors import UserError
from engine.model import GPT
from trainer.settings import TrainSettings

_WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


@dataclass
class Processes:
    """Say which process of how many this is, and do what concerns all of them."""

    rank: int
    size: int
    device: torch.device
    sharded: bool

    @classmethod
    def join(cls, settings: TrainSettings) -> Processes:
        """Join the processes that torchrun started (RANK, WORLD_SIZE, LOCAL_RANK), or stand alone."""
        size, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        device = resolve_device(settings.device)
        sharded = settings.parallel == "fsdp"
        if size == 1 and not sharded:
            return cls(0, 1, device, False)
        if "RANK" not in os.environ:
            raise UserError("parallel: fsdp needs several processes; start with torchrun, or set parallel: ddp")
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(device)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(rank, size, device, sharded)

    def leave(self) -> None:
        """Take leave of the other processes."""
        if dist.is_initialized():
            dist.destroy_process_group()

    def wait(self) -> None:
        """Wait until all processes have come here."""
        if self.size > 1:
            dist.barrier()

    def wrap(self, charged: nn.Module, model: GPT) -> nn.Module:
        """Return the module to call: sharded, replicated, or as it is."""
        if self.sharded:
            for block in model.h:
                fully_shard(block)
            fully_shard(charged)
            return charged
        if self.size > 1:
            ids = [self.device.index] if self.device.type == "cuda" else None
            # A vocabulary without durations leaves no head unused, so that every weight gets its gradient.
            return DistributedDataParallel(charged, device_ids=ids)
        return charged

    def synchronised(self, wrapped: nn.Module, last: bool) -> AbstractContextManager[None]:
        """Return a context in which gradients are exchanged with the last accumulated part only."""
        if isinstance(wrapped, DistributedDataParallel) and not last:
            silent: Callable[[], AbstractContextManager[None]] = wrapped.no_sync
            return silent()
        return nullcontext()

    def sum(self, value: Tensor) -> float:
        """Return the sum of a number over all processes."""
        if self.size > 1:
            dist.all_reduce(value)
        return float(value)

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in some process, so that all do the same."""
        return self.sum(torch.tensor(float(flag), device=self.device)) > 0.0 if self.size > 1 else flag

    def full_model(self, model: GPT) -> GPT:
        """Return the model whole, on the CPU where it was sharded."""
        if not self.sharded:
            return model
        weights = get_model_state_dict(model, options=_WHOLE)
        whole = GPT(model.config)
        if self.rank == 0:
            whole.load_state_dict(weights)
        return whole

    def state(self, model: GPT, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """Return the whole state of model and optimiser."""
        if not self.sharded:
            return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        weights, moments = get_state_dict(model, optimizer, options=_WHOLE)
        return {"model": weights, "optimizer": moments}

    def restore(self, model: GPT, optimizer: torch.optim.Optimizer, tensors: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        if not self.sharded:
            model.load_state_dict(tensors["model"])
            optimizer.load_state_dict(tensors["optimizer"])
            return
        set_state_dict(
            model,
            optimizer,
            model_state_dict=tensors["model"],
            optim_state_dict=tensors["optimizer"],
            options=_WHOLE,
        )
