"""In what PyTorch computes a checkpoint: 32 bits, 16, or weights of 8, as asked or as suits the device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from engine.checkpoint import LARGE, Checkpoint, load, resolve_device
from engine.controls import PRECISIONS
from engine.decoding.graphs import with_graphs
from engine.decoding.int8 import quantise
from engine.errors import UserError

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load_in(name_or_dir: str | Path, device: str = "auto", precision: str = "auto") -> Checkpoint:
    """Return a checkpoint that computes in a precision of PRECISIONS, on CUDA by graphs.

    "auto": for large models bfloat16 on CUDA and int8 on the CPU, else float32.
    Raises UserError when it, the device or the checkpoint cannot be had.
    """
    if precision not in PRECISIONS:
        raise UserError(f"precision '{precision}' is none of {', '.join(PRECISIONS)}; choose one of these")
    on_cpu = resolve_device(device).type == "cpu"
    if precision == "int8" and not on_cpu:
        raise UserError(f"precision int8 is for the CPU; on '{device}' use bf16, or --device cpu")
    loaded = load(name_or_dir, device, _DTYPES.get(precision))
    if precision == "int8" or (precision == "auto" and on_cpu and loaded.parameters > LARGE):
        return in_int8(loaded, asked=precision == "int8")
    return with_graphs(loaded) if loaded.device.type == "cuda" else loaded


def in_int8(checkpoint: Checkpoint, *, asked: bool = True) -> Checkpoint:
    """Return a checkpoint on the CPU with the weights of its layers in eight bits; the given one is used up.

    asked: raise UserError where this PyTorch cannot; else it stays as it is, and its way says why.
    """
    try:
        quantise(checkpoint.model)
    except UserError as error:
        if asked:
            raise
        return replace(checkpoint, way=f"in fp32: {error}")
    return replace(checkpoint, way="weights in int8")
