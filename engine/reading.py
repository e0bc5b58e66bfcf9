"""One reading of a melody by the model: a cache, the features so far, and the hidden state of every step.

Hidden states are kept for all positions, so that going back to any of them, and drawing there again with
other parameters, costs no forward pass.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.cache import KVCache
from engine.checkpoint import Checkpoint
from engine.decoder import Decoder
from engine.tokenizer import Step
from engine.tracker import Conditions, Tracker


class ModelReading:
    """Read steps, note by note, and go back; everything is allocated once.

    Call it under torch.inference_mode(). The start steps are part of `length` and of no note.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.model, self.tokenizer, self.device = checkpoint.model, checkpoint.tokenizer, checkpoint.device
        config = self.model.config
        weight = self.model.wpe.weight
        self.cache = KVCache(config, 1, self.device, weight.dtype)
        self._decoder = Decoder(self.model)
        self._names = config.feature_names
        width = config.n_embd + len(config.pointers) + len(config.duration_pointers)
        with torch.inference_mode(False):
            self._hidden = torch.zeros(config.context, width, device=self.device, dtype=weight.dtype)
        self._ends: list[int] = []
        self._tracker = Tracker(self.tokenizer, self._names)

    @property
    def length(self) -> int:
        """Return how many steps were read, start steps included."""
        return self.cache.length

    @property
    def notes(self) -> int:
        """Return how many whole notes were read."""
        return len(self._ends) - 1

    def start(self, conditions: Conditions) -> None:
        """Forget everything and read the start steps under these conditions."""
        self.cache.reset()
        self._tracker = Tracker(self.tokenizer, self._names, conditions)
        self._read(self.tokenizer.start_steps())
        self._ends = [self.length]

    def put(self, base: int, steps: Sequence[Step]) -> None:
        """Make `steps` stand behind position `base`, reading only what does not stand there already."""
        same = 0
        for wanted, there in zip(steps, self._tracker.steps[base:], strict=False):
            if wanted != there:
                break
            same += 1
        self.rewind(base + same)
        self._read(steps[same:])

    def tracker(self) -> Tracker:
        """Return a tracker of its own that stands behind the last step read."""
        return self._tracker.copy()

    def end_note(self) -> None:
        """Say that a note ends with the last step read."""
        self._ends.append(self.length)

    def read_notes(self, notes: Sequence[Sequence[Step]]) -> None:
        """Read the steps of several notes in one forward pass."""
        begin = self.length
        self._read([step for steps in notes for step in steps])
        for steps in notes:
            begin += len(steps)
            self._ends.append(begin)

    def rewind_notes(self, notes: int) -> None:
        """Go back to the end of the first `notes` notes."""
        self.rewind(self._ends[notes])
        del self._ends[notes + 1 :]

    def rewind(self, length: int) -> None:
        """Go back to the first `length` steps."""
        if length < self.length:
            self.cache.rewind(length)
            self._tracker.rewind(length)

    def hidden(self, length: int) -> Tensor:
        """Return what the heads read after the first `length` steps, (1, 1, C + pointers)."""
        return self._hidden[None, length - 1 : length]

    def token_logits(self, length: int) -> Tensor:
        """Return the logits of the step after the first `length`, (V,)."""
        return self.model.token_logits(self.hidden(length))[0, 0]

    def duration_logits(self, length: int, token: int) -> Tensor:
        """Return the logits of the duration of `token` after the first `length` steps, (D,)."""
        return self.model.duration_logits(self.hidden(length), torch.tensor([[token]], device=self.device))[0, 0]

    def phrase_end(self) -> float | None:
        """Return P(the last step read ends a phrase), or None when the model cannot tell."""
        if not self.model.config.phrase_end:
            return None
        return float(torch.sigmoid(self.model.phrase_end_logits(self.hidden(self.length)).float()))

    def _read(self, steps: Sequence[Step]) -> None:
        if not steps:
            return
        begin = self.length
        rows = [self._tracker.append(step) for step in steps]
        if len(rows) == 1:
            hidden = self._decoder.step(rows[0], self.cache)
        else:
            hidden = self.model(torch.tensor([rows], device=self.device), self.cache)[0]
        self._hidden[begin : begin + len(rows)] = hidden
