"""How the notes of an answer are played: like the call, as far as the controls say. Pure.

Of the call as it was played the answer takes the mean velocity, the accents, and how much of a note's time
sounds. Accents are the call's departures from its mean, read along the call: the answer's note number i takes
that of the call's note number i, starting over when the call is through.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.hearing.articulation import usual_share
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Playing
from bridge.take import Sounded

DEFAULT_VELOCITY = 80
"""Velocity of an answer to nothing."""
DEFAULT_SOUNDING = 0.9
"""Share of its time that a note sounds, where no call says it."""
LEAST_SOUNDING, MOST_SOUNDING = 0.1, 0.97
"""A note sounds at least and at most these shares of its time: its pitch can be struck again right after."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """Say how one note is played: velocity 1..127, the share of its length that sounds, MIDI channel 0..15.

    Of a note that is played as it once was: sounding_beats, how long, whatever its length; nudge_beats, how far
    behind its written place.
    """

    velocity: int
    share: float
    channel: int
    sounding_beats: float | None = None
    nudge_beats: float = 0.0

    def sounding_s(self, whole_s: float, beat_s: float) -> float:
        """Return how long a note sounds whose written length lasts whole_s, in beats of beat_s."""
        return whole_s * self.share if self.sounding_beats is None else self.sounding_beats * beat_s


class Touch:
    """Play one answer to one call.

    line: the call as it was played, empty when there was none; player_channel: the call's MIDI channel, 0..15.
    """

    def __init__(self, line: Sequence[PlayedNote], player_channel: int = 0) -> None:
        self._player_channel = player_channel
        velocities = [note.velocity for note in line]
        self._level = statistics.fmean(velocities) if velocities else float(DEFAULT_VELOCITY)
        self._accents = [velocity - self._level for velocity in velocities]
        self._sounding = usual_share(line) or DEFAULT_SOUNDING

    def stroke(self, index: int, playing: Playing) -> Stroke:
        """Return how the answer's note number `index` (from 0) is played."""
        accent = self._accents[index % len(self._accents)] if self._accents else 0.0
        velocity = playing.velocity or round(self._level + playing.dynamics * accent)
        share = playing.articulation or self._sounding
        return Stroke(
            min(max(velocity, 1), 127),
            min(max(share, LEAST_SOUNDING), MOST_SOUNDING),
            playing.channel - 1 if playing.channel else self._player_channel,
        )


class AsSounded(Touch):
    """Play notes as a take's were played, over and over."""

    def __init__(self, notes: Sequence[Sounded]) -> None:
        super().__init__(())
        self._sounded = notes

    def stroke(self, index: int, playing: Playing) -> Stroke:
        """Return how the take's note number `index` was played, counted on from one round to the next."""
        sounded = self._sounded[index % len(self._sounded)]
        return Stroke(sounded.velocity, 1.0, sounded.channel, sounded.sounding_beats, sounded.nudge_beats)
