"""Starting an improviser: what must be so before numpy or torch is there, and what decodes what."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import Checkpoint
from engine.decoding.compact import CompactCheckpoint
from engine.errors import UserError
from engine.start import playable
from tests.paths import ROOT
from tests.tiny import write_tiny

WATCHED = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            print("{module} meets", os.environ.get("{variable}"))
            raise SystemExit

sys.meta_path.insert(0, Watch())
"""


def met(module: str, variable: str, started: str, before: str | None) -> str:
    """Return what an environment variable is when a module is first imported."""
    environment = {name: value for name, value in os.environ.items() if name != variable}
    if before is not None:
        environment[variable] = before
    command = [sys.executable, "-c", WATCHED.format(module=module, variable=variable) + started]
    out = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return out.stdout.strip()


STARTED = pytest.mark.parametrize(
    "started",
    [
        "from engine.server import start; start('essen', '{device}', 1)",
        "from engine.generate import main; main(['E4 F4', '--notes', '1', '--device', '{device}'])",
    ],
    ids=["play", "generate"],
)


@STARTED
@pytest.mark.parametrize(("before", "value"), [(None, "1"), ("0", "0")], ids=["unset", "set"])
def test_what_a_macs_gpu_cannot_compute_is_left_to_the_cpu(started: str, before: str | None, value: str) -> None:
    """Whoever starts a model has set so before torch is imported, and a user's own setting stands."""
    code = started.format(device="mps")
    assert met("torch", "PYTORCH_ENABLE_MPS_FALLBACK", code, before) == f"torch meets {value}"


@STARTED
@pytest.mark.parametrize(("before", "value"), [(None, "1"), ("2", "2")], ids=["unset", "set"])
def test_numpy_finds_that_one_thread_is_enough(started: str, before: str | None, value: str) -> None:
    """BLAS reads the number of its threads when numpy is imported, and a user's own setting stands."""
    code = started.format(device="auto")
    assert met("numpy", "OPENBLAS_NUM_THREADS", code, before) == f"numpy meets {value}"


def test_compact_models_are_decoded_by_numpy_unless_told_otherwise(tmp_path: Path) -> None:
    """On the CPU, asked for or not, in 32 bits; PyTorch takes what is asked for besides."""
    folder = write_tiny(tmp_path / "tiny")
    for device, precision in (("auto", "auto"), ("cpu", "auto"), ("auto", "fp32")):
        assert isinstance(playable(folder, device, precision), CompactCheckpoint)
    assert isinstance(playable(folder, "auto", "int8"), Checkpoint)
    with pytest.raises(UserError, match="none of auto"):
        playable(folder, "auto", "int4")


@pytest.mark.parametrize("device", ["cuda:77", "cuda"])
def test_a_device_that_is_not_there_leaves_the_playing_to_the_cpu(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fastest way that the CPU has takes over, and a sentence says why and what there is."""
    folder = write_tiny(tmp_path / "tiny")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: device != "cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    played = playable(folder, device)
    assert isinstance(played, CompactCheckpoint)
    assert played.device_name == "cpu"
    assert played.way.startswith(f"device '{device}'")
    assert playable(folder, device, "int8").way.endswith("; weights in int8")
    with pytest.raises(UserError, match="device 'tpu' is none; it takes one of auto"):
        playable(folder, "tpu")


def test_where_numpy_cannot_pytorch_takes_over_and_says_why(tmp_path: Path) -> None:
    """Weights in bfloat16 are played all the same, and what is told of the device has the reason."""
    file = write_tiny(tmp_path / "tiny") / "model.safetensors"
    save_file({name: tensor.to(torch.bfloat16) for name, tensor in load_file(file).items()}, file)
    loaded = playable(file.parent)
    assert isinstance(loaded, Checkpoint)
    assert loaded.way.startswith("by PyTorch, which is slower: numpy has no")
    assert "bfloat16" in loaded.way
