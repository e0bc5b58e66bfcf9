"""One reading of a melody by the model: its notes, its steps with their columns, and what the model makes of them.

The decoder keeps what it made of every step, so that going back to any of them, and drawing there again with
other parameters, costs no forward pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.decoding.seam import Branches, Playable
from engine.drawing.row import Row
from engine.tokenizer import Step
from engine.tracker import Conditions, Tracker


class ModelReading:
    """Read steps, note by note, and go back. The start steps are part of `length` and of no note."""

    def __init__(self, checkpoint: Playable) -> None:
        self.tokenizer = checkpoint.tokenizer
        self._decoder = checkpoint.decoder()
        self._names, self._ends_told = checkpoint.config.feature_names, checkpoint.config.phrase_end
        self._ends: list[int] = []
        self._tracker = Tracker(self.tokenizer, self._names)

    @property
    def length(self) -> int:
        """Return how many steps were read, start steps included."""
        return self._decoder.length

    @property
    def notes(self) -> int:
        """Return how many whole notes were read."""
        return len(self._ends) - 1

    def start(self, conditions: Conditions) -> None:
        """Forget everything and read the start steps under these conditions."""
        self._decoder.rewind(0)
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
            self._decoder.rewind(length)
            self._tracker.rewind(length)

    def token_logits(self, length: int) -> Row:
        """Return the logits of the step after the first `length`, (V,)."""
        return self._decoder.token_logits(length)

    def duration_logits(self, length: int, token: int) -> Row:
        """Return the logits of the duration of `token` after the first `length` steps, (D,)."""
        return self._decoder.duration_logits(length, token)

    def phrase_end(self) -> float | None:
        """Return P(the last step read ends a phrase), or None when the model cannot tell."""
        return self._decoder.phrase_end(self.length) if self._ends_told else None

    def branches(self) -> Branches:
        """Return branches behind the last step read; they end when a step is read, or others are asked for."""
        return self._decoder.branches()

    def _read(self, steps: Sequence[Step]) -> None:
        if steps:
            self._decoder.append([self._tracker.append(step) for step in steps])
