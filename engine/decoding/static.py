"""Steps of a model over buffers that never move: what a CUDA graph can hold, and what any device can run.

Every number that changes from pass to pass stands on the device: columns, positions, places, and what each step
sees. A pass has one of a few widths, and looks at one of a few windows of the cache; what is too wide is padding,
written into a place that nobody looks at. The model's own forward pass is what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from engine.decoding.eager import extend
from engine.decoding.seam import Branch
from engine.drawing.row import Rows
from engine.model import GPT
from engine.model_config import GPTConfig

WIDTHS = (1, 4, 16, 64)
"""Steps of a pass, and hidden states that the heads read at once; more are read in several passes."""
FIRST_WINDOW = 256
"""Places that the shortest window shows; each further one shows WIDER times as many."""
WIDER = 4

Recorder = Callable[[Callable[[], None]], Callable[[], None]]
"""Takes what a pass does, and returns what does it again: on CUDA a graph's replay."""


def as_it_is(body: Callable[[], None]) -> Callable[[], None]:
    """Record nothing: what a pass does is done anew each time."""
    return body


class StaticCache:
    """Hold keys and values by place; one more place takes what is padding."""

    def __init__(self, config: GPTConfig, places: int, like: Tensor) -> None:
        self.config, self.trash = config, places
        shape = (config.n_layer, 2, config.n_head, places + 1, config.n_embd // config.n_head)
        self.store = torch.zeros(shape, device=like.device, dtype=like.dtype)
        self._order = torch.arange(places + 1, device=like.device)
        self._positions = self._slots = self._order[:1]
        self._bias = torch.zeros((1, 1), device=like.device, dtype=like.dtype)

    def look(self, positions: Tensor, slots: Tensor, limits: Tensor, besides: Tensor) -> None:
        """Say where the next steps stand, (T,) each, and what they see: places below their limits, and besides.

        besides: (T, places of the window), true where a step sees a place all the same.
        """
        seen = (self._order[: besides.shape[1]] < limits[:, None]) | besides
        self._bias = torch.zeros_like(seen, dtype=self.store.dtype).masked_fill_(~seen, -torch.inf)
        self._positions, self._slots = positions, slots

    def places(self, steps: int) -> Tensor:
        """Return the positions of the steps in the melody, (T,)."""
        return self._positions

    def mask(self, steps: int) -> Tensor:
        """Return what is added to the scores, (T, places of the window)."""
        return self._bias

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Write the steps of one layer into their places and attend; each (1, n_head, T, head_dim)."""
        assert mask is not None
        keys, values = self.store[layer]
        keys.index_copy_(1, self._slots, k[0])
        values.index_copy_(1, self._slots, v[0])
        window = mask.shape[1]
        # In three calls: with a mask, what PyTorch fuses would walk one query through its keys on a few cores.
        scores = torch.baddbmm(mask, q[0], keys[:, :window].mT, alpha=q.shape[-1] ** -0.5)
        return torch.bmm(scores.softmax(-1), values[:, :window])[None]

    def advance(self, count: int) -> None:
        """Count nothing: whoever reads knows where it stands."""


class StaticSteps:
    """Read steps into places, and say what the heads make of them.

    places: of the cache; record: what a pass is recorded by, once for each width and window. What is said of a
    step is one row: the logits of the next token and, where the model can tell, P(it ends a phrase). windows: how
    many places each shows.
    """

    def __init__(self, model: GPT, places: int, record: Recorder = as_it_is) -> None:
        extend(model)
        self.model, self.places, self._record = model, places, record
        self.windows = _windows(places)
        self._passes: dict[tuple[int, int], Callable[[], None]] = {}
        # Never inference tensors, whatever mode the caller is in: those refuse writes outside that mode.
        with torch.inference_mode(False), torch.no_grad():
            self._allocate()

    def _allocate(self) -> None:
        config, like = self.model.config, self.model.wpe.weight
        columns = len(config.features)
        self.cache = StaticCache(config, self.places, like)
        self.hidden = torch.zeros(
            (self.places + 1, config.n_embd + len(config.carried)), device=like.device, dtype=like.dtype
        )
        self._padding = np.array([*[0] * columns, 0, self.places, 1])
        self.inputs = {
            width: torch.from_numpy(np.tile(self._padding, (width, 1))).to(like.device) for width in WIDTHS
        }
        self._besides = {
            width: torch.zeros((width, self.places), device=like.device, dtype=torch.bool) for width in WIDTHS
        }
        self._besides_used: set[int] = set()
        said = config.vocab_size + config.phrase_end
        self.said = {width: torch.zeros((width, said), device=like.device) for width in WIDTHS}
        self._asked = {width: torch.zeros((width, 2), device=like.device, dtype=torch.long) for width in WIDTHS}
        told = said + config.n_durations
        self._told = {width: torch.zeros((width, told), device=like.device) for width in WIDTHS}

    def record_all(self) -> None:
        """Record every pass there can be, so that none waits for it later."""
        for width in WIDTHS:
            for window in self.windows:
                self._pass(width, window)
            self._pass(width, 0)

    def read(
        self, rows: Sequence[Sequence[int]], positions: Sequence[int], slots: Sequence[int], seen: Seen
    ) -> None:
        """Read up to WIDTHS[-1] steps: their columns, their positions in the melody, the places that they take."""
        width = _width(len(rows))
        inputs = np.tile(self._padding, (width, 1))
        inputs[: len(rows)] = [
            [*row, position, slot, limit]
            for row, position, slot, limit in zip(rows, positions, slots, seen.limits, strict=True)
        ]
        self._tell_besides(width, seen)
        # Pageable memory: it has been taken over when this returns, and nothing waits for the device.
        self.inputs[width].copy_(torch.from_numpy(inputs), non_blocking=True)
        self._pass(width, self._window(max(slots) + 1))()

    def _tell_besides(self, width: int, seen: Seen) -> None:
        if width in self._besides_used:
            self._besides[width].zero_()
            self._besides_used.remove(width)
        if any(seen.besides):
            besides = np.zeros((width, self.places), np.bool_)
            for row, places in enumerate(seen.besides):
                besides[row, list(places)] = True
            self._besides[width].copy_(torch.from_numpy(besides), non_blocking=True)
            self._besides_used.add(width)

    def last_said(self, count: int) -> Rows:
        """Return what was said of the steps read last, (count, V + 1 or V); this waits for the device."""
        return _fetched(self.said[_width(count)][:count])

    def ask(self, places: Sequence[int], tokens: Sequence[int]) -> Rows:
        """Return what is said of the steps at these places, and of the durations of tokens behind them.

        Rows of what `last_said` returns with the D logits behind; this waits for the device.
        """
        width, count = _width(len(places)), len(places)
        asked = np.zeros((width, 2), np.int64)
        asked[:count, 0], asked[:count, 1] = places, tokens
        self._asked[width].copy_(torch.from_numpy(asked), non_blocking=True)
        self._pass(width, 0)()
        return _fetched(self._told[width][:count])

    def with_places(self, places: int) -> StaticSteps:
        """Return these steps when they have so many places, else others with all that stands here."""
        if places <= self.places:
            return self
        wider = StaticSteps(self.model, max(places, 2 * self.places), self._record)
        with torch.no_grad():
            wider.cache.store[:, :, :, : self.places] = self.cache.store[:, :, :, : self.places]
            wider.hidden[: self.places] = self.hidden[: self.places]
        return wider

    @torch.inference_mode()
    def step(self, width: int, window: int) -> None:
        """Read what stands in `inputs` of this width, looking at a window: the body of a pass."""
        inputs, columns = self.inputs[width], len(self.model.config.features)
        positions, slots, limits = inputs[:, columns], inputs[:, columns + 1], inputs[:, columns + 2]
        self.cache.look(positions, slots, limits, self._besides[width][:, :window])
        hidden = self.model(inputs[None, :, :columns], self.cache)
        self.hidden.index_copy_(0, slots, hidden[0])
        self.said[width].copy_(self._say(hidden[0][:, None]))

    @torch.inference_mode()
    def _answer(self, width: int) -> None:
        places, tokens = self._asked[width].unbind(1)
        hidden = self.hidden.index_select(0, places)[:, None]
        told, said = self._told[width], self.said[width].shape[1]
        told[:, :said].copy_(self._say(hidden))
        if self.model.config.n_durations:
            told[:, said:].copy_(self.model.duration_logits(hidden, tokens[:, None])[:, 0])

    def _say(self, hidden: Tensor) -> Tensor:
        """Return what is said of hidden states, (T, 1, C + pointers)."""
        logits = self.model.token_logits(hidden)[:, 0].float()
        if not self.model.config.phrase_end:
            return logits
        return torch.cat((logits, self.model.phrase_end_logits(hidden).float().sigmoid()), 1)

    def _window(self, places: int) -> int:
        return next(window for window in self.windows if window >= places)

    def _pass(self, width: int, window: int) -> Callable[[], None]:
        """Return a recorded pass; window 0: what answers `ask`."""
        found = self._passes.get((width, window))
        if found is None:
            found = self._record(lambda: self.step(width, window) if window else self._answer(width))
            self._passes[width, window] = found
        return found


class Seen:
    """Say what each of some new steps sees: all places below its limit, and others besides."""

    def __init__(self, limits: Sequence[int], besides: Sequence[Branch] = ()) -> None:
        self.limits, self.besides = limits, besides


def _windows(places: int) -> list[int]:
    """Return how many places each window shows, the widest last."""
    found, window = [], FIRST_WINDOW
    while window < places:
        found.append(window)
        window *= WIDER
    return [*found, places]


def _width(count: int) -> int:
    return next(width for width in WIDTHS if width >= count)


def _fetched(rows: Tensor) -> Rows:
    fetched: Rows = rows.cpu().double().numpy()
    return fetched
