"""What a run has learned, compared with another."""

from __future__ import annotations

from pathlib import Path

import torch

import trainer.state


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a run's last state, on which its further course depends."""
    saved = torch.load(folder / trainer.state.STATE, weights_only=True)
    tensors: dict[str, torch.Tensor] = saved["tensors"]["model"]
    return tensors


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], tolerance: float = 0.0) -> bool:
    """Say whether two models have the same weights."""
    return one.keys() == other.keys() and all(
        torch.allclose(one[name], other[name], rtol=0.0, atol=tolerance) for name in one
    )
