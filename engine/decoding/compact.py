"""A compact checkpoint, loaded and played on the CPU by numpy alone. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file

from engine.checkpoint_folder import WEIGHTS, check_fit, check_vocabulary, read_config
from engine.decoding.arrays import ArrayDecoder
from engine.decoding.folded import Folded, folded
from engine.decoding.seam import Decoder
from engine.errors import UserError
from engine.model_config import GPTConfig, parameter_count
from engine.tokenizer import Tokenizer


class UnreadableHereError(Exception):
    """Say that the weights are of a kind that numpy does not know; PyTorch reads them."""


@dataclass(frozen=True)
class CompactCheckpoint:
    """Hold a compact model's weights, its vocabulary, and the folder that it came from; way: as in `Playable`."""

    weights: Folded
    tokenizer: Tokenizer
    path: Path
    device_name: str = "cpu"
    way: str = ""

    @property
    def config(self) -> GPTConfig:
        """Return what the model is made of."""
        return self.weights.config

    @property
    def parameters(self) -> int:
        """Return the number of weights."""
        return parameter_count(self.config)

    def decoder(self) -> Decoder:
        """Return a decoder that has read nothing; all of a checkpoint's share its weights."""
        return ArrayDecoder(self.weights)


def load_compact(path: Path) -> CompactCheckpoint:
    """Return the checkpoint in the folder `path`.

    Raises UserError for everything that does not fit, and UnreadableHereError for weights that numpy cannot hold.
    """
    config, tokenizer, _ = read_config(path)
    check_vocabulary(path, config, tokenizer)
    file = path / WEIGHTS
    try:
        tensors = load_file(file)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{file}: not readable as safetensors ({error}); copy or download it again") from error
    except (KeyError, TypeError) as error:
        raise UnreadableHereError(f"numpy has no {error} for the weights of {path.name}") from error
    check_fit(config, {name: tensor.shape for name, tensor in tensors.items()}, str(file))
    return CompactCheckpoint(folded(config, tensors), tokenizer, path)
