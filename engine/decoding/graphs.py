"""The fast way for CUDA: passes over static buffers, each captured once as a graph and launched as one.

A token of a model with no durations costs one copy to the device, one launch, and one wait for its logits. A graph
belongs to the thread that captured it: make a decoder in the thread that decodes. It was not measured (README.md).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from engine.checkpoint import Checkpoint
from engine.decoding.seam import Branch, Decoder
from engine.decoding.static import WIDTHS, Recorder, Seen, StaticSteps
from engine.drawing.row import Row, Rows
from engine.model import GPT

BRANCH_PLACES = 1024
"""Room for so many steps of branches at first; it is doubled, and all captured anew, when it is used up."""
WARM_UPS = 2
"""Passes before a capture: in the first ones libraries make handles and workspaces, which no graph may hold."""


class Capture:
    """Capture what passes do as CUDA graphs, which share one pool of memory: only one of them runs at a time."""

    def __init__(self, device: torch.device) -> None:
        # cuBLAS has a workspace for each stream: what warms up and what is captured must be on the same one.
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, body: Callable[[], None]) -> Callable[[], None]:
        """Run what a pass does a few times, then capture it; return what launches it."""
        current = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            for _ in range(WARM_UPS):
                body()
        current.wait_stream(self._stream)
        torch.cuda.synchronize(self._stream.device)
        graph = torch.cuda.CUDAGraph()
        # Only what this thread does may spoil the capture, not what others do meanwhile.
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"):
            body()
        return graph.replay


class Shelf:
    """Keep the buffers and graphs of decoders that are no longer used for those that come after.

    recorder: gives what records the passes of one decoder.
    """

    def __init__(self, model: GPT, recorder: Callable[[], Recorder], branch_places: int = BRANCH_PLACES) -> None:
        self.model = model
        self._recorder, self._branch_places = recorder, branch_places
        self._free: list[StaticSteps] = []

    def take(self) -> StaticSteps:
        """Return steps that nobody uses, all of their passes recorded."""
        if self._free:
            return self._free.pop()
        steps = StaticSteps(self.model, self.model.config.context + self._branch_places, self._recorder())
        steps.record_all()
        return steps

    def put_back(self, steps: StaticSteps) -> None:
        """Take steps whose decoder is no more."""
        self._free.append(steps)


class GraphDecoder:
    """Read one sequence by recorded passes; place i holds its step i, and branches stand behind the context."""

    def __init__(self, shelf: Shelf) -> None:
        self.length = 0
        self._shelf, self._capacity = shelf, shelf.model.config.context
        self.tokens, self._ends_told = shelf.model.config.vocab_size, shelf.model.config.phrase_end
        self._said_of: dict[int, int] = {}
        self._said: Rows | None = None
        self._use(shelf.take())

    def _use(self, steps: StaticSteps) -> None:
        self._steps = steps
        self._back = weakref.finalize(self, self._shelf.put_back, steps)

    def append(self, rows: Sequence[Sequence[int]]) -> None:
        """Read one step or many; raise ValueError when they do not fit the context."""
        begin, end = self.length, self.length + len(rows)
        if end > self._capacity:
            raise ValueError(f"the cache holds {self._capacity} positions; {end} would be needed")
        places = range(begin, end)
        self._read(rows, places, places, Seen(range(begin + 1, end + 1), [()] * len(rows)))
        self.length = end

    def rewind(self, length: int) -> None:
        """Go back to the first `length` steps; raise ValueError when there are fewer."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot rewind to {length}: the cache holds {self.length} positions")
        self.length = length

    def token_logits(self, length: int) -> Row:
        """Return the logits of the step after the first `length`, (V,); this waits for the device."""
        row: Row = self.said([length - 1])[0, : self.tokens]
        return row

    def duration_logits(self, length: int, token: int) -> Row:
        """Return the logits of the duration of `token` after the first `length` steps, (D,)."""
        row: Row = self.durations([length - 1], [token])[0]
        return row

    def phrase_end(self, length: int) -> float:
        """Return P(step `length` ends a phrase)."""
        return float(self.said([length - 1])[0, self.tokens])

    def branches(self) -> GraphBranches:
        """Return branches behind what was read; those given before end."""
        return GraphBranches(self)

    def grow(
        self, begin: int, context: int, behind: Sequence[Branch], rows: Sequence[Sequence[int]]
    ) -> list[Branch]:
        """Read a step on each of these branches into the places from `begin` on; return the longer branches."""
        if begin + len(rows) > self._steps.places:
            self._back.detach()
            self._use(self._steps.with_places(begin + len(rows)))
        grown = [(*branch, begin + row) for row, branch in enumerate(behind)]
        positions = [context + len(branch) for branch in behind]
        self._read(rows, positions, range(begin, begin + len(rows)), Seen([context] * len(rows), grown))
        return grown

    def said(self, places: Sequence[int]) -> Rows:
        """Return what is said of the steps at these places: token logits and P(phrase end), (B, V + 1)."""
        if all(place in self._said_of for place in places):
            if self._said is None:
                self._said = self._steps.last_said(len(self._said_of))
            return self._said[[self._said_of[place] for place in places]]
        width = self.tokens + self._ends_told
        return self._asked(places, [0] * len(places))[:, :width]

    def durations(self, places: Sequence[int], tokens: Sequence[int]) -> Rows:
        """Return the logits of the duration of a token behind each of these places, (B, D)."""
        return self._asked(places, tokens)[:, self.tokens + self._ends_told :]

    def _read(
        self, rows: Sequence[Sequence[int]], positions: Sequence[int], slots: Sequence[int], seen: Seen
    ) -> None:
        for begin in range(0, len(rows), WIDTHS[-1]):
            part = slice(begin, begin + WIDTHS[-1])
            self._steps.read(rows[part], positions[part], slots[part], Seen(seen.limits[part], seen.besides[part]))
            self._said_of = {place: row for row, place in enumerate(slots[part])}
        self._said = None

    def _asked(self, places: Sequence[int], tokens: Sequence[int]) -> Rows:
        parts = [slice(begin, begin + WIDTHS[-1]) for begin in range(0, len(places), WIDTHS[-1])]
        return np.concatenate([self._steps.ask(places[part], tokens[part]) for part in parts])


