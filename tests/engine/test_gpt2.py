"""The model against transformers' GPT-2 with the same weights, and pretrained weights coming in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engine.cache import KVCache
from engine.errors import UserError
from engine.gpt2 import load_pretrained
from engine.model import GPT
from engine.model_config import GPTConfig

transformers = pytest.importorskip("transformers")
VOCABULARY, CONTEXT = 54, 48


@pytest.fixture(scope="module")
def reference() -> torch.nn.Module:
    """Return transformers' GPT-2, small, with random weights (and biases, so that they count)."""
    torch.manual_seed(3)
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=48, n_layer=3, n_head=4, initializer_range=0.2
    )
    model: torch.nn.Module = transformers.GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.normal_(std=0.3)
    return model


@pytest.fixture(scope="module")
def saved(reference: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that transformers saved it into."""
    folder = tmp_path_factory.mktemp("gpt2")
    reference.save_pretrained(folder)  # type: ignore[operator]
    return folder


def ours(**changes: int) -> GPT:
    shape = {"vocab_size": VOCABULARY, "n_layer": 3, "n_head": 4, "n_embd": 48, "context": CONTEXT} | changes
    return GPT(GPTConfig(features=(("token", shape["vocab_size"]),), **shape)).eval()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def twin(reference: torch.nn.Module, saved: Path) -> GPT:
    """Return our model with all of the reference's weights."""
    model = ours()
    load_pretrained(model, saved)
    embedding = reference.get_parameter("transformer.wte.weight")
    with torch.no_grad():
        model.wte.weight.copy_(embedding)
        model.lm_head.weight.copy_(embedding)
    return model


def prompt(length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(VOCABULARY, (1, length), generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def test_whole_sequences_equal_transformers(reference: torch.nn.Module, twin: GPT) -> None:
    """Hidden states and logits of a whole batch agree within 1e-4."""
    ids = torch.cat([prompt(CONTEXT, 1), prompt(CONTEXT, 2)])
    hidden = twin(ids[..., None])
    expected = reference(ids, output_hidden_states=True)
    torch.testing.assert_close(hidden, expected.hidden_states[-1], atol=1e-4, rtol=0)
    torch.testing.assert_close(twin.token_logits(hidden), expected.logits, atol=1e-4, rtol=0)


@torch.inference_mode()
def test_cached_steps_equal_transformers(reference: torch.nn.Module, twin: GPT) -> None:
    """Step by step through the cache, every logit agrees with transformers' own cached steps within 1e-4."""
    ids, cache, past = prompt(CONTEXT), KVCache(twin.config), None
    for place in range(CONTEXT):
        step = ids[:, place : place + 1]
        expected = reference(step, past_key_values=past, use_cache=True)
        past = expected.past_key_values
        logits = twin.token_logits(twin(step[..., None], cache))
        torch.testing.assert_close(logits, expected.logits, atol=1e-4, rtol=0)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 15), min_size=1, max_size=12), seed=st.integers(0, 99))
@torch.inference_mode()
def test_any_cutting_of_a_prompt_gives_the_logits_of_the_whole(twin: GPT, cuts: list[int], seed: int) -> None:
    """The cache makes no difference, however the prompt is cut."""
    length = min(sum(cuts), CONTEXT)
    ids, cache = prompt(length, seed)[..., None], KVCache(twin.config)
    pieces: list[torch.Tensor] = []
    begin = 0
    while begin < length:
        end = min(begin + cuts[len(pieces)], length)
        pieces.append(twin(ids[:, begin:end], cache))
        begin = end
    torch.testing.assert_close(torch.cat(pieces, dim=1), twin(ids), atol=1e-4, rtol=0)


@settings(deadline=None, max_examples=40)
@given(first=st.integers(1, 20), keep=st.integers(0, 20), more=st.integers(1, 20))
@torch.inference_mode()
def test_rewind_and_append_equals_fresh(twin: GPT, first: int, keep: int, more: int) -> None:
    """What was cut off leaves no trace."""
    keep = min(keep, first)
    heard, other = prompt(first, 1)[..., None], prompt(more, 2)[..., None]
    cache = KVCache(twin.config)
    twin(heard, cache)
    cache.rewind(keep)
    again = twin(other, cache)
    fresh = twin(torch.cat([heard[:, :keep], other], dim=1))[:, keep:]
    torch.testing.assert_close(again, fresh, atol=1e-4, rtol=0)


def test_the_body_is_loaded_and_the_vocabulary_is_new(saved: Path) -> None:
    """Blocks, positions and final norm come in; embedding and head stay; the report says so."""
    model = ours(vocab_size=20)
    before = model.wte.weight.clone()
    report = load_pretrained(model, saved / "model.safetensors")
    assert report.new == ("wte.weight", "lm_head.weight")
    assert report.skipped == ("wte.weight",)
    assert len(report.loaded) == 3 * 12 + 3
    assert torch.equal(model.wte.weight, before)
    tensors = load_file(saved / "model.safetensors")
    assert torch.equal(model.wpe.weight, tensors["transformer.wpe.weight"])


def test_both_ways_of_naming_are_read(saved: Path, tmp_path: Path) -> None:
    """Keys as on the Hub, without a prefix and with mask buffers, load the same weights."""
    tensors = {
        name.removeprefix("transformer."): tensor
        for name, tensor in load_file(saved / "model.safetensors").items()
    }
    tensors["h.0.attn.bias"] = torch.ones(1, 1, 4, 4)
    save_file(tensors, tmp_path / "hub.safetensors")
    one, two = ours(), ours()
    load_pretrained(one, saved)
    report = load_pretrained(two, tmp_path / "hub.safetensors")
    assert report.skipped == ("wte.weight",)
    for name in report.loaded:
        assert torch.equal(one.get_parameter(name), two.get_parameter(name))


def test_a_shorter_context_takes_the_first_positions(saved: Path) -> None:
    """Positions beyond the model's context are left."""
    model = ours(context=10)
    load_pretrained(model, saved)
    whole = load_file(saved / "model.safetensors")["transformer.wpe.weight"]
    assert torch.equal(model.wpe.weight, whole[:10])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_embd": 64}, r"\(\d+, 48\).*\(\d+, 64\)|\(48,?.*\(64"),
        ({"n_layer": 2}, "3 layers, this model has 2"),
        ({"context": 64}, r"\(48, 48\).*\(64, 48\)"),
    ],
)
def test_wrong_shapes_are_refused_with_both(saved: Path, changes: dict[str, int], message: str) -> None:
    """A file of another size is named with both shapes."""
    with pytest.raises(UserError, match=message):
        load_pretrained(ours(**changes), saved)


def test_files_that_are_no_gpt2_are_refused(tmp_path: Path) -> None:
    """A missing file and a safetensors file of something else end in a sentence."""
    with pytest.raises(UserError, match="no such file"):
        load_pretrained(ours(), tmp_path / "none.safetensors")
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(UserError, match="no GPT-2 blocks"):
        load_pretrained(ours(), tmp_path / "x.safetensors")
