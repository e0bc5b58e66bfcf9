"""Ableton Link: the tempo and beat that programs on a network share. An optional extra.

The binding is LinkPython-extern on PyPI (module `link`, itself under the Unlicense). It contains Ableton Link,
which is under the GNU General Public License, version 2 or later; whoever passes this program on together with
it passes it on under the GPL's terms. That is why it is not among what is installed by default.
"""

from __future__ import annotations

from typing import Any

from bridge.time.tempo_map import Clock, TempoMap
from engine.errors import UserError

_BAR_BEATS = 4.0


class AbletonLink:
    """Take part in a Link session; never set its tempo, only follow it."""

    def __init__(self, peer: Any, clock: Clock, bar_beats: float = _BAR_BEATS) -> None:
        """Switch on a `link.Link` (or what behaves like one); beats are counted in bars of `bar_beats`."""
        self._peer, self._clock, self._bar_beats = peer, clock, bar_beats
        self._micros = peer.clock()
        peer.enabled = True

    @property
    def peers(self) -> int:
        """Return how many others are in the session."""
        return int(self._peer.numPeers())

    def current(self, now_s: float) -> TempoMap | None:
        """Return the session's map on our clock, or None while nobody else is in the session.

        Link counts in microseconds of a clock of its own, so both clocks are read here, one after the other.
        """
        if self.peers == 0:
            return None
        micros = int(self._micros.micros())
        read_s = self._clock()
        state = self._peer.captureSessionState()
        beat = float(state.beatAtTime(micros, self._bar_beats))
        bpm = float(state.tempo())
        return TempoMap(bpm, beat, read_s) if bpm > 0 else None

    def close(self) -> None:
        """Leave the session."""
        self._peer.enabled = False


def open_link(bpm: float, clock: Clock, bar_beats: float = _BAR_BEATS) -> AbletonLink:
    """Join the Link session on this network, at `bpm` as long as nobody else is in it.

    Raises UserError when the binding is not installed.
    """
    try:
        from link import Link
    except ImportError:
        raise UserError(
            "Ableton Link is not installed; `pip install melody-bridge[link]` adds it (LinkPython-extern; it "
            "contains Ableton Link, licensed under the GPL), or choose another tempo_from"
        ) from None
    return AbletonLink(Link(bpm), clock, bar_beats)
