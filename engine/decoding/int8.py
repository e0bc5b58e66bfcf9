"""Weights of large models in eight bits, for the CPU: a token costs the bytes that it reads, a quarter of them.

The four matrices of each layer are kept in int8 with a scale for each output; what is multiplied with them is
rounded to seven bits as it comes, with a scale of its own. Embeddings, norms, heads and attention stay as they
are. What that loses is measured (docs/measured.md). It needs PyTorch's int8 kernels for the CPU (FBGEMM on x86,
QNNPACK on ARM), which a later PyTorch may no longer have.
"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.model import GPT

_SHARE = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")


class Int8Linear(nn.Module):
    """Multiply with a matrix kept in eight bits; made of a Linear in float32 on the CPU."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scales = weight.abs().amax(1).clamp(min=1e-12) / 127.0
        with warnings.catch_warnings():
            # Tensors of quantised types are deprecated without anything that takes their place on every CPU.
            warnings.simplefilter("ignore", UserWarning)
            rounded = torch.quantize_per_channel(
                weight, scales, torch.zeros(len(scales), dtype=torch.long), 0, torch.qint8
            )
        self._packed = torch.ops.quantized.linear_prepack(rounded, linear.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., outputs) in float32 for x, (..., inputs)."""
        # Seven bits of activations: with eight, x86 without VNNI would saturate the sums of two products.
        out: Tensor = torch.ops.quantized.linear_dynamic(x, self._packed, True)
        return out


def quantise(model: GPT) -> None:
    """Turn the matrices of a model's layers into eight bits, in place, for evaluation on the CPU.

    Raises UserError where this PyTorch has no kernels for it.
    """
    try:
        with torch.inference_mode():
            for block in model.h:
                for name in _SHARE:
                    linear = block.get_submodule(name)
                    assert isinstance(linear, nn.Linear)
                    block.set_submodule(name, Int8Linear(linear))
    except (AttributeError, RuntimeError) as error:
        raise UserError(
            f"int8: PyTorch {torch.__version__} has no int8 kernels for this CPU ({error}); use --precision fp32"
        ) from error
