"""The decoder of single steps: the model's own arithmetic, by a shorter way."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cache import KVCache
from engine.decoder import Decoder
from tests.tiny import tiny_checkpoint


def random_rows(kind: str, steps: int, seed: int) -> torch.Tensor:
    features = tiny_checkpoint(kind).model.config.features
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(size, (1, steps), generator=generator) for _, size in features], dim=-1)


@pytest.mark.parametrize("kind", ["note", "pitch", "plain"])
@settings(deadline=None, max_examples=15)
@given(prompt=st.integers(0, 20), steps=st.integers(1, 20), back=st.integers(0, 10), seed=st.integers(0, 99))
@torch.inference_mode()
def test_steps_equal_the_model(kind: str, prompt: int, steps: int, back: int, seed: int) -> None:
    """Behind any prompt, and after going back, the hidden states are those of the whole sequence."""
    model = tiny_checkpoint(kind, seed=3).model
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("bias", "ln_1.weight", "ln_2.weight", "ln_f.weight")):
                weight.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(1))
    rows = random_rows(kind, prompt + steps, seed)
    decoder, cache = Decoder(model), KVCache(model.config)
    if prompt:
        model(rows[:, :prompt], cache)
    states = [decoder.step(row, cache) for row in rows[0, prompt:].tolist()]
    again = max(cache.length - back, prompt)
    cache.rewind(again)
    states[again - prompt :] = [decoder.step(row, cache) for row in rows[0, again:].tolist()]
    torch.testing.assert_close(torch.cat(states), model(rows)[0, prompt:], atol=1e-4, rtol=1e-4)


def test_a_full_cache_is_refused() -> None:
    """One step more than the context raises with both numbers."""
    model = tiny_checkpoint("plain").model
    decoder, cache = Decoder(model), KVCache(model.config)
    with torch.inference_mode():
        for _ in range(64):
            decoder.step([1], cache)
        with pytest.raises(ValueError, match="64 positions; 65"):
            decoder.step([1], cache)
