"""The reference decoder: the model's own arithmetic, by a shorter way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.eager import EagerDecoder
from engine.decoding.seam import Branch
from engine.model import GPT
from tests.tiny import tiny_checkpoint, uneven

KINDS = ["note", "pitch", "plain"]


def random_rows(model: GPT, steps: int, seed: int) -> list[list[int]]:
    generator = np.random.default_rng(seed)
    return [[int(generator.integers(size)) for _, size in model.config.features] for _ in range(steps)]


def hidden(model: GPT, rows: list[list[int]]) -> torch.Tensor:
    """Return what the heads read of each step by the model itself, (1, T, C + pointers)."""
    out: torch.Tensor = model(torch.tensor([rows]))
    return out


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=15)
@given(prompt=st.integers(0, 20), steps=st.integers(1, 20), back=st.integers(0, 10), seed=st.integers(0, 99))
@torch.inference_mode()
def test_steps_equal_the_model(kind: str, prompt: int, steps: int, back: int, seed: int) -> None:
    """Behind any prompt, and after going back, every place says what the model says of the whole sequence."""
    model = uneven(tiny_checkpoint(kind, seed=3).model)
    rows = random_rows(model, prompt + steps, seed)
    decoder = EagerDecoder(model)
    if prompt:
        decoder.append(rows[:prompt])
    for row in rows[prompt:]:
        decoder.append([row])
    again = max(decoder.length - back, prompt)
    decoder.rewind(again)
    for row in rows[again:]:
        decoder.append([row])
    whole = hidden(model, rows)
    for place in range(len(rows)):
        expected = model.token_logits(whole[:, place : place + 1])[0, 0]
        np.testing.assert_allclose(decoder.token_logits(place + 1), expected, atol=1e-4, rtol=1e-4)
    if kind == "note":
        last, token = whole[:, -1:], torch.tensor([[seed % 60]])
        lengths = decoder.duration_logits(len(rows), seed % 60)
        np.testing.assert_allclose(lengths, model.duration_logits(last, token)[0, 0], atol=1e-4, rtol=1e-4)
        end = float(model.phrase_end_logits(last).sigmoid())
        assert decoder.phrase_end(len(rows)) == pytest.approx(end, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=15)
@given(data=st.data(), prompt=st.integers(1, 20), seed=st.integers(0, 99))
@torch.inference_mode()
def test_every_branch_is_read_as_if_it_were_alone(kind: str, data: st.DataObject, prompt: int, seed: int) -> None:
    """Wherever branches fork, each step says what the model says of the context and its own branch."""
    model = uneven(tiny_checkpoint(kind, seed=3).model)
    context = random_rows(model, prompt, seed)
    decoder = EagerDecoder(model)
    decoder.append(context)
    branches = decoder.branches()
    read: dict[Branch, list[list[int]]] = {(): context}
    for turn in range(data.draw(st.integers(1, 8))):
        behind = data.draw(st.lists(st.sampled_from(sorted(read)), min_size=1, max_size=6))
        new = random_rows(model, len(behind), 1000 * seed + turn)
        for branch, parent, row in zip(branches.grow(behind, new), behind, new, strict=True):
            read[branch] = [*read[parent], row]
    together = branches.token_logits(list(read))
    for branch, rows, logits in zip(read, read.values(), together, strict=True):
        last = hidden(model, rows)[:, -1:]
        np.testing.assert_allclose(logits, model.token_logits(last)[0, 0], atol=1e-4, rtol=1e-4)
        if kind == "note":
            expected = model.duration_logits(last, torch.tensor([[7]]))[0, 0]
            np.testing.assert_allclose(branches.duration_logits([branch], [7])[0], expected, atol=1e-4, rtol=1e-4)
            end = float(model.phrase_end_logits(last).sigmoid())
            assert branches.phrase_ends([branch])[0] == pytest.approx(end, abs=1e-5)
    assert decoder.length == prompt


def test_branches_find_room_beyond_the_context() -> None:
    """More steps than the context has places are read as well, those before them and the sequence staying."""
    model = tiny_checkpoint("note").model
    decoder, row = EagerDecoder(model), [0] * len(model.config.features)
    decoder.append([row])
    branches, alone = decoder.branches(), decoder.token_logits(1)
    first = branches.grow([()] * 40, [row] * 40)
    before = branches.token_logits(first)
    for _ in range(12):
        branches.grow(first, [row] * 40)
    assert np.array_equal(branches.token_logits(first), before)
    assert np.array_equal(decoder.token_logits(1), alone)


def test_a_full_cache_is_refused() -> None:
    """One step more than the context raises with both numbers."""
    decoder = EagerDecoder(tiny_checkpoint("plain").model)
    for _ in range(64):
        decoder.append([[1]])
    for rows in ([[1]], [[1], [2]]):
        with pytest.raises(ValueError, match="64 positions; 6"):
            decoder.append(rows)