class GraphBranches:
    """Branches whose steps stand in the decoder's own cache, behind what it has read: nothing is copied."""

    def __init__(self, decoder: GraphDecoder) -> None:
        self._decoder = decoder
        self._context, self._steps, self._tokens = decoder.length, 0, decoder.tokens

    def grow(self, behind: Sequence[Branch], rows: Sequence[Sequence[int]]) -> list[Branch]:
        """Read one more step on each of these branches; return the longer branches."""
        grown = self._decoder.grow(self._context + self._steps, self._context, behind, rows)
        self._steps += len(rows)
        return grown

    def token_logits(self, branches: Sequence[Branch]) -> Rows:
        """Return the logits of the step behind each of these branches, (B, V)."""
        return self._decoder.said(self._places(branches))[:, : self._tokens]

    def duration_logits(self, branches: Sequence[Branch], tokens: Sequence[int]) -> Rows:
        """Return the logits of the duration of a token behind each of these branches, (B, D)."""
        return self._decoder.durations(self._places(branches), tokens)

    def phrase_ends(self, branches: Sequence[Branch]) -> Row:
        """Return P(the last step of each of these branches ends a phrase), (B,)."""
        row: Row = self._decoder.said(self._places(branches))[:, self._tokens]
        return row

    def _places(self, branches: Sequence[Branch]) -> list[int]:
        return [branch[-1] if branch else self._context - 1 for branch in branches]


def with_graphs(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint on CUDA that is decoded by graphs; where none can be captured, by the reference.

    Its way says why then. Raises torch.OutOfMemoryError.
    """
    shelf = Shelf(checkpoint.model, lambda: Capture(checkpoint.device))
    return by_graphs(checkpoint, shelf)


def by_graphs(checkpoint: Checkpoint, shelf: Shelf) -> Checkpoint:
    """Return a checkpoint whose decoders take what they need from a shelf, if that can be had."""

    def decoder(_: GPT) -> Decoder:
        return GraphDecoder(shelf)

    try:
        shelf.put_back(shelf.take())
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        return replace(checkpoint, way=f"without CUDA graphs: {reason}")
    return replace(checkpoint, read_by=decoder)
