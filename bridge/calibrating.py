"""Calibrating while it plays: test notes go out and come in again, and set the control `offset`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.events import NoteOn, SetControl
from bridge.observers import Announcer
from bridge.time.calibration import Calibration, LoopNote
from bridge.time.scheduler import NOTE_OFF, NOTE_ON


class Calibrating:
    """Run a calibration when asked to. channel: 0..15, of the test notes."""

    def __init__(self, send: Callable[[Sequence[int]], None], channel: int, announce: Announcer) -> None:
        self._send, self._channel, self._announce = send, channel, announce
        self._calibration: Calibration | None = None

    @property
    def running(self) -> bool:
        """Say whether one is under way."""
        return self._calibration is not None

    def begin(self, now_s: float) -> None:
        """Begin one; end what sounds before."""
        self._calibration = Calibration(now_s)
        self._announce.log("calibrating: nine quiet notes go out and should come back in")

    def hear(self, event: NoteOn) -> bool:
        """Take in a note; return whether it is one of the test's."""
        return self._calibration is not None and self._calibration.hear(event)

    def step(self, now_s: float, tempo_source: str) -> SetControl | None:
        """Send the next test notes; when it is over, return the move of the offset, or say why there is none."""
        calibration = self._calibration
        if calibration is None:
            return None
        self._send_notes(calibration.step(now_s))
        if not calibration.over:
            return None
        self._calibration = None
        trip = calibration.result
        if trip is None:
            self._announce.error(calibration.failure or "calibration failed")
            return None
        self._announce.log(
            f"calibrated: {trip.heard} of {trip.sent} notes came back after {trip.median_ms:.1f} ms "
            f"(spread {trip.range_ms:.1f} ms)"
        )
        return SetControl(now_s, "offset", round(trip.offset_ms(tempo_source), 1), "calibration")

    def end(self) -> None:
        """End it, its note too."""
        if self._calibration is not None:
            self._send_notes(self._calibration.cancel())
            self._calibration = None

    def _send_notes(self, notes: Sequence[LoopNote]) -> None:
        for note in notes:
            status = (NOTE_ON if note.velocity else NOTE_OFF) | self._channel
            self._send((status, note.pitch, note.velocity))
