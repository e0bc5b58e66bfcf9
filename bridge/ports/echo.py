"""Tell our own notes, sent back to us by a DAW that loops GPT Out into GPT In, from playing. Pure."""

from __future__ import annotations

from collections import deque

WINDOW_S = 0.12
"""A loop comes back within a DAW's buffers, 5 to 100 ms; a player who hears a note needs longer to strike it."""
SURE_WINDOW_S = 0.15
"""Once a loop is known, pitch alone within this time is an echo, whatever the DAW did to the velocity."""
SURE_AFTER = 3
FORGET_S = 10.0
"""Coincidences this far apart are no loop, and an echo whose note-off was lost is given up by then."""


class EchoGuard:
    """Remember what was sent and recognise it when it comes back.

    A note-on of the same pitch and velocity within `WINDOW_S` of one that we sent is its echo; each sent note
    can be echoed once. The cost: a player who strikes the very pitch and velocity that we strike, within that
    time, is not heard for that note.
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int, int]] = deque(maxlen=256)
        self._open: dict[tuple[int, int], float] = {}
        self._echoes = 0
        self._echo_s = -FORGET_S
        self._told = False

    def sent(self, time_s: float, pitch: int, velocity: int) -> None:
        """Remember a note-on of ours."""
        self._sent.append((time_s, pitch, velocity))

    def is_echo_on(self, time_s: float, pitch: int, velocity: int, channel: int) -> bool:
        """Say whether this note-on is one of ours coming back, and use up the note that it echoes."""
        while self._sent and self._sent[0][0] < time_s - SURE_WINDOW_S:
            self._sent.popleft()
        if time_s - self._echo_s > FORGET_S:
            self._echoes = 0
        for entry in self._sent:
            sent_s, sent_pitch, sent_velocity = entry
            if sent_pitch != pitch or sent_s > time_s:
                continue
            alike = sent_velocity == velocity and time_s - sent_s <= WINDOW_S
            if alike or self._echoes >= SURE_AFTER:
                self._sent.remove(entry)
                self._open[channel, pitch] = time_s
                self._echoes += 1
                self._echo_s = time_s
                return True
        return False

    def is_echo_off(self, time_s: float, pitch: int, channel: int) -> bool:
        """Say whether this note-off ends an echo."""
        began_s = self._open.pop((channel, pitch), None)
        return began_s is not None and time_s - began_s <= FORGET_S

    def should_tell(self) -> bool:
        """Return True once, when a loop has become certain."""
        if self._told or self._echoes < SURE_AFTER:
            return False
        self._told = True
        return True
