"""Follow a melody with the metre's net, in one unit of time: a Bayesian filter over the places in bars. No torch.

The places move on with the notes, and at each note the metre may, with a chance that the net names, have changed.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.bars import BARS, KIND, N_STATES, PLACE, STEPS_PER_BEAT, places, state_of, states_before
from engine.metre_net import CHANGE_LOG_ODDS, Floats, Net, log_softmax
from engine.metre_rows import Listener
from engine.notes import Metre, Note

Logs = npt.NDArray[np.float64]


def in_longer_values(times: int) -> npt.NDArray[np.int64]:
    """Return for each state the same in note values so many times as long; in half of bars too long for that."""
    found = []
    for kind, place in zip(KIND, PLACE, strict=True):
        beats, pulse = BARS[kind]
        state = state_of(Metre(beats * times, 0.0, pulse * times), place * times / STEPS_PER_BEAT)
        assert state is not None
        found.append(state)
    return np.array(found)


class Filter:
    """Hold what is believed of the states at the latest note; the last notes can be taken back."""

    def __init__(self, net: Net, times: int, start: Logs) -> None:
        """Begin before the first note; notes are heard in values so many times as long. start: log P of states."""
        self._net, self._times, self._start = net, times, start
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
        longer = (note.duration_beats * self._times, note.rest_beats * self._times)
        row = self._listener.append(replace(note, duration_beats=longer[0], rest_beats=longer[1]), ended)
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
