"""How an improviser is started, for the process that plays and for the command that generates."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.decoding.compact import CompactCheckpoint
    from engine.improviser import Improviser

# A compact model's matrices are read before a second thread has woken, and one that spins takes the bridge's core.
# numpy's own BLAS (OpenBLAS, or Accelerate on macOS) reads these when it is imported.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def start_improviser(checkpoint: str, device: str, seed: int | None, precision: str = "auto") -> Improviser:
    """Load a checkpoint onto the device that suits it, and set up what decodes it.

    Call it before numpy and torch are imported: BLAS then takes one thread, and what macOS' GPU cannot compute is
    left to the CPU. Raises UserError when the checkpoint, the device or the precision cannot be had.
    """
    for variable in ONE_THREAD:
        os.environ.setdefault(variable, "1")
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    from engine.improviser import Improviser

    return Improviser(playable(checkpoint, device, precision), seed)


def playable(
    checkpoint: str | Path, device: str = "auto", precision: str = "auto"
) -> Checkpoint | CompactCheckpoint:
    """Return a checkpoint, ready to decode: a compact one on the CPU by numpy alone, else by PyTorch.

    "auto" takes the CPU for a compact model. Where numpy cannot read the weights PyTorch takes over, and where a
    device is not on this machine the CPU does; its way says why. Raises UserError when the checkpoint or the
    precision cannot be had, and for a device that is none.
    """
    from engine.checkpoint_folder import is_compact, read_config, resolve
    from engine.decoding.compact import UnreadableHereError, load_compact

    path, reason = resolve(checkpoint), ""
    if is_compact(read_config(path)[0]) and device in ("auto", "cpu"):
        device = "cpu"
        if precision in ("auto", "fp32"):
            try:
                return load_compact(path)
            except UnreadableHereError as error:
                reason = str(error)
    import torch

    from engine.checkpoint import AbsentDeviceError
    from engine.decoding.precision import load_in

    try:
        loaded = load_in(path, device, precision)
    except AbsentDeviceError as error:
        there = playable(path, "cpu", precision)
        return replace(there, way="; ".join(filter(None, (str(error), there.way))))
    torch.set_num_threads(threads(loaded.parameters))
    return replace(loaded, way=f"by PyTorch, which is slower: {reason}") if reason else loaded


def threads(parameters: int) -> int:
    """Return how many threads should decode: one for compact models, else all cores but the bridge's."""
    from engine.checkpoint_folder import COMPACT

    return 1 if parameters <= COMPACT else max(1, (os.cpu_count() or 1) - 1)
