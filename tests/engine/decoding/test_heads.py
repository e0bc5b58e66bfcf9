"""What the heads say of hidden states, in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.checkpoint import load
from engine.decoding.folded import GELU_IN, GELU_OUT, folded
from engine.decoding.heads import Heads, gelu


def test_gelu_is_the_models() -> None:
    """Scaled on its way in and out, and for what is far from 0 as well, without a warning."""
    x = np.array([-1e4, -30.0, -3.0, -0.1, 0.0, 0.1, 3.0, 30.0, 1e4], np.float32)
    u = np.float32(GELU_IN) * x
    gelu(u, np.empty_like(u), u)
    expected = F.gelu(torch.from_numpy(x), approximate="tanh")
    np.testing.assert_allclose(u * np.float32(GELU_OUT), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 7])
def test_all_heads_say_what_the_models_say(rows: int) -> None:
    """Of any hidden states and pointers, those at tokens that lie on no scale and at nothing among them."""
    model = load("essen", "cpu").model
    config = model.config
    weights = folded(config, {name: tensor.numpy() for name, tensor in model.state_dict().items()})
    generator = np.random.default_rng(rows)
    hidden = generator.standard_normal((rows, config.n_embd)).astype(np.float32)
    sizes = [dict(config.features)[name] for name in config.carried]
    pointers = np.stack([generator.integers(size, size=rows) for size in sizes], axis=1)
    pointers[0, :2] = 0, config.n_shift + 2
    tokens = generator.integers(config.vocab_size, size=rows).tolist()
    # The heads' matrix has the last norm folded in; undo it for hidden states as they come out of that norm.
    gain, offset = (model.ln_f.weight.detach().numpy(), model.ln_f.bias.detach().numpy())
    before = (hidden - offset) / gain / np.sqrt(config.n_embd)
    read = (np.concatenate((before, np.ones((rows, 1))), axis=1) @ weights.heads.T).astype(np.float32)
    heads = Heads(weights)
    with torch.inference_mode():
        there = torch.from_numpy(np.concatenate((hidden, pointers), axis=1).astype(np.float32))[:, None]
        expected = model.token_logits(there)[:, 0]
        np.testing.assert_allclose(heads.tokens(read, pointers), expected, atol=1e-4, rtol=1e-4)
        expected = model.duration_logits(there, torch.tensor(tokens)[:, None])[:, 0]
        np.testing.assert_allclose(heads.durations(read, pointers, tokens), expected, atol=1e-4, rtol=1e-4)
        expected = model.phrase_end_logits(there)[:, 0].sigmoid()
        np.testing.assert_allclose(heads.phrase_ends(read), expected, atol=1e-5)
