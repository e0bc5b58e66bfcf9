"""A model of one column left to run: each token is drawn on the device and is the next step there, as one pass.

It is what a token costs where nothing of the host stands between two: no features, no bias, no candidates. What is
drawn is what the sampler draws of the same points (engine/drawing/shares.py is the arithmetic of both).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch

from engine.decoding.static import WIDTHS, Recorder, Seen, StaticSteps, as_it_is
from engine.drawing.shares import Limits, index_at, limits, shares
from engine.messages import Sampling


class FreeRun:
    """Draw token after token behind a prompt.

    steps: of a model whose only column is the token; they are used up by this. record: as they were made with.
    Temperature, top-k, top-p and min-p stand on the device: a moved control needs no new capture.
    """

    def __init__(self, steps: StaticSteps, record: Recorder = as_it_is) -> None:
        config = steps.model.config
        assert config.feature_names == ("token",)
        self.length = 0
        self._steps = steps
        self._size, self._capacity = config.vocab_size, config.context
        self._passes: dict[int, Callable[[], None]] = {}
        device = steps.said[1].device
        with torch.inference_mode(False):
            self._limits = Limits(*(torch.zeros((1, 1), device=device, dtype=torch.float64) for _ in range(4)))
            self._order = torch.arange(self._size, device=device)
            self._points = torch.zeros(self._capacity, device=device, dtype=torch.float64)
            self._drawn = torch.zeros((1, 1), device=device, dtype=torch.long)
            self._place = torch.zeros(1, device=device, dtype=torch.long)
        self.set(Sampling())
        for window in steps.windows:
            # What records a pass may run it, and each run goes a step on: from the front, where there is room.
            self._next_is(0, 0)
            self._passes[window] = record(partial(self._draw, window))

    def begin(self, prompt: Sequence[int], sampling: Sampling, points: Sequence[float]) -> None:
        """Read a prompt of one token at least; each draw to come uses up one point, 0 to 1.

        Raises ValueError when prompt and draws do not fit the context.
        """
        if len(prompt) + len(points) > self._capacity + 1:
            raise ValueError(f"{len(prompt)} tokens and {len(points)} draws; the context holds {self._capacity}")
        for begin in range(0, len(prompt), WIDTHS[-1]):
            places = range(begin, min(begin + WIDTHS[-1], len(prompt)))
            rows = [[prompt[place]] for place in places]
            self._steps.read(rows, places, places, Seen([place + 1 for place in places], [()] * len(rows)))
        self.set(sampling)
        self.length = last = len(prompt) - 1
        self._next_is(prompt[-1], last)
        self._points[: len(points)].copy_(torch.tensor(points, dtype=torch.float64))
        self._place.zero_()

    def set(self, sampling: Sampling) -> None:
        """Draw by this sampling from now on: by its temperature, top-k, top-p and min-p."""
        for there, value in zip(self._limits, limits(sampling, self._size), strict=True):
            there.fill_(value)

    def go(self) -> None:
        """Draw one more token without waiting for it."""
        self.length += 1
        self._passes[next(window for window in self._steps.windows if window >= self.length)]()

    def token(self) -> int:
        """Return the token drawn last; this waits for the device."""
        return int(self._drawn)

    def _next_is(self, token: int, place: int) -> None:
        """Have the next pass read this token at this place."""
        self._steps.inputs[1].copy_(torch.tensor([[token, place, place, place + 1]]))

    @torch.inference_mode()
    def _draw(self, window: int) -> None:
        self._steps.step(1, window)
        logits = self._steps.said[1][:, : self._size].double()
        ranked, order = logits.sort(stable=True, dim=-1, descending=True)
        ordered = shares(ranked, self._limits, torch.exp, self._order)
        distribution = torch.zeros_like(ordered).scatter_(-1, order, ordered)
        at = self._points.index_select(0, self._place)[:, None]
        self._drawn.copy_(index_at(distribution, at)[:, None])
        inputs = self._steps.inputs[1]
        inputs[:, :1].copy_(self._drawn)
        inputs[:, 1:].add_(1)
        self._place.add_(1).clamp_(max=self._capacity - 1)
