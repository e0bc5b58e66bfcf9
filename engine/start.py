"""How an improviser is started, for the process that plays and for the command that generates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.improviser import Improviser


def start_improviser(checkpoint: str, device: str, seed: int | None) -> Improviser:
    """Load a checkpoint onto the device that suits it and set PyTorch up to decode it.

    Call it before torch is imported: what macOS' GPU cannot compute is then left to the CPU.
    Raises UserError when the checkpoint or the device cannot be had.
    """
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # torch reads it when it is imported
    import torch

    from engine.checkpoint import live_device, load
    from engine.improviser import Improviser

    loaded = load(checkpoint, live_device(checkpoint, device))
    torch.set_num_threads(threads(loaded.parameters))
    return Improviser(loaded, seed)


def threads(parameters: int) -> int:
    """Return how many threads should decode: one for compact models, else all cores but the bridge's."""
    from engine.checkpoint import COMPACT

    return 1 if parameters <= COMPACT else max(1, (os.cpu_count() or 1) - 1)
