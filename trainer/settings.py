"""What a training run is told: one frozen record, read from YAML, every key checked."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from engine.errors import UserError
from engine.model_config import SIZES
from trainer.split import SPLITS

_CHOICES = {
    "split": SPLITS,
    "tokenizer": ("pitch", "note"),
    "batches": ("songs", "windows"),
    "size": ("compact", *SIZES),
    "schedule": ("cosine", "constant"),
    "precision": ("auto", "float32", "bfloat16", "float16"),
    "parallel": ("ddp", "fsdp"),
}
_AT_LEAST_ONE = (
    "n_layer",
    "n_head",
    "n_embd",
    "context",
    "stride",
    "batch_tokens",
    "batch_windows",
    "accumulate",
    "epochs",
)
_SHARES = (
    "dropout",
    "transposed",
    "hidden_metre",
    "hidden_style",
    "found_metre",
    "late_start",
    "medleys",
    "ema",
    "final_rate",
)


@dataclass(frozen=True)
class TrainSettings:
    """Describe a training run.

    data: a prepared or raw source, or `paper` / `essen` for the public copies; out: the run's folder, which
    is a checkpoint folder too; split: by interval hash, or the paper's last tenth, or half of
    what is learned.
    tokenizer: the vocabulary; batches: whole songs, or windows over one stream (context, stride).
    licence: what the weights may be used for, in the four words or so that a player is told; where it is not said,
    those of `init`.
    rehearsed: weight of old songs that are gone over beside the new ones, so that what `init` knew is not
    forgotten (0: none are); replay: a corpus to take them from, else `init` draws them; forgotten: so many nats a
    note they may cost more than before in weights that are kept.
    size: compact (n_layer, n_head, n_embd hold) or a GPT-2 size by name; init: nothing, a safetensors file of
    GPT-2, hf:NAME, or a checkpoint of ours, whose vocabulary and form are then taken over.
    new_words: whether durations and styles of the songs that the vocabulary of `init` lacks join it.
    styles: regions with at least so many songs get a style of their own (0: none); style_strength: in weights that
    are kept their embeddings lie so many times as far from any's as they were learned, or as `init` has them.
    transposed, hidden_style, hidden_metre, found_metre, late_start: shares of songs that are moved to another key,
    are told no style (so that "any" is learned), get no metre, get the one that the net of `melody-train metre`
    finds in some phrases of theirs, begin at a later position; metre_net: the checkpoint whose own net finds it
    (none: the one that ships);
    medleys: sequences of several tunes beside the songs, as a share of their number.
    batch_tokens, batch_windows: size of a step over all processes; accumulate: parts that it is cut into.
    epochs: passes over the songs, more where these make fewer than least_steps.
    learning_rate rises over warmup_steps (a tenth of the run at the most), then falls on a cosine to final_rate
    of it, or stays constant.
    ema: decay of the averaged weights, which are the ones that are kept (0: none); phrase_weight: weight of
    the phrase-end loss beside tokens and durations; evaluate_every: epochs from one validation to the next;
    patience: the run ends after so many validations that were not the best (0: it never does).
    save_steps: steps from one saved state to the next; device: auto, cpu, cuda, mps.
    """

    data: str = ""
    out: str = ""
    licence: str = ""
    replay: str = ""
    rehearsed: float = 0.0
    forgotten: float = 0.04
    split: str = "interval"
    tokenizer: str = "note"
    batches: str = "songs"
    size: str = "compact"
    init: str = ""
    metre_net: str = ""
    new_words: bool = False
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 128
    context: int = 544
    stride: int = 512
    dropout: float = 0.1
    pointers: bool = True
    styles: int = 60
    style_strength: float = 1.0
    transposed: float = 0.5
    hidden_style: float = 0.5
    hidden_metre: float = 0.3
    found_metre: float = 0.0
    late_start: float = 0.2
    medleys: float = 0.05
    batch_tokens: int = 2048
    batch_windows: int = 8
    accumulate: int = 1
    epochs: int = 10
    least_steps: int = 0
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    final_rate: float = 0.02
    warmup_steps: int = 200
    weight_decay: float = 0.1
    beta_2: float = 0.99
    clip: float = 1.0
    ema: float = 0.998
    phrase_weight: float = 0.3
    evaluate_every: int = 1
    patience: int = 0
    save_steps: int = 500
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    parallel: str = "ddp"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise UserError(f"{name} {getattr(self, name)!r} is unknown; it is one of {', '.join(choices)}")
        for name in (*_AT_LEAST_ONE, "evaluate_every", "save_steps"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be 1 or more")
        for name in ("least_steps", "patience"):
            if getattr(self, name) < 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be 0 or more")
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be from 0 to 1")
        if self.hidden_metre + self.found_metre > 1.0:
            raise UserError(
                f"hidden_metre {self.hidden_metre} and found_metre {self.found_metre} are shares of the same "
                "songs; together they must be at most 1"
            )
        for name in ("rehearsed", "forgotten", "style_strength"):
            if not getattr(self, name) >= 0.0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be 0 or more")
        if self.rehearsed and (not self.init or self.batches == "windows" or self.parallel == "fsdp"):
            raise UserError("rehearsed: it takes an init to go on from, batches: songs and parallel: ddp")
        if self.new_words and (not self.init or self.tokenizer != "note"):
            raise UserError("new_words: it takes an init of ours to go on from, and tokenizer: note")
        for name in ("learning_rate", "clip"):
            if not getattr(self, name) > 0.0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be above 0")
        if not 0.0 <= self.beta_2 < 1.0:
            raise UserError(f"beta_2 is {self.beta_2}; it must be from 0 to below 1")
        if not self.weight_decay >= 0.0:
            raise UserError(f"weight_decay is {self.weight_decay}; it must be 0 or more")
        if self.ema and self.parallel == "fsdp":
            raise UserError("ema and parallel: fsdp do not go together; set ema: 0, or parallel: ddp")
        if self.batches == "windows" and self.tokenizer != "pitch":
            raise UserError(
                "batches: windows is the paper's way and takes tokenizer: pitch; or set batches: songs"
            )
        if self.batches == "songs" and self.size != "compact":
            raise UserError(f"size: {self.size} reads windows; set batches: windows, or size: compact")


def parse_settings(values: Mapping[str, Any], source: str) -> TrainSettings:
    """Return settings from plain values; raise UserError for a misspelt key or a value of the wrong kind."""
    known = {field.name: field for field in fields(TrainSettings)}
    taken: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
            raise UserError(f"{source}: unknown key '{key}'; {hint}")
        taken[key] = _convert(key, value, type(known[key].default), source)
    try:
        return TrainSettings(**taken)
    except UserError as error:
        raise UserError(f"{source}: {error}") from None


def _convert(key: str, value: Any, kind: type, source: str) -> Any:
    if kind is float and isinstance(value, str):
        # YAML takes 5e-5 for a word.
        with contextlib.suppress(ValueError):
            value = float(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is str and value is None:
        return ""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
        raise UserError(f"{source}: {key} is {value!r}; it takes {names[kind]}")
    return value


def load_settings(path: Path, overrides: Mapping[str, Any] | None = None) -> TrainSettings:
    """Return the settings of a YAML file, with the overrides put over them; raise UserError as above."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); give a YAML file such as presets/train-essen.yaml"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())}); correct the line named") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: it must hold 'key: value' lines; see presets/train-essen.yaml")
    return parse_settings({**values, **(overrides or {})}, str(path))
