"""A compact model's weights, laid out so that a step takes as few calls into numpy as it can. No torch.

On a compact model the time goes into calls, not into numbers. So what is constant is folded, once, in float64,
into the matrices, and what is computed stays the model's (engine/model.py), up to rounding:

- A LayerNorm's gain and bias and the scale of attention go into the matrix behind them.
- A matrix has its bias as a last column; what it is multiplied with has a 1 at its end.
- All that is added to the residual stream is centred over the channels. So the stream is, and its LayerNorm is a
  division by its length, sqrt(|x|^2 + C eps), for the C in its numerator goes into the matrix.
- Attention is the same whatever is added to all scores of a query, so keys have no bias.
- tanh-GELU is gelu(x) = x / 2 (1 + tanh(k x + k a x^3)), k = sqrt(2 / pi), a = 0.044715. With u = GELU_IN * x
  that is GELU_OUT u (1 + tanh(u^3 + GELU_LINEAR u)); the scales go into the matrices before and behind.

Matrices are stored by columns (Fortran's order), which is what BLAS reads fastest against one vector, and one
behind another, so that the system can give them in large pages: that takes a tenth off what sixteen steps cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.decoding.style_rows import style_rows
from engine.model_config import GPTConfig

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

EPS = 1e-5
_K, _A = math.sqrt(2.0 / math.pi), 0.044715
GELU_IN = (_K * _A) ** (1.0 / 3.0)
GELU_LINEAR, GELU_OUT = _K / GELU_IN, 0.5 / GELU_IN
LARGEST_SCORE = 80.0
"""exp of so much, a thousand times over, is within 32 bits, and so is exp of the negative."""
LARGE_PAGE = 1 << 21
"""Bytes of a large page on Linux; where there is none it does no harm to begin at such an address."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Hold a layer's four matrices, each (outputs, inputs + 1).

    bounded: whether its scores, whatever the steps, are within LARGEST_SCORE, so that softmax need not take the
    largest from them first.
    """

    qkv: Floats
    attended: Floats
    widen: Floats
    narrow: Floats
    bounded: bool


@dataclass(frozen=True, slots=True)
class DurationHead:
    """Hold what tells the duration of a token, scaled for GELU.

    by_token: (V, C); match: of each pointer, (P, C), and distance: (2 S, C), None without pointers; out: the
    logits and, below them, the bonus of each duration pointer, (D + pointers, C + 1).
    """

    by_token: Floats
    match: Floats | None
    distance: Floats | None
    out: Floats


@dataclass(frozen=True, slots=True)
class Folded:
    """Hold all weights. heads: every head that reads the hidden state alone, one below the other, (H, C + 1).

    parts: which of its rows are whose: "tokens", "distances", "bonuses", "durations" (what the duration head
    begins with), "phrase_end"; those that the model has.
    """

    config: GPTConfig
    embedding: Floats
    positions: Floats
    layers: tuple[Layer, ...]
    heads: Floats
    parts: Mapping[str, slice]
    duration_head: DurationHead | None


def folded(config: GPTConfig, tensors: Mapping[str, npt.NDArray[np.generic]]) -> Folded:
    """Return the weights of a model, given its state: tensors of the names and shapes that the config asks for."""
    exact, room = _Exact(tensors), _Room(sum(tensor.size for tensor in tensors.values()))
    heads, parts = _heads(config, exact)
    return Folded(
        config,
        _with_styles_mixed(config, _centred(exact["wte.weight"].T).T).astype(np.float32),
        _centred(exact["wpe.weight"].T).T.astype(np.float32),
        tuple(_layer(config, exact, f"h.{number}.", room) for number in range(config.n_layer)),
        room.matrix(*_behind_norm(*heads, exact.pair("ln_f"))),
        parts,
        _duration_head(config, exact, room) if config.n_durations else None,
    )


def _with_styles_mixed(config: GPTConfig, embedding: Doubles) -> Doubles:
    """Return the table of embeddings, (rows, C), with those of what lies between two styles behind it."""
    return np.concatenate((embedding, style_rows(config, embedding)))


class _Exact:
    """Give tensors in float64."""

    def __init__(self, tensors: Mapping[str, npt.NDArray[np.generic]]) -> None:
        self._tensors = tensors

    def __getitem__(self, name: str) -> Doubles:
        return self._tensors[name].astype(np.float64)

    def pair(self, name: str) -> tuple[Doubles, Doubles]:
        """Return weight and bias of a part, the bias 0 where it has none."""
        weight = self[f"{name}.weight"]
        return weight, self[f"{name}.bias"] if f"{name}.bias" in self._tensors else np.zeros(len(weight))


class _Room:
    """Hold matrices one behind another, from the beginning of a large page on."""

    def __init__(self, numbers: int) -> None:
        whole = np.zeros(numbers + LARGE_PAGE // 4, np.float32)
        self._free = whole[-whole.__array_interface__["data"][0] % LARGE_PAGE // 4 :]

    def matrix(self, weight: Doubles, bias: Doubles) -> Floats:
        """Return a matrix with its bias as last column."""
        outputs, inputs = weight.shape
        size = outputs * (inputs + 1)
        matrix, self._free = self._free[:size].reshape((outputs, inputs + 1), order="F"), self._free[size:]
        matrix[:, :-1], matrix[:, -1] = weight, bias
        return matrix


def _layer(config: GPTConfig, exact: _Exact, name: str, room: _Room) -> Layer:
    channels = config.n_embd
    qkv, qkv_bias = _behind_norm(*exact.pair(f"{name}attn.c_attn"), exact.pair(f"{name}ln_1"))
    of_scores = (channels // config.n_head) ** -0.5
    qkv[:channels] *= of_scores
    qkv_bias[:channels] *= of_scores
    qkv_bias[channels : 2 * channels] = 0.0
    attended, attended_bias = exact.pair(f"{name}attn.c_proj")
    widen, widen_bias = _behind_norm(*exact.pair(f"{name}mlp.c_fc"), exact.pair(f"{name}ln_2"))
    narrow, narrow_bias = exact.pair(f"{name}mlp.c_proj")
    return Layer(
        room.matrix(qkv, qkv_bias),
        room.matrix(_centred(attended), _centred(attended_bias)),
        room.matrix(GELU_IN * widen, GELU_IN * widen_bias),
        room.matrix(GELU_OUT * _centred(narrow), _centred(narrow_bias)),
        largest_score(qkv[: 2 * channels], qkv_bias[:channels], config.n_head) <= LARGEST_SCORE,
    )


def largest_score(weights: Doubles, query_bias: Doubles, n_head: int) -> float:
    """Return what no score exceeds, either way, for steps of length 1 at most; weights: queries', then keys'."""
    queries, keys = weights.reshape(2, n_head, -1, weights.shape[1]).swapaxes(2, 3)
    bias = query_bias.reshape(n_head, -1, 1)
    # The norm of Q K^T is that of the product of their small triangles.
    asked, found = (np.asarray(np.linalg.qr(each, mode="r")) for each in (queries, keys))
    product = asked @ found.swapaxes(1, 2)
    of_steps, of_bias = np.linalg.norm(product, 2, (1, 2)), np.linalg.norm(keys @ bias, axis=(1, 2))
    return float((of_steps + of_bias).max())


def _heads(config: GPTConfig, exact: _Exact) -> tuple[tuple[Doubles, Doubles], dict[str, slice]]:
    """Return the matrix and the bias of all heads that read the hidden state alone, and which rows are whose."""
    tokens = (exact["wte.weight"][: config.vocab_size], np.zeros(config.vocab_size)) if config.tied else None
    there = {"tokens": tokens or exact.pair("lm_head")}
    if config.pointers:
        there |= {"distances": exact.pair("distance_head"), "bonuses": exact.pair("pointer_head")}
    if config.n_durations:
        weight, bias = exact.pair("duration_in")
        there["durations"] = GELU_IN * weight, GELU_IN * bias
    if config.phrase_end:
        there["phrase_end"] = exact.pair("phrase_head")
    parts, begin = {}, 0
    for name, (_, bias) in there.items():
        parts[name] = slice(begin, begin := begin + len(bias))
    weights, biases = zip(*there.values(), strict=True)
    return (np.concatenate(weights), np.concatenate(biases)), parts


def _duration_head(config: GPTConfig, exact: _Exact, room: _Room) -> DurationHead:
    out, out_bias = exact.pair("duration_head")
    if config.duration_pointers:
        bonus, bonus_bias = exact.pair("duration_pointer_head")
        out, out_bias = np.concatenate((out, bonus)), np.concatenate((out_bias, bonus_bias))

    def scaled(weight: Doubles) -> Floats:
        return np.ascontiguousarray(GELU_IN * weight, np.float32)

    return DurationHead(
        scaled(exact["duration_token.weight"]),
        scaled(exact["duration_match.weight"].T) if config.pointers else None,
        scaled(exact["duration_distance.weight"]) if config.pointers else None,
        room.matrix(GELU_OUT * out, out_bias),
    )


def _behind_norm(weight: Doubles, bias: Doubles, norm: tuple[Doubles, Doubles]) -> tuple[Doubles, Doubles]:
    """Return matrix and bias for x / sqrt(|x|^2 + C eps), where they were for that norm's output."""
    gain, offset = norm
    return weight * gain * math.sqrt(weight.shape[1]), bias + weight @ offset


def _centred(outputs: Doubles) -> Doubles:
    """Return a matrix or a bias whose outputs, along its first axis, sum to 0."""
    return np.asarray(outputs - outputs.mean(axis=0))
