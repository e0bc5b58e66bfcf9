"""Tell our own notes, sent back to us by a DAW that loops GPT Out into GPT In, from playing. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bridge.ports.wire import NOTE_OFF, NOTE_ON

WINDOW_S = 0.12
"""A loop comes back within a DAW's buffers, 2 to 100 ms."""
QUICK_S = 0.03
"""Where our last note did not come back, one that does is at first taken for an echo only this early."""
SPREAD_S = 0.025
"""The delays of one loop differ by no more than a DAW's buffer of 1024 samples; those of a player by more."""
SURE_AFTER, SURE_AFTER_DOUBT = 3, 8
"""So many notes running must come back whole for a loop to be sure."""
FORGET_S = 10.0
"""For so long nothing is swallowed after somebody was found to play, and an echo without its end is known."""


@dataclass(slots=True)
class _Sent:
    """Hold a note of ours: when it began, and when it ended if it has."""

    time_s: float
    pitch: int
    velocity: int
    ended_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Returned:
    """Hold a note that came back: ours, how long after it, and whether it was swallowed."""

    ours: _Sent
    delay_s: float
    swallowed: bool


class EchoGuard:
    """Remember what was sent and recognise it when it comes back.

    A loop sends every note back, in order, with its pitch and velocity, and both its ends after nearly the same
    delay. Who plays along in unison, even with a keyboard of fixed velocity, does not: he strikes some notes
    before us, leaves some out, and lets go when he likes. So a coincidence is swallowed only as long as all those
    before it looked like a loop. One mismatch ends that, two in a row where the loop was sure; then everything is
    heard for a while, unless many notes running look like a loop after all. The cost: a player who strikes our
    very note within `WINDOW_S` may lose it, seldom the next one too.
    """

    def __init__(self) -> None:
        self._ours: deque[_Sent] = deque()
        self._sounding: dict[int, _Sent] = {}
        self._open: dict[tuple[int, int], _Returned] = {}
        self._delays_s: deque[float] = deque(maxlen=8)
        self._whole = self._odd = 0
        self._missed = self._told = False
        self._needed = SURE_AFTER
        self._doubt_until_s = -FORGET_S

    def sent(self, time_s: float, message: tuple[int, ...]) -> None:
        """Remember a note-on or note-off of ours."""
        kind, pitch, velocity = message[0] & 0xF0, message[1], message[2]
        if kind == NOTE_ON:
            self._expire(time_s)
            self._sounding[pitch] = ours = _Sent(time_s, pitch, velocity)
            self._ours.append(ours)
        elif kind == NOTE_OFF and pitch in self._sounding:
            self._sounding.pop(pitch).ended_s = time_s

    def is_echo_on(self, time_s: float, pitch: int, velocity: int, channel: int) -> bool:
        """Say whether this note-on is one of ours coming back, and use up the note that it echoes."""
        self._expire(time_s)
        ours = self._ours[0] if self._ours else None
        if ours is None or (ours.pitch, ours.velocity) != (pitch, velocity) or ours.time_s > time_s:
            return False
        self._ours.popleft()
        if time_s >= self._doubt_until_s:
            self._needed = SURE_AFTER
        delay_s = time_s - ours.time_s
        alike = delay_s <= (QUICK_S if self._missed else WINDOW_S) or bool(self._delays_s)
        if not self._is_usual(delay_s):
            self._mismatch(time_s)
        else:
            self._delays_s.append(delay_s)
        swallowed = self._sure or (alike and time_s >= self._doubt_until_s)
        self._open[channel, pitch] = _Returned(ours, delay_s, swallowed)
        return swallowed

    def is_echo_off(self, time_s: float, pitch: int, channel: int) -> bool:
        """Say whether this note-off ends an echo."""
        returned = self._open.pop((channel, pitch), None)
        if returned is None or time_s - returned.ours.time_s > FORGET_S:
            return False
        ended_s, usual_s = returned.ours.ended_s, self._delays_s[-1] if self._delays_s else returned.delay_s
        if ended_s is None or abs(time_s - ended_s - usual_s) > SPREAD_S:
            self._mismatch(time_s)
        else:
            self._whole, self._odd, self._missed = self._whole + 1, 0, False
        return returned.swallowed

    def should_tell(self) -> bool:
        """Return True once, when a loop has become certain."""
        if self._told or not self._sure:
            return False
        self._told = True
        return True

    @property
    def _sure(self) -> bool:
        """Say whether the last notes came back whole, one after another."""
        return self._whole >= self._needed

    def _is_usual(self, delay_s: float) -> bool:
        delays_s = [*self._delays_s, delay_s]
        return max(delays_s) - min(delays_s) <= SPREAD_S

    def _mismatch(self, time_s: float) -> None:
        """One that came back as no loop sends it: somebody plays, unless it is one slip of a sure loop."""
        self._odd += 1
        if not self._sure or self._odd > 1:
            self._doubt_until_s, self._needed = time_s + FORGET_S, SURE_AFTER_DOUBT
            self._begin_anew()

    def _expire(self, time_s: float) -> None:
        """Give up the notes that should have come back by now: a loop leaves none out."""
        while self._ours and self._ours[0].time_s < time_s - WINDOW_S:
            self._ours.popleft()
            self._missed = True
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._delays_s.clear()
        self._whole = self._odd = 0
