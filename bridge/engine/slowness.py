"""How long after the turn a model answers, and when that is worth a line. Pure."""

from __future__ import annotations

from collections import deque
from statistics import median

NOTICED_S = 0.05
"""Up to here nobody hears that an answer comes late."""
MUCH = 1.6
"""A delay that is longer or shorter by this factor is news again."""
ANSWERS = 3
"""The median of so many answers counts: one that a busy machine held up says nothing of the model."""


class Slowness:
    """Watch the delays of one model's answers."""

    def __init__(self) -> None:
        self._delays_s = deque([0.0] * ANSWERS, maxlen=ANSWERS)
        self._told_s = 0.0

    @property
    def noticed(self) -> bool:
        """Say whether the model is so slow that it was told."""
        return self._told_s > 0.0

    def take(self, delay_s: float, note_s: float) -> str:
        """Enter how long after its turn an answer's first note was drawn, 0 when it was there in time.

        note_s: the time that a note takes. Return the line that is now to be told, or "".
        """
        self._delays_s.append(delay_s)
        usual_s = median(self._delays_s)
        if usual_s < NOTICED_S:
            was_late, self._told_s = self._told_s > 0.0, 0.0
            return "this model now answers at once" if was_late else ""
        if self._told_s / MUCH <= usual_s <= self._told_s * MUCH:
            return ""
        self._told_s = usual_s
        return (
            f"this model answers {usual_s * 1000:.0f} ms after the turn ({note_s * 1000:.0f} ms a note); "
            "a smaller --checkpoint or a faster --device answers at once"
        )
