"""Branches of a tree read at once: engine/planning/branches.py."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cache import KVCache
from engine.planning.branches import Branch, Branches
from tests.tiny import tiny_checkpoint


@pytest.mark.parametrize("kind", ["note", "pitch", "plain"])
@settings(deadline=None, max_examples=15)
@given(data=st.data(), prompt=st.integers(1, 20), seed=st.integers(0, 99))
@torch.inference_mode()
def test_every_branch_is_read_as_if_it_were_alone(kind: str, data: st.DataObject, prompt: int, seed: int) -> None:
    """Wherever branches fork, each step's hidden state is that of the model on the context and its own branch."""
    model = tiny_checkpoint(kind, seed=3).model
    generator = torch.Generator().manual_seed(seed)

    def rows(count: int) -> torch.Tensor:
        sizes = [size for _, size in model.config.features]
        return torch.stack([torch.randint(size, (1, count), generator=generator) for size in sizes], dim=-1)

    context = rows(prompt)
    cache = KVCache(model.config)
    hidden = model(context, cache)[:, -1:]
    branches = Branches(model)
    branches.plant(cache, hidden)
    torch.testing.assert_close(branches.hidden([()]), hidden)
    read: dict[Branch, torch.Tensor] = {(): context}
    for _ in range(data.draw(st.integers(1, 8))):
        behind = data.draw(st.lists(st.sampled_from(sorted(read)), min_size=1, max_size=6))
        new = rows(len(behind))
        grown = branches.grow(behind, new[0].tolist())
        for place, branch in enumerate(grown):
            read[branch] = torch.cat((read[behind[place]], new[:, place : place + 1]), dim=1)
    for branch, whole in read.items():
        expected = model(whole)[:, -1:]
        torch.testing.assert_close(branches.hidden([branch]), expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_room_grows_with_what_is_read() -> None:
    """More steps than there was room for at first are read as well, those before them staying."""
    model = tiny_checkpoint("note").model
    cache = KVCache(model.config)
    row = [0] * len(model.config.features)
    hidden = model(torch.tensor([[row]]), cache)
    branches = Branches(model)
    branches.plant(cache, hidden)
    first = branches.grow([()] * 40, [row] * 40)
    before = branches.hidden(first)
    for _ in range(12):
        branches.grow(first, [row] * 40)
    assert torch.equal(branches.hidden(first), before)
