"""The fast way for compact models: what the reference says, in numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checkpoint import load
from engine.decoding.arrays import BRANCH_PLACES, ArrayDecoder
from engine.decoding.eager import EagerDecoder
from engine.decoding.folded import folded
from engine.model import GPT
from engine.model_config import GPTConfig
from tests.engine.decoding.agreement import actions, assert_alike, random_rows
from tests.tiny import tiny_checkpoint, uneven

KINDS = ["note", "pitch", "plain", "tied"]


def model_of(kind: str, seed: int = 0, context: int = 32) -> GPT:
    """Return a model of this kind whose biases and norms all matter; "tied": its head is its embedding."""
    if kind != "tied":
        return uneven(tiny_checkpoint(kind, seed=seed, context=context).model)
    torch.manual_seed(seed)
    sizes = replace(GPTConfig.gpt2("gpt2", 54, context), n_layer=2, n_head=2, n_embd=16, tied=True)
    return uneven(GPT(sizes).eval())


def arrays(model: GPT) -> ArrayDecoder:
    """Return the decoder in numpy of a model's weights."""
    state = model.state_dict()
    return ArrayDecoder(folded(model.config, {name: tensor.numpy() for name, tensor in state.items()}))


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=10)
@given(doings=actions, seed=st.integers(0, 3))
def test_it_says_what_the_reference_says(kind: str, doings: list[tuple[str, object]], seed: int) -> None:
    """Read in pieces, gone back, branched: at every place and branch the logits are the reference's."""
    model = model_of(kind, seed)
    assert_alike(model.config, arrays(model), EagerDecoder(model), doings)


def test_the_default_model_is_read_alike() -> None:
    """With its trained weights, all its columns and both kinds of pointers, up to the end of its context."""
    model = load("essen", "cpu").model
    doings = [("read", 500), ("back", 7), ("branch", [0] * 5), ("branch", [1, 5, 3, 3, 0, 2])]
    assert_alike(model.config, arrays(model), EagerDecoder(model), doings)


def test_scores_too_large_for_exp_are_weighed_alike() -> None:
    """Where a query agrees so much with a key that exp overflows, and with another that it is 0, all is said."""
    model = model_of("plain")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("c_attn.weight"):
                weight.mul_(20.0)
    doings = [("read", 12), ("branch", [0] * 5), ("branch", [1, 5, 3]), ("read", 1), ("read", 1)]
    assert_alike(model.config, arrays(model), EagerDecoder(model), doings)


def test_branches_find_room_beyond_the_context() -> None:
    """More steps than there was room for are read as well, those before them and the sequence staying."""
    model = model_of("note")
    decoder, row = arrays(model), [0] * len(model.config.features)
    decoder.append([row])
    branches, alone = decoder.branches(), decoder.token_logits(1)
    first = branches.grow([()] * 40, [row] * 40)
    before = branches.token_logits(first)
    for _ in range(2 * BRANCH_PLACES // 40):
        branches.grow(first, [row] * 40)
    assert np.array_equal(branches.token_logits(first), before)
    assert np.array_equal(decoder.token_logits(1), alone)


def test_going_back_and_forking_copy_nothing() -> None:
    """What was read stays where it lies, through every going back and every tree of branches."""
    model = model_of("note")
    decoder, rows = arrays(model), random_rows(model.config, 20, 0)
    decoder.append(rows)
    memory = decoder._room.layers[0][1].__array_interface__["data"]
    for _ in range(5):
        branches = decoder.branches()
        branches.grow(branches.grow([(), ()], rows[:2]), rows[2:4])
        decoder.rewind(10)
        decoder.append(rows[10:])
    assert decoder._room.layers[0][1].__array_interface__["data"] == memory


def test_a_full_cache_is_refused() -> None:
    """One step more than the context, and going back forward, raise with both numbers."""
    decoder = arrays(model_of("plain"))
    decoder.append([[1]] * 31)
    with pytest.raises(ValueError, match="32 positions; 33"):
        decoder.append([[1], [2]])
    decoder.append([[1]])
    with pytest.raises(ValueError, match="32 positions; 33"):
        decoder.append([[1]])
    with pytest.raises(ValueError, match="rewind to 33"):
        decoder.rewind(33)
