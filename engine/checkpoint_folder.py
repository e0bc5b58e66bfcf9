"""A checkpoint's folder: found by name, its config.json read, what does not fit refused. No torch.

config.json: {"format": 1, "licence": what the weights may be used for, in words, "model": GPTConfig, "tokenizer":
vocabulary, "training": anything worth telling}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.columns import columns
from engine.errors import UserError
from engine.installed import CONFIG as CONFIG
from engine.installed import WEIGHTS as WEIGHTS
from engine.installed import known as known
from engine.model_config import GPTConfig, tensor_shapes
from engine.tokenizer import Tokenizer
from engine.tokenizer import from_json as tokenizer_from_json

FORMAT = 1
COMPACT = 20_000_000
"""Parameters up to which a model is decoded on one CPU thread by numpy."""


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


def is_compact(config: GPTConfig) -> bool:
    """Say whether a model's step is all calls and hardly any arithmetic; a GPU would add its launches to that."""
    return 12 * config.n_layer * config.n_embd**2 <= COMPACT


def check_fit(config: GPTConfig, shapes: Mapping[str, tuple[int, ...]], source: str) -> None:
    """Raise UserError naming the first missing, unexpected or misshapen tensor of `shapes`, with both shapes."""
    wanted = tensor_shapes(config)
    for what, names in (
        ("lacks", [name for name in wanted if name not in shapes]),
        ("has unexpected", [name for name in shapes if name not in wanted]),
    ):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise UserError(f"{source} {what} '{names[0]}'{more}; its config.json belongs to another model")
    for name, shape in shapes.items():
        if shape != wanted[name]:
            raise UserError(
                f"{source}: '{name}' has shape {shape}, its config.json asks for {wanted[name]}; "
                "the two files belong to different models, copy both again"
            )


def check_vocabulary(path: Path, config: GPTConfig, tokenizer: Tokenizer) -> None:
    """Raise UserError where the model's sizes are not its vocabulary's."""
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
