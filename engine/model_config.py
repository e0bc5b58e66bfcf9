"""What a GPT is made of: its sizes, its columns, its heads. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import prod
from typing import Any

from engine.errors import UserError

# name: layers, heads, channels
SIZES = {
    "gpt2": (12, 12, 768),
    "gpt2-medium": (24, 16, 1024),
    "gpt2-large": (36, 20, 1280),
    "gpt2-xl": (48, 25, 1600),
}


@dataclass(frozen=True)
class GPTConfig:
    """Say what a model is made of.

    features: (name, cardinality) of each integer column; the first is the token itself.
    n_durations: 0, or the size of the duration head. phrase_end: is there a phrase-end head?
    pointers: names of columns that hold a token + 1 (0: none) which the heads see besides the hidden state;
    n_shift: with pointers, how many tokens lie on a scale; they are also scored by distance from the first
    pointer, and all pointed-at tokens by a bonus. duration_pointers: the same for durations.
    tied: the token head is the embedding of the first column.
    """

    vocab_size: int
    features: tuple[tuple[str, int], ...]
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 128
    context: int = 512
    dropout: float = 0.0
    attention_dropout: float = 0.0
    n_durations: int = 0
    phrase_end: bool = False
    pointers: tuple[str, ...] = ()
    n_shift: int = 0
    duration_pointers: tuple[str, ...] = ()
    tied: bool = False

    def __post_init__(self) -> None:
        for name in ("vocab_size", "n_layer", "n_head", "n_embd", "context"):
            if getattr(self, name) < 1:
                raise UserError(f"model: {name} is {getattr(self, name)}; it must be 1 or more")
        if self.n_embd % self.n_head:
            raise UserError(f"model: n_embd {self.n_embd} must be a multiple of n_head {self.n_head}")
        if not self.features or self.features[0][1] != self.vocab_size:
            raise UserError("model: the first feature must be the token, with vocab_size values")
        missing = {*self.pointers, *self.duration_pointers} - set(self.feature_names)
        if missing:
            raise UserError(f"model: pointers {sorted(missing)} are no features")

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return tuple(name for name, _ in self.features)

    @property
    def carried(self) -> tuple[str, ...]:
        """Return the names of the columns that the heads see besides the hidden state, in order."""
        return (*self.pointers, *self.duration_pointers)

    @classmethod
    def gpt2(cls, name: str, vocab_size: int, context: int = 1024, dropout: float = 0.1) -> GPTConfig:
        """Return the configuration of a GPT-2 size by name; raise UserError for a name that is none."""
        if name not in SIZES:
            raise UserError(f"model size {name!r} is unknown; it is one of {', '.join(SIZES)}")
        layers, heads, channels = SIZES[name]
        return cls(vocab_size, (("token", vocab_size),), layers, heads, channels, context, dropout, dropout)

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> GPTConfig:
        """Return the configuration that `to_json` described; raise UserError when it does not fit."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise UserError(f"model config: unknown entries {', '.join(unknown)}; made by a newer version?")
        try:
            plain = dict(data)
            plain["features"] = tuple((str(name), int(size)) for name, size in data["features"])
            for name in ("pointers", "duration_pointers"):
                plain[name] = tuple(data.get(name, ()))
            return cls(**plain)
        except (KeyError, TypeError) as error:
            raise UserError(f"model config: {error} in config.json") from error


def tensor_shapes(config: GPTConfig) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight of a model by its name in the model's state; a tied head is none."""
    channels, pointers, spread = config.n_embd, len(config.pointers), 2 * config.n_shift
    shapes: dict[str, tuple[int, ...]] = {}

    def linear(name: str, inputs: int, outputs: int, *, bias: bool = True) -> None:
        shapes[f"{name}.weight"] = (outputs, inputs)
        if bias:
            shapes[f"{name}.bias"] = (outputs,)

    def norm(name: str) -> None:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (channels,)

    shapes["wte.weight"] = (sum(size for _, size in config.features), channels)
    shapes["wpe.weight"] = (config.context, channels)
    for layer in range(config.n_layer):
        norm(f"h.{layer}.ln_1")
        linear(f"h.{layer}.attn.c_attn", channels, 3 * channels)
        linear(f"h.{layer}.attn.c_proj", channels, channels)
        norm(f"h.{layer}.ln_2")
        linear(f"h.{layer}.mlp.c_fc", channels, 4 * channels)
        linear(f"h.{layer}.mlp.c_proj", 4 * channels, channels)
    norm("ln_f")
    if not config.tied:
        linear("lm_head", channels, config.vocab_size, bias=False)
    if pointers:
        linear("distance_head", channels, spread - 1, bias=False)
        linear("pointer_head", channels, pointers)
    if config.n_durations:
        linear("duration_in", channels, channels)
        shapes["duration_token.weight"] = (config.vocab_size, channels)
        if pointers:
            shapes["duration_distance.weight"] = (spread, channels)
            linear("duration_match", pointers, channels, bias=False)
        if config.duration_pointers:
            linear("duration_pointer_head", channels, len(config.duration_pointers))
        linear("duration_head", channels, config.n_durations)
    if config.phrase_end:
        linear("phrase_head", channels, 1)
    return shapes


def parameter_count(config: GPTConfig) -> int:
    """Return the number of a model's weights."""
    return sum(prod(shape) for shape in tensor_shapes(config).values())
