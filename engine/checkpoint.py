"""A model on disk: a folder with safetensors weights and a config.json; what does not fit is refused.

config.json: {"format": 1, "model": GPTConfig, "tokenizer": vocabulary, "training": anything worth telling}.
"""

from __future__ import annotations

import importlib.resources
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.overrides import TorchFunctionMode

from engine.columns import columns
from engine.decoding.eager import EagerDecoder
from engine.decoding.seam import Decoder
from engine.errors import UserError
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.tokenizer import Tokenizer
from engine.tokenizer import from_json as tokenizer_from_json

FORMAT = 1
CONFIG, WEIGHTS = "config.json", "model.safetensors"
COMPACT = 20_000_000
"""Parameters up to which one CPU thread decodes fastest."""
LARGE = 50_000_000
"""Parameters from which a model is computed in bfloat16 on CUDA; smaller ones are not bound by bytes."""


@dataclass(frozen=True)
class Checkpoint:
    """Hold a loaded model in evaluation mode, its vocabulary, and what its config tells of its training."""

    model: GPT
    tokenizer: Tokenizer
    meta: dict[str, Any]
    path: Path
    device: torch.device

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
        """Return the device as a user names it."""
        return str(self.device)

    def decoder(self) -> Decoder:
        """Return a decoder that has read nothing; all of a checkpoint's share its weights."""
        return EagerDecoder(self.model)

    @property
    def parameters(self) -> int:
        """Return the number of weights."""
        return self.model.parameter_count()


def known() -> dict[str, Path]:
    """Return the shipped checkpoints by name."""
    shipped = Path(str(importlib.resources.files("presets"))) / "checkpoints"
    if not shipped.is_dir():
        return {}
    return {path.name: path for path in sorted(shipped.iterdir()) if (path / CONFIG).is_file()}


def resolve(name_or_dir: str | Path) -> Path:
    """Return the folder of a checkpoint: a shipped one's name, or a folder.

    Raises UserError with the known names when it is neither, and when the folder is no checkpoint.
    """
    shipped = known()
    if str(name_or_dir) in shipped:
        return shipped[str(name_or_dir)]
    path = Path(name_or_dir).expanduser()
    if not path.is_dir():
        names = ", ".join(shipped) or "none"
        raise UserError(
            f"checkpoint '{name_or_dir}': no folder of this name and none of the shipped ones ({names}); "
            "give one of these or the folder of a checkpoint"
        )
    missing = [name for name in (CONFIG, WEIGHTS) if not (path / name).is_file()]
    if missing:
        raise UserError(
            f"{path}: no checkpoint, {' and '.join(missing)} missing; "
            f"give a folder that holds {CONFIG} and {WEIGHTS}, as melody-train writes it"
        )
    return path


