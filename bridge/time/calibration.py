"""Measure how late our notes are for the DAW, by a loop from GPT Out back into GPT In. Pure; time is passed in.

A round trip is the way out (our port, the DAW's input and its buffer) and the way back (its output, our port).
What must be made up for depends on whose time is kept. By MIDI clock it is the whole round trip: a pulse reaches
us late by the way back, so our beat is late by it, and our note then takes the way out. By Link, whose clocks
agree whatever the way, it is the way out alone, of which half the round trip is the best guess. What an
instrument adds after the note has reached it cannot be heard over MIDI.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from bridge.events import NoteOn

_NOTES = 9
_ENOUGH = 5
_FIRST_PITCH = 60
_VELOCITY = 1
_GAP_S = 0.25
_LENGTH_S = 0.05
_TIMEOUT_S = 1.0
_FARTHEST_MS = 250.0


@dataclass(frozen=True, slots=True)
class LoopNote:
    """Ask for a message to be sent now: velocity 0 is the note-off."""

    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Hold what was measured, in milliseconds: the median of the round trips, and their range."""

    median_ms: float
    range_ms: float
    heard: int
    sent: int

    def offset_ms(self, tempo_source: str) -> float:
        """Return what the `offset` control should be: minus all of it by MIDI clock, minus half otherwise."""
        return -self.median_ms * (1.0 if tempo_source == "clock" else 0.5)


class Calibration:
    """Send nine quiet notes of rising pitch, a quarter of a second apart, and wait for them to come back.

    Ask `step` for what to send as time goes by, and show `hear` every note-on that comes in, before anything
    else takes it for playing or for an echo. It is over when `result` or `failure` is there.
    """

    def __init__(self, now_s: float) -> None:
        self.result: RoundTrip | None = None
        self.failure: str | None = None
        self._start_s = now_s
        self._sent: dict[int, float] = {}
        self._released: set[int] = set()
        self._trips_s: dict[int, float] = {}

    @property
    def over(self) -> bool:
        """Tell whether it has ended, one way or the other."""
        return self.result is not None or self.failure is not None

    def step(self, now_s: float) -> list[LoopNote]:
        """Return what to send now; ends the calibration when all is heard or time is up."""
        if self.over:
            return []
        out: list[LoopNote] = []
        for pitch, sent_s in self._sent.items():
            if pitch not in self._released and now_s >= sent_s + _LENGTH_S:
                self._released.add(pitch)
                out.append(LoopNote(pitch, 0))
        index = len(self._sent)
        if index < _NOTES and now_s >= self._start_s + index * _GAP_S:
            self._sent[_FIRST_PITCH + index] = now_s
            out.append(LoopNote(_FIRST_PITCH + index, _VELOCITY))
        elif len(self._released) == _NOTES:
            last_s = max(self._sent.values())
            if len(self._trips_s) == _NOTES or now_s > last_s + _TIMEOUT_S:
                self._finish()
        return out

    def hear(self, event: NoteOn) -> bool:
        """Take in a note-on; return True when it is one of ours come back, which is then nobody else's."""
        sent_s = self._sent.get(event.pitch)
        if self.over or sent_s is None or event.time_s < sent_s:
            return False
        self._trips_s.setdefault(event.pitch, event.time_s - sent_s)
        return True

    def cancel(self) -> list[LoopNote]:
        """End it without a result; return the note-offs owed."""
        owed = [LoopNote(pitch, 0) for pitch in self._sent if pitch not in self._released]
        self._released.update(self._sent)
        self.failure = self.failure or "calibration stopped; the offset stays as it was"
        return owed

    def _finish(self) -> None:
        trips_ms = sorted(1000.0 * trip_s for trip_s in self._trips_s.values())
        if len(trips_ms) < _ENOUGH:
            heard = f"{len(trips_ms)} of {_NOTES}" if trips_ms else "none"
            self.failure = (
                f"calibration: {heard} of the test notes came back; route a DAW track from GPT Out to GPT In "
                "and calibrate again; the offset stays as it was"
            )
            return
        middle_ms = median(trips_ms)
        if middle_ms > _FARTHEST_MS:
            self.failure = (
                f"calibration: the notes came back after {middle_ms:.0f} ms, more than the {_FARTHEST_MS:.0f} ms "
                "that offset can make up for; take a smaller audio buffer and calibrate again"
            )
            return
        self.result = RoundTrip(middle_ms, trips_ms[-1] - trips_ms[0], len(trips_ms), _NOTES)
