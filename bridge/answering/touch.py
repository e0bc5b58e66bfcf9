"""How the notes of an answer are played: like the call, as far as the controls say. Pure.

Of the call as it was played the answer takes the mean velocity, the accents, and how much of a note's time
sounds. Accents are the call's departures from its mean, read along the call: the answer's note number i takes
that of the call's note number i, starting over when the call is through.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bridge.controls import Controls
from bridge.hearing.articulation import usual_share
from bridge.hearing.transcribe import PlayedNote
from engine.notes import Note

DEFAULT_VELOCITY = 80
"""Velocity of an answer to nothing."""
DEFAULT_SOUNDING = 0.9
"""Share of its time that a note sounds, where no call says it."""
LEAST_SOUNDING, MOST_SOUNDING = 0.1, 0.97
"""A note sounds at least and at most these shares of its time: its pitch can be struck again right after."""


class Touch:
    """Play one answer to one call.

    line: the call as it was played, empty when there was none; controls: read live at each note, so that a
    fader acts within the answer; player_channel: the call's MIDI channel, 0..15.
    """

    def __init__(self, line: Sequence[PlayedNote], controls: Controls, player_channel: int = 0) -> None:
        self._controls = controls
        self._player_channel = player_channel
        velocities = [note.velocity for note in line]
        self._level = statistics.fmean(velocities) if velocities else float(DEFAULT_VELOCITY)
        self._accents = [velocity - self._level for velocity in velocities]
        self._sounding = usual_share(line) or DEFAULT_SOUNDING

    def velocity(self, index: int, note: Note) -> int:
        """Return the velocity, 1..127, of the answer's note number `index` (from 0)."""
        fixed = int(self._controls.number("velocity"))
        if fixed:
            return fixed
        accent = self._accents[index % len(self._accents)] if self._accents else 0.0
        return _clamped(self._level + self._controls.number("dynamics") * accent)

    def sounding(self, index: int, note: Note) -> float:
        """Return the share of its length that a note sounds, above 0 and below 1."""
        fixed = self._controls.number("articulation")
        return min(max(fixed or self._sounding, LEAST_SOUNDING), MOST_SOUNDING)

    @property
    def channel(self) -> int:
        """Return the MIDI channel of the answer, 0..15."""
        fixed = int(self._controls.number("out_channel"))
        return fixed - 1 if fixed else self._player_channel


def _clamped(velocity: float) -> int:
    return min(max(round(velocity), 1), 127)