def resolve_device(name: str = "auto") -> torch.device:
    """Return the device of this name; "auto" takes cuda, then mps, then cpu.

    Raises UserError when it is unknown or not there.
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
    if not there.get(kind, False) or (index and not index.isdecimal()):
        raise UserError(f"device '{name}' is not on this machine; it takes one of {usable}")
    if kind == "cuda" and index and int(index) >= torch.cuda.device_count():
        raise UserError(f"device '{name}': this machine has {torch.cuda.device_count()}; choose a lower number")
    return torch.device(name)


def live_device(name_or_dir: str | Path, device: str) -> str:
    """Return the device to decode a checkpoint on: as asked, and for "auto" the CPU when the model is compact.

    A compact model's step is all calls and hardly any arithmetic; a GPU adds its launches to that.
    """
    if device != "auto":
        return device
    config, _, _ = read_config(resolve(name_or_dir))
    return "cpu" if 12 * config.n_layer * config.n_embd**2 <= COMPACT else "auto"


def save(
    folder: str | Path,
    model: GPT,
    tokenizer: Tokenizer,
    meta: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float16,
) -> Path:
    """Write a checkpoint into `folder` and return its path; files that stand there are replaced when whole.

    Floating-point weights are stored as `dtype`. Raises UserError when the disk refuses; then an earlier
    checkpoint in the folder still stands.
    """
    path = Path(folder).expanduser()
    tensors = {
        name: tensor.detach().to(device="cpu", dtype=dtype if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in _own_tensors(model).items()
    }
    config = {
        "format": FORMAT,
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
    _check_vocabulary(path, config, tokenizer)
    with torch.device("meta"), _NothingDrawn():
        model = GPT(config)
    _check_fit(model, tensors, str(path / WEIGHTS))
    if dtype is None:
        large = model.parameter_count() > LARGE
        dtype = torch.bfloat16 if large and target.type == "cuda" else torch.float32
    # Copied in any case: the file's own pages change with the file, and may be aligned badly.
    placed = {name: tensor.to(target, dtype, copy=True) for name, tensor in tensors.items()}
    model.load_state_dict(placed, assign=True)
    model.to(target).eval()
    return Checkpoint(model, tokenizer, meta, path, target)


def read_config(path: Path) -> tuple[GPTConfig, Tokenizer, dict[str, Any]]:
    """Return model configuration, vocabulary and training notes of the checkpoint folder `path`.

    Raises UserError naming what in config.json is not understood.
    """
    file = path / CONFIG
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file}: not readable as JSON ({error}); copy the checkpoint again") from error
    if not isinstance(data, dict) or "format" not in data:
        raise UserError(f"{file}: not a config of ours, it has no 'format'; give a folder melody-train wrote")
    if data["format"] != FORMAT:
        raise UserError(
            f"{file}: format {data['format']!r}, this program reads format {FORMAT}; "
            "update melody-bridge or save the checkpoint anew"
        )
    for key in ("model", "tokenizer"):
        if not isinstance(data.get(key), dict):
            raise UserError(f"{file}: no table '{key}'; copy the checkpoint again")
    try:
        config, tokenizer = GPTConfig.from_json(data["model"]), tokenizer_from_json(data["tokenizer"])
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    except (TypeError, ValueError, KeyError) as error:
        raise UserError(f"{file}: not understood ({error!r}); copy the checkpoint again") from error
    training = data.get("training")
    return config, tokenizer, training if isinstance(training, dict) else {}


def read_tensors(file: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file, on the CPU; raise UserError when it is damaged or missing."""
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{file}: not readable as safetensors ({error}); copy or download it again") from error


def fit(model: GPT, tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Copy `tensors` into the model; raise UserError when they do not fit."""
    _check_fit(model, tensors, source)
    wanted = _own_tensors(model)
    with torch.no_grad():
        for name, tensor in tensors.items():
            wanted[name].copy_(tensor)


def _check_fit(model: GPT, tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Raise UserError naming the first missing, unexpected or misshapen tensor, with both shapes."""
    wanted = _own_tensors(model)
    for what, names in (
        ("lacks", [name for name in wanted if name not in tensors]),
        ("has unexpected", [name for name in tensors if name not in wanted]),
    ):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise UserError(f"{source} {what} '{names[0]}'{more}; its config.json belongs to another model")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise UserError(
                f"{source}: '{name}' has shape {tuple(tensor.shape)}, its config.json asks for "
                f"{tuple(wanted[name].shape)}; the two files belong to different models, copy both again"
            )


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


def _check_vocabulary(path: Path, config: GPTConfig, tokenizer: Tokenizer) -> None:
    rows = dict(columns(tokenizer, config.feature_names))
    pairs = [("tokens", config.vocab_size, tokenizer.vocab_size)]
    pairs += [("durations", config.n_durations, tokenizer.n_durations)]
    pairs += [(f"values of '{name}'", size, rows[name]) for name, size in config.features]
    for what, model_has, vocabulary_has in pairs:
        if model_has != vocabulary_has:
            raise UserError(
                f"{path}: the model knows {model_has} {what}, its vocabulary {vocabulary_has}; "
                f"{CONFIG} belongs to another checkpoint, copy both files again"
            )
