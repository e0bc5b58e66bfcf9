"""The compact form: cached steps equal whole sequences, nothing looks ahead, heads point where they should."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cache import KVCache
from engine.columns import DURATION_POINTERS, POINTERS, columns
from engine.errors import UserError
from engine.model import GPT
from engine.model_config import SIZES, GPTConfig
from engine.tokenizer import NoteTokenizer

TOKENIZER = NoteTokenizer()
FEATURES = columns(TOKENIZER)
CONFIG = GPTConfig(
    TOKENIZER.vocab_size,
    FEATURES,
    n_layer=2,
    n_head=2,
    n_embd=16,
    context=24,
    dropout=0.2,
    n_durations=TOKENIZER.n_durations,
    phrase_end=True,
    pointers=POINTERS,
    n_shift=TOKENIZER.n_pitches,
    duration_pointers=DURATION_POINTERS,
)


def made(config: GPTConfig = CONFIG) -> GPT:
    """Return a model whose weights are large enough to matter."""
    torch.manual_seed(1)
    model = GPT(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    return model


MODEL = made()


def rows(steps: int, seed: int = 0, batch: int = 2) -> torch.Tensor:
    """Return random rows within the columns' bounds."""
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randint(size, (batch, steps, 1), generator=generator) for _, size in FEATURES]
    return torch.cat(drawn, dim=-1)


def all_heads(hidden: torch.Tensor, model: GPT = MODEL) -> torch.Tensor:
    """Return what all heads say of hidden, side by side."""
    token = hidden.argmax(-1) % TOKENIZER.vocab_size
    phrase = model.phrase_end_logits(hidden)[..., None]
    return torch.cat((model.token_logits(hidden), model.duration_logits(hidden, token), phrase), dim=-1)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
@torch.inference_mode()
def test_any_cutting_gives_the_whole(cuts: list[int], seed: int) -> None:
    """With the cache, pieces of any length give what the whole sequence gives, from every head."""
    whole = rows(min(sum(cuts), CONFIG.context), seed)
    cache = KVCache(CONFIG, batch=2)
    pieces, begin = [], 0
    for cut in cuts:
        piece = whole[:, begin : begin + cut]
        if piece.shape[1]:
            pieces.append(MODEL(piece, cache))
        begin += cut
    assert torch.allclose(all_heads(torch.cat(pieces, 1)), all_heads(MODEL(whole)), atol=1e-4)


@torch.inference_mode()
def test_rewound_equals_fresh() -> None:
    """After cutting the cache back the model goes on as if the rest had never been."""
    cache = KVCache(CONFIG, batch=2)
    MODEL(rows(12), cache)
    cache.rewind(5)
    after = MODEL(rows(4, seed=9), cache)
    fresh = MODEL(torch.cat((rows(12)[:, :5], rows(4, seed=9)), 1))[:, 5:]
    assert torch.allclose(after, fresh, atol=1e-5)


@torch.inference_mode()
def test_nothing_looks_ahead() -> None:
    """Changing a later row changes nothing before it."""
    one, other = rows(10), rows(10)
    other[:, 7:] = rows(3, seed=5)
    assert torch.allclose(MODEL(one)[:, :7], MODEL(other)[:, :7], atol=1e-6)


@torch.inference_mode()
def test_sequences_may_begin_at_positions_of_their_own() -> None:
    """A sequence that begins later reads as one whose positions are shifted, each by its own amount."""
    moved = made()
    x = rows(6)
    both = moved(x, first=torch.tensor([0, 5]))
    assert torch.allclose(both[0], moved(x)[0], atol=1e-5)
    moved.wpe.weight[:19] = moved.wpe.weight[5:].clone()
    assert torch.allclose(both[1], moved(x)[1], atol=1e-5)


@torch.inference_mode()
def test_distance_scores_move_with_the_melody() -> None:
    """With the plain head silent, transposing the pointers transposes the distribution of pitches."""
    model = made()
    model.lm_head.weight.zero_()
    hidden = torch.randn(1, 1, CONFIG.n_embd)
    logits = []
    for anchor in (20, 25):
        pointers = torch.zeros(len(POINTERS) + len(DURATION_POINTERS))
        pointers[0], pointers[1] = anchor + 1, anchor + 4
        logits.append(model.token_logits(torch.cat((hidden, pointers.view(1, 1, -1)), -1))[0, 0])
    pitches = TOKENIZER.n_pitches
    assert torch.allclose(logits[0][: pitches - 5], logits[1][5:pitches], atol=1e-5)


@torch.inference_mode()
def test_a_pointer_to_nothing_adds_nothing() -> None:
    """Without candidates the logits are the plain head's."""
    hidden = torch.cat(
        (torch.randn(1, 1, CONFIG.n_embd), torch.zeros(1, 1, len(POINTERS) + len(DURATION_POINTERS))), -1
    )
    plain = MODEL.lm_head(hidden[..., : CONFIG.n_embd])
    assert torch.allclose(MODEL.token_logits(hidden), plain, atol=1e-6)


def test_every_weight_is_trained() -> None:
    """A loss over all heads reaches every weight."""
    model = made()
    torch.autograd.backward(all_heads(model(rows(8)), model).square().sum())
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_gpt2_sizes_have_their_known_numbers_of_weights() -> None:
    """With the text's vocabulary and a tied head the four sizes have OpenAI's parameter counts."""
    with torch.device("meta"):
        counts = {}
        for name in SIZES:
            config = GPTConfig.gpt2(name, 50257)
            model = GPT(GPTConfig.from_json(config.to_json() | {"tied": True}))
            counts[name] = model.parameter_count()
    assert counts == {
        "gpt2": 124_439_808, "gpt2-medium": 354_823_168, "gpt2-large": 774_030_080, "gpt2-xl": 1_557_611_200,
    }  # fmt: skip


def test_too_long_a_sequence_is_refused_with_both_numbers() -> None:
    """More steps than the context holds are refused, with and without a cache."""
    with pytest.raises(UserError, match=r"25 steps.*24"):
        MODEL(rows(25))
    cache = KVCache(CONFIG, batch=2)
    MODEL(rows(20), cache)
    with pytest.raises(UserError, match=r"26 steps.*24"):
        MODEL(rows(6), cache)
