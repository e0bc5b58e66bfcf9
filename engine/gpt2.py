"""Pretrained GPT-2 weights into our GPT: what it learned of sequences is kept, what it knew of words is not.

Blocks, positions and the final norm are loaded; the embedding and the head stay new, because a text
vocabulary says nothing about pitches. Files of the Hub (`wte.weight`) and files saved by transformers
(`transformer.wte.weight`) are both read. GPT-2 stores its matrices as (in, out), we as (out, in).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.checkpoint import read_tensors
from engine.errors import UserError
from engine.model import GPT

_TRANSPOSED = re.compile(r"h\.\d+\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight")
_BODY = re.compile(r"(h\.\d+\.|ln_f\.|wpe\.)")
_NOT_WEIGHTS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)")


@dataclass(frozen=True)
class Report:
    """Say which of the model's tensors were loaded, which are new, and which of the file's were left out."""

    source: str
    loaded: tuple[str, ...]
    new: tuple[str, ...]
    skipped: tuple[str, ...]

    def __str__(self) -> str:
        """Return the report in one line."""
        skipped = f", left out of the file: {', '.join(self.skipped)}" if self.skipped else ""
        return f"{self.source}: {len(self.loaded)} tensors loaded, new: {', '.join(self.new) or 'none'}{skipped}"


def load_pretrained(model: GPT, source: str | Path) -> Report:
    """Copy GPT-2's body into `model` and report what came from where.

    source: a safetensors file, a folder with model.safetensors, or "hf:NAME" (fetched from the Hub; needs the
    extra `hub`). A model with a shorter context takes the first positions.
    Raises UserError when a tensor is missing or has another shape, with both shapes.
    """
    file = _file(source)
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in read_tensors(file).items()}
    wanted = {name: weight for name, weight in model.named_parameters() if _BODY.match(name)}
    _check_layers(tensors, model, str(source))
    with torch.no_grad():
        for name, weight in wanted.items():
            if name not in tensors:
                raise UserError(f"{source}: no tensor '{name}'; give GPT-2 weights in safetensors form")
            tensor = tensors[name].T if _TRANSPOSED.fullmatch(name) else tensors[name]
            if name == "wpe.weight" and tensor.shape[0] > weight.shape[0]:
                tensor = tensor[: weight.shape[0]]
            if tensor.shape != weight.shape:
                raise UserError(
                    f"{source}: '{name}' has shape {tuple(tensor.shape)}, this model's {tuple(weight.shape)}; "
                    "choose the size of model that the file holds"
                )
            weight.copy_(tensor)
    new = tuple(name for name, _ in model.named_parameters() if name not in wanted)
    skipped = tuple(name for name in tensors if name not in wanted and not _NOT_WEIGHTS.fullmatch(name))
    return Report(str(source), tuple(wanted), new, skipped)


def _check_layers(tensors: Mapping[str, torch.Tensor], model: GPT, source: str) -> None:
    layers = {int(match[1]) for name in tensors if (match := re.match(r"h\.(\d+)\.", name))}
    if not layers:
        raise UserError(f"{source}: holds no GPT-2 blocks (h.0 ...); give GPT-2 weights in safetensors form")
    if len(layers) != model.config.n_layer:
        raise UserError(
            f"{source}: {len(layers)} layers, this model has {model.config.n_layer}; "
            "choose the size of model that the file holds"
        )


def _file(source: str | Path) -> Path:
    text = str(source)
    if text.startswith("hf:"):
        return _from_hub(text[3:])
    path = Path(source).expanduser()
    if path.is_dir():
        path = path / "model.safetensors"
    if not path.is_file():
        raise UserError(f"{source}: no such file; give a safetensors file of GPT-2, its folder, or hf:gpt2-medium")
    return path


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise UserError(
            f"hf:{name}: needs the package huggingface-hub; pip install 'melody-bridge[hub]', "
            "or give a safetensors file"
        ) from error
    repository = name if "/" in name else f"openai-community/{name}"
    try:
        return Path(hf_hub_download(repository, "model.safetensors"))
    except Exception as error:  # the Hub's client raises a dozen kinds, from HTTP to disk
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"hf:{name}: could not be fetched ({reason}); give a safetensors file instead") from error
