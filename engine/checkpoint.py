"""A model on disk, loaded into PyTorch and saved from it: a folder with safetensors weights and a config.json."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.overrides import TorchFunctionMode

from engine.checkpoint_folder import CONFIG, FORMAT, WEIGHTS, check_fit, check_vocabulary, read_config, resolve
from engine.decoding.eager import EagerDecoder
from engine.decoding.seam import Decoder
from engine.errors import UserError
from engine.model import GPT
from engine.model_config import GPTConfig, parameter_count
from engine.tokenizer import Tokenizer

LARGE = 50_000_000
"""Parameters from which a model is computed in bfloat16 on CUDA; smaller ones are not bound by bytes."""


@dataclass(frozen=True)
class Checkpoint:
    """Hold a loaded model in evaluation mode, its vocabulary, and what its config tells of its training.

    way: what a user is told of how it is computed; read_by: makes a decoder of the model.
    """

    model: GPT
    tokenizer: Tokenizer
    meta: dict[str, Any]
    path: Path
    device: torch.device
    way: str = ""
    read_by: Callable[[GPT], Decoder] = EagerDecoder

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return self.path.name

    @property
    def config(self) -> GPTConfig:
        """Return what the model is made of."""
        return self.model.config

    @property
    def device_name(self) -> str:
        """Return the device's name."""
        return str(self.device)

    def decoder(self) -> Decoder:
        """Return a decoder that has read nothing; all of a checkpoint's share its weights."""
        return self.read_by(self.model)

    @property
    def parameters(self) -> int:
        """Return the number of weights."""
        return parameter_count(self.config)


class AbsentDeviceError(UserError):
    """Say that a device of this kind is not on this machine."""


def resolve_device(name: str = "auto") -> torch.device:
    """Return the device of this name; "auto" takes cuda, then mps, then cpu.

    Raises AbsentDeviceError when it is not there, and UserError when there is none of this name anywhere.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, available in there.items() if available))
    kind, _, index = name.partition(":")
    usable = ", ".join(["auto", *(kind for kind, available in there.items() if available)])
    if kind not in there or (index and not index.isdecimal()):
        raise UserError(f"device '{name}' is none; it takes one of {usable}")
    if not there[kind]:
        raise AbsentDeviceError(f"device '{name}' is not on this machine; it takes one of {usable}")
    if kind == "cuda" and index and int(index) >= torch.cuda.device_count():
        raise AbsentDeviceError(
            f"device '{name}': this machine has {torch.cuda.device_count()}; choose a lower number"
        )
    return torch.device(name)


def save(
    folder: str | Path,
    model: GPT,
    tokenizer: Tokenizer,
    meta: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float16,
    licence: str = "",
) -> Path:
    """Write a checkpoint into `folder` and return its path; files that stand there are replaced when whole.

    Floating-point weights are stored as `dtype`. licence: what they may be used for, in words.
    Raises UserError when the disk refuses; then an earlier checkpoint in the folder still stands.
    """
    path = Path(folder).expanduser()
    tensors = {
        name: tensor.detach().to(device="cpu", dtype=dtype if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in _own_tensors(model).items()
    }
    config = {
        "format": FORMAT,
        **({"licence": licence} if licence else {}),
        "model": model.config.to_json(),
        "tokenizer": tokenizer.to_json(),
        "training": dict(meta or {}),
    }
    made = not path.exists()
    drafts = [(path / f".{name}.{os.getpid()}", path / name) for name in (WEIGHTS, CONFIG)]
    try:
        path.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, drafts[0][0])
        drafts[1][0].write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        for draft, final in drafts:
            os.replace(draft, final)
    except (OSError, SafetensorError) as error:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)
        if made and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        raise UserError(
            f"{path}: the checkpoint could not be written ({error}); make room or save elsewhere"
        ) from error
    return path


def load(
    name_or_dir: str | Path, device: str | torch.device = "auto", dtype: torch.dtype | None = None
) -> Checkpoint:
    """Return a checkpoint, its model on `device` and in evaluation mode.

    dtype: of the computation; by default float32, and bfloat16 for large models on CUDA.
    Raises UserError for everything that does not fit, with both numbers and the next step.
    """
    path = resolve(name_or_dir)
    target = resolve_device(str(device))
    config, tokenizer, meta = read_config(path)
    tensors = read_tensors(path / WEIGHTS)
    check_vocabulary(path, config, tokenizer)
    check_fit(config, _shapes(tensors), str(path / WEIGHTS))
    with torch.device("meta"), _NothingDrawn():
        model = GPT(config)
    if dtype is None:
        large = model.parameter_count() > LARGE
        dtype = torch.bfloat16 if large and target.type == "cuda" else torch.float32
    # Copied in any case: the file's own pages change with the file, and may be aligned badly.
    placed = {name: tensor.to(target, dtype, copy=True) for name, tensor in tensors.items()}
    model.load_state_dict(placed, assign=True)
    model.to(target).eval()
    return Checkpoint(model, tokenizer, meta, path, target)


def read_tensors(file: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file, on the CPU; raise UserError when it is damaged or missing."""
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{file}: not readable as safetensors ({error}); copy or download it again") from error


def fit(model: GPT, tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Copy `tensors` into the model; raise UserError when they do not fit."""
    check_fit(model.config, _shapes(tensors), source)
    wanted = _own_tensors(model)
    with torch.no_grad():
        for name, tensor in tensors.items():
            wanted[name].copy_(tensor)


def _shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


class _NothingDrawn(TorchFunctionMode):
    """Leave out normal initialisation: weights that are to be replaced need no values.

    On the meta device it would give none either, but PyTorch imports 800 modules for that, a second or two.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in (torch.nn.init.normal_, torch.Tensor.normal_):
            return None
        return func(*args, **(kwargs or {}))


def _own_tensors(model: GPT) -> dict[str, torch.Tensor]:
    """Return the model's state, a tied tensor under its first name only."""
    seen: dict[int, str] = {}
    own: dict[str, torch.Tensor] = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen[id(tensor)] = name
            own[name] = tensor
    return own
