"""Weights in eight bits."""

from __future__ import annotations

import pytest
import torch

from engine.checkpoint import load
from engine.decoding.eager import EagerDecoder
from engine.decoding.int8 import Int8Linear, quantise
from engine.errors import UserError
from tests.engine.decoding.agreement import random_rows
from tests.tiny import tiny_checkpoint


def test_a_matrix_in_eight_bits_is_nearly_the_matrix() -> None:
    """Row by row of its own scale, to about one part in a hundred of the largest output; rows of zeros stay so."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        linear = torch.nn.Linear(64, 32)
        linear.weight.data[3] = 0.0
        linear.weight.data[5] *= 100.0
        x = torch.randn(2, 7, 64)
    with torch.inference_mode():
        expected, found = linear(x), Int8Linear(linear)(x)
    assert found.shape == expected.shape
    off = (found - expected).abs().amax((0, 1)) / expected.abs().amax((0, 1))
    assert off.max() < 0.05


def test_the_likeliest_token_is_nearly_always_the_same() -> None:
    """The default model in eight bits takes the same token first behind nineteen of twenty steps."""
    exact, rounded = load("essen", "cpu").model, load("essen", "cpu").model
    quantise(rounded)
    rows = random_rows(exact.config, 120, 1)
    decoders = EagerDecoder(exact), EagerDecoder(rounded)
    for decoder in decoders:
        decoder.append(rows)
    firsts = [[int(decoder.token_logits(place).argmax()) for place in range(1, 121)] for decoder in decoders]
    assert sum(one == other for one, other in zip(*firsts, strict=True)) >= 114


def test_a_pytorch_without_the_kernels_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence with the next step, and the model is as it was."""
    model = tiny_checkpoint().model

    def gone(*_: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(torch, "quantize_per_channel", gone)
    with pytest.raises(UserError, match=r"int8: PyTorch .* no int8 kernels .* --precision fp32"):
        quantise(model)
    assert not any(isinstance(module, Int8Linear) for module in model.modules())
