"""How an improviser is started, for the process that plays and for the command that generates."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.decoding.seam import Playable
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


def playable(checkpoint: str | Path, device: str = "auto", precision: str = "auto") -> Playable:
    """Return a checkpoint, ready to decode: a compact one on the CPU by numpy alone, else by PyTorch.

    "auto" takes the CPU for a compact model. Where numpy cannot read the weights PyTorch takes over, and the
    device's name says why. Raises UserError when the checkpoint, the device or the precision cannot be had.
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

    from engine.decoding.precision import load_in

    loaded = load_in(path, device, precision)
    torch.set_num_threads(threads(loaded.parameters))
    if reason:
        loaded = replace(loaded, told_device=f"{loaded.device_name} by PyTorch, which is slower: {reason}")
    return loaded


def threads(parameters: int) -> int:
    """Return how many threads should decode: one for compact models, else all cores but the bridge's."""
    from engine.checkpoint_folder import COMPACT

    return 1 if parameters <= COMPACT else max(1, (os.cpu_count() or 1) - 1)
