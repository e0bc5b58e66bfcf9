"""Follow a melody with the metre's net: a Bayesian filter over the places in bars. No torch.

The places move on with the notes, and at each note the metre may, with a chance that the net names, have changed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.bars import N_STATES, places, states_before
from engine.metre_net import CHANGE_LOG_ODDS, Floats, Net, log_softmax
from engine.metre_rows import Listener
from engine.notes import Note

Logs = npt.NDArray[np.float64]


class Filter:
    """Hold what is believed of the states at the latest note; the last notes can be taken back."""

    def __init__(self, net: Net, start: Logs) -> None:
        """Begin before the first note; start: log P of states."""
        self._net, self._start = net, start
        self._listener = Listener()
        # After each note: the hidden state, log P of the states by what was heard, and as told outside.
        self._heard: list[tuple[list[Floats], Logs, Logs]] = []

    @property
    def log(self) -> Logs:
        """Return log P of each state at the latest note, at the start before any, (N_STATES,)."""
        return self.log_after(len(self._heard))

    def log_after(self, count: int) -> Logs:
        """Return what `log` was when the first `count` notes had been heard."""
        return self._heard[count - 1][2] if count else self._start

    def append(self, note: Note, ended: bool) -> None:
        """Take one step: places move on, the metre may have changed, the note is weighed."""
        row = self._listener.append(note, ended)
        hidden = self._heard[-1][0] if self._heard else self._net.silent()
        hidden, scores = self._net.hear(row, hidden)
        if self._heard:
            place, before = places(self._listener.onsets[-2:])[::-1]
            log = self._heard[-1][1][states_before(place - before)]
            odds = float(scores[-1]) + CHANGE_LOG_ODDS
            change = -math.log1p(math.exp(-odds)) if odds > -30 else odds
            log = np.logaddexp(log - math.log1p(math.exp(min(odds, 30.0))), self._net.changed + change)
        else:
            log = self._start
        log = log_softmax(log + scores[:N_STATES])
        self._heard.append((hidden, log, log_softmax(log + scores[N_STATES : 2 * N_STATES])))

    def rewind(self, count: int) -> None:
        """Forget all notes but the first `count`."""
        del self._heard[count:]
        self._listener.rewind(count)
