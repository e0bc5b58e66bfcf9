"""Checkpoints: what is saved comes back, and what does not fit is refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import engine.checkpoint as checkpoint
from engine.errors import UserError
from engine.installed import UNSTATED, licence_of
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.tokenizer import NoteTokenizer, PitchTokenizer
from tests.paths import ROOT
from tests.tiny import tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a saved checkpoint of the pitch-and-duration kind."""
    tokenizer = NoteTokenizer()
    return checkpoint.save(tmp_path / "mine", tiny_model(tokenizer), tokenizer, {"loss": 1.5})


def edit_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize("tokenizer", [NoteTokenizer(styles=("Elsass",)), PitchTokenizer()])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 0.0), (torch.float16, 1e-2)])
def test_what_is_saved_comes_back(
    tmp_path: Path, tokenizer: PitchTokenizer, dtype: torch.dtype, tolerance: float
) -> None:
    """Configuration, vocabulary, notes on training and weights survive, in float32 bit by bit."""
    model = tiny_model(tokenizer)
    loaded = checkpoint.load(checkpoint.save(tmp_path / "a", model, tokenizer, {"x": 1}, dtype), "cpu")
    assert loaded.model.config == model.config
    assert loaded.tokenizer == tokenizer
    assert loaded.meta == {"x": 1}
    assert not loaded.model.training
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(loaded.model.state_dict()[name], weight, atol=tolerance, rtol=tolerance)


def test_what_the_weights_may_be_used_for_stands_beside_them(tmp_path: Path) -> None:
    """In the words that were told, so that whoever copies the folder copies them too."""
    tokenizer = NoteTokenizer()
    path = checkpoint.save(tmp_path / "a", tiny_model(tokenizer), tokenizer, licence="any use permitted")
    assert licence_of(path) == "any use permitted"
    assert licence_of(checkpoint.save(tmp_path / "b", tiny_model(tokenizer), tokenizer)) == UNSTATED


def test_no_weight_is_drawn_at_random_to_be_overwritten(folder: Path) -> None:
    """Loading takes no random number, and leaves nothing without a value: tied, untied, or never stored."""
    before = torch.get_rng_state()
    model = checkpoint.load(folder, "cpu").model
    assert torch.equal(torch.get_rng_state(), before)
    assert {tensor.device.type for tensor in (*model.parameters(), *model.buffers())} == {"cpu"}
    fresh = tiny_model(NoteTokenizer())
    assert torch.equal(model.offsets, fresh.offsets)
    assert [weight.requires_grad for weight in model.parameters()] == [True for _ in fresh.parameters()]


def test_loading_imports_little(folder: Path) -> None:
    """A model is built without values by no detour over the reference implementations, which take a second."""
    code = (
        "import sys; from engine.checkpoint import load; before = len(sys.modules); "
        f"load({str(folder)!r}, 'cpu'); print(len(sys.modules) - before)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(out.stdout) < 100


def test_a_tied_head_stays_tied(tmp_path: Path) -> None:
    """The head of a tied model is the embedding that was loaded."""
    tokenizer = PitchTokenizer()
    config = replace(GPTConfig.gpt2("gpt2", tokenizer.vocab_size), n_layer=1, n_head=2, n_embd=8, tied=True)
    model = GPT(config).eval()
    folder = checkpoint.save(tmp_path / "tied", model, tokenizer, dtype=torch.float32)
    loaded = checkpoint.load(folder, "cpu").model
    rows = torch.arange(5)[None, :, None]
    with torch.inference_mode():
        assert torch.equal(loaded.token_logits(loaded(rows)), model.token_logits(model(rows)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_the_dtype_asked_for_holds_throughout(folder: Path, dtype: torch.dtype) -> None:
    """Every weight is of it; the columns' offsets stay whole numbers."""
    model = checkpoint.load(folder, "cpu", dtype).model
    assert {weight.dtype for weight in model.parameters()} == {dtype}
    assert model.offsets.dtype == torch.int64


def test_the_weights_are_not_the_files_own_pages(tmp_path: Path) -> None:
    """A file that is written to afterwards changes nothing that was loaded."""
    tokenizer = PitchTokenizer()
    folder = checkpoint.save(tmp_path / "a", tiny_model(tokenizer), tokenizer, dtype=torch.float32)
    model = checkpoint.load(folder, "cpu").model
    before = model.wpe.weight.clone()
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"\x7f" * 4096)
    assert torch.equal(model.wpe.weight, before)


def test_saving_again_replaces_and_leaves_no_drafts(folder: Path) -> None:
    """A second save stands in place of the first, with nothing beside it."""
    tokenizer = NoteTokenizer()
    model = tiny_model(tokenizer, seed=5)
    checkpoint.save(folder, model, tokenizer, {"loss": 1.0}, torch.float32)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert torch.equal(checkpoint.load(folder, "cpu").model.wpe.weight, model.wpe.weight)


def test_a_failed_save_leaves_the_old_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, the earlier checkpoint stands and no draft is left."""
    before = (folder / "model.safetensors").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    tokenizer = NoteTokenizer()
    with pytest.raises(UserError, match="No space left"):
        checkpoint.save(folder, tiny_model(tokenizer, seed=9), tokenizer)
    with pytest.raises(UserError, match="No space left"):
        checkpoint.save(folder.parent / "new", tiny_model(tokenizer), tokenizer)
    assert (folder / "model.safetensors").read_bytes() == before
    assert len(list(folder.iterdir())) == 2
    assert not (folder.parent / "new").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.pop("ln_f.bias"), "lacks 'ln_f.bias'"),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), "unexpected 'extra'"),
        (lambda tensors: tensors.update({"ln_f.bias": torch.zeros(7)}), r"\(7,\).*\(32,\)"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], object], message: str
) -> None:
    """Missing, unexpected and misshapen tensors are named."""
    edit_tensors(folder, change)
    with pytest.raises(UserError, match=message):
        checkpoint.load(folder, "cpu")


def test_damaged_files_are_refused(folder: Path) -> None:
    """A truncated weights file ends in a sentence."""
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="not readable as safetensors"):
        checkpoint.load(folder, "cpu")


@pytest.mark.parametrize("name", ["cuda:77", "tpu", "cpu:x", ""])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    """The message says which devices can be used here."""
    with pytest.raises(UserError, match="device"):
        checkpoint.resolve_device(name)


def test_a_device_that_others_have_is_absent_and_not_unknown() -> None:
    """Whoever can do without it goes on by this."""
    with pytest.raises(checkpoint.AbsentDeviceError, match=r"'cuda:77'"):
        checkpoint.resolve_device("cuda:77")


def test_auto_is_always_there() -> None:
    """Auto gives a device that can hold a tensor."""
    assert torch.zeros(1, device=checkpoint.resolve_device("auto")).item() == 0.0
