"""Ways to decode a token, measured in turns: each time stands beside the others' of the same moment.

A turn of a way is a few tokens in a row. The first of them finds caches that the other ways have filled, as a note
does that comes after a pause; the median of the others is what a token costs within an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from bench.machine import quantile
from engine.decoding.seam import Decoder
from engine.drawing.sampler import draw, probabilities
from engine.drawing.seeds import Points
from engine.messages import Sampling
from engine.model import GPT
from engine.model_config import GPTConfig

TURN_MS, LONGEST_TURN = 20.0, 12
"""A turn is as many tokens as fit into this time, up to so many."""
LEAST_TURNS = 5


@dataclass
class Way:
    """One way to decode a token.

    usual_ms, first_ms: of each turn, the median of its tokens and its first, by `clock`; wall_ms: the median by
    the clock on the wall.
    """

    name: str
    token: Callable[[], object]
    usual_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    tokens: int = 1
    clock: Callable[[], float] = time.perf_counter

    def warm_up(self) -> None:
        """Decode a few tokens and throw the times away; set how many a turn has."""
        least = min(self._time()[1] for _ in range(3))
        self.tokens = min(max(int(TURN_MS / max(least, 1e-3)), 1), LONGEST_TURN)

    def turn(self) -> None:
        """Decode a turn's tokens."""
        times = [self._time() for _ in range(self.tokens)]
        self.first_ms.append(times[0][0])
        usual, wall = zip(*(times[1:] or times), strict=True)
        self.usual_ms.append(quantile(usual, 0.5))
        self.wall_ms.append(quantile(wall, 0.5))

    def _time(self) -> tuple[float, float]:
        begin_wall, begin = time.perf_counter(), self.clock()
        self.token()
        took = self.clock() - begin
        return took * 1e3, (time.perf_counter() - begin_wall) * 1e3

    @property
    def ms(self) -> float:
        """Return what a token usually takes."""
        return quantile(self.usual_ms, 0.5)


def clock_of(device: torch.device) -> Callable[[], float]:
    """Return the clock by which ways are compared on a device.

    One thread on the CPU is compared by its own time, which others can only stretch by what they do to caches and
    memory; everything else by the clock on the wall.
    """
    return time.thread_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter


def in_turns(ways: Sequence[Way], budget_s: float, clock: Callable[[], float] = time.perf_counter) -> list[Way]:
    """Measure all ways in turns for about `budget_s` seconds, LEAST_TURNS each at least."""
    with torch.inference_mode():
        for way in ways:
            way.clock = clock
            way.warm_up()
        end = time.perf_counter() + budget_s
        while time.perf_counter() < end or len(ways[0].usual_ms) < LEAST_TURNS:
            for way in ways:
                way.turn()
    return list(ways)


def ratios(above: Way, below: Way) -> tuple[float, float, float]:
    """Return how many times the one takes what the other takes: median, p10 and p90 over the turns."""
    each = [one / other for one, other in zip(above.usual_ms, below.usual_ms, strict=True)]
    return quantile(each, 0.5), quantile(each, 0.1), quantile(each, 0.9)


def random_rows(config: GPTConfig, count: int) -> list[list[int]]:
    """Return rows within the columns' bounds; what they are makes no difference to time."""
    generator = np.random.default_rng(0)
    columns = [generator.integers(size, size=count) for _, size in config.features]
    rows: list[list[int]] = np.stack(columns, axis=1).tolist()
    return rows


class Drawing:
    """Draw as the live default does."""

    def __init__(self) -> None:
        self._points = Points(0)

    def __call__(self, logits: np.ndarray) -> int:
        """Return an index drawn from logits, (V,)."""
        return draw(probabilities(logits, Sampling()), self._points)


def decoder_way(name: str, decoder: Decoder, rows: Sequence[Sequence[int]], context: int) -> Way:
    """Return the way of a decoder: one step at a context, its logits, a draw."""
    drawn = Drawing()
    decoder.append(rows[: context - 1])

    def token() -> int:
        decoder.rewind(context - 1)
        decoder.append(rows[context - 1 : context])
        return drawn(decoder.token_logits(context))

    return Way(name, token)


def paper_way(name: str, model: GPT, rows: Sequence[Sequence[int]], context: int) -> Way:
    """Return the way that runs the whole context through the model for every token."""
    drawn, whole = Drawing(), torch.tensor([rows[:context]], device=model.wpe.weight.device)

    def token() -> int:
        logits = model.token_logits(model(whole)[:, -1:])[0, 0]
        return drawn(logits.cpu().double().numpy())

    return Way(name, token)


def transformers_way(name: str, config: GPTConfig, context: int, device: torch.device, dtype: torch.dtype) -> Way:
    """Return transformers' GPT-2 of the same layers, heads and channels, its dynamic cache in a loop by hand."""
    from transformers import DynamicCache, GPT2Config, GPT2LMHeadModel

    drawn = Drawing()
    sizes = GPT2Config(
        vocab_size=config.vocab_size,
        n_positions=config.context,
        n_embd=config.n_embd,
        n_layer=config.n_layer,
        n_head=config.n_head,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = GPT2LMHeadModel(sizes)
    model.requires_grad_(False).train(False)
    torch.nn.Module.to(model, device, dtype)
    tokens, past = torch.zeros((1, context), dtype=torch.long, device=device), DynamicCache()
    with torch.inference_mode():
        model(tokens[:, :-1], past_key_values=past, use_cache=True)

    def token() -> int:
        logits = model(tokens[:, -1:], past_key_values=past, use_cache=True).logits[0, -1]
        past.crop(-1)
        return drawn(logits.cpu().double().numpy())

    return Way(name, token)


def floor_way(name: str, nbytes: int, device: torch.device) -> Way:
    """Return what reading so many bytes once takes: no way that reads all of its weights is quicker."""
    there = torch.ones(max(1, nbytes // 4), device=device)
    return Way(name, lambda: there.amax().item())
