"""The bar lines ahead of an answer: songs' notes seldom sound over one. No torch.

Counted in the bars that are found of 870 calls of two phrases from the training and the validation part of the
Essen collection, in the two phrases after each and in drafts to them. A model that draws note after note loses a
bar now and then where no song does, for it goes on from its own notes; so lengths that reach over the next line
are drawn less often, by as much as drafts had too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.drawing.lengths import EPS_BEATS
from engine.drawing.row import Row
from engine.notes import Metre, Note

OVER_NATS = -0.8
"""Of a length over the next line: 2.1 of 100 lines within drafts were sounded over, 1.0 of songs'."""
USUAL_BAR_BEATS = 4.0
"""Where no bar is known, bars of this length are taken to end with the answer."""


@dataclass(frozen=True, slots=True)
class BarLines:
    """Know where an answer's bar lines lie.

    bar_beats: from line to line, above 0; entry_beats: from a line to the answer's first onset; call_ends_over:
    the call's last note sounds over a line.
    """

    bar_beats: float
    entry_beats: float
    call_ends_over: bool = False

    def to_next(self, beats: float) -> float:
        """Return how far the next line is from a place so far into the answer; from a line a whole bar."""
        since = (self.entry_beats + beats + EPS_BEATS) % self.bar_beats
        return self.bar_beats - since + EPS_BEATS

    def lean(self, beats: float, lengths_beats: Row) -> Row:
        """Return nats for each length of a note that begins so far into the answer, (D,)."""
        return np.where(lengths_beats > self.to_next(beats) + EPS_BEATS, OVER_NATS, 0.0)

    def is_odd_end(self, beats: float, room_beats: float) -> bool:
        """Say whether a last note that fills the room from there sounds over a line, and the call's did not."""
        return not self.call_ends_over and room_beats > self.to_next(beats) + EPS_BEATS


def bar_lines(metre: Metre | None, lead_rest_beats: float, call: Sequence[Note]) -> BarLines | None:
    """Return the bar lines of an answer; None where no bar is known.

    metre: its upbeat is where in the bar the rest before the answer begins.
    """
    if metre is None or metre.beats_per_bar <= 0.0:
        return None
    bar, over = metre.beats_per_bar, False
    if call:
        begin = (metre.upbeat_beats - call[-1].duration_beats) % bar
        over = BarLines(bar, begin).to_next(0.0) < call[-1].duration_beats - EPS_BEATS
    return BarLines(bar, metre.upbeat_beats + lead_rest_beats, over)
