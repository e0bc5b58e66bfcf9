"""The way out: messages to the ports, and the silences among them. Pure; time is told.

A virtual port that has just appeared is heard by nobody yet, so what an earlier run left hanging is silenced not
only at the start but again when the engine is first ready and when lost ports are back. Never while something
sounds, though: coming back through a loop, a silence could not be told from a panic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.events import ControlChange
from bridge.ports.wire import all_off

ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123
ECHO_S = 0.5
"""A silence of ours that a DAW sends back arrives within this; as a panic it would be sent again, for ever."""

Send = Callable[[Sequence[int], float], None]
"""Sends one message, and is told when it was due, in seconds."""


class Output:
    """Send messages, silence all channels, and recognise our silences when they come back."""

    def __init__(self, send: Send) -> None:
        self.now_s = 0.0
        self._send = send
        self._silenced: dict[tuple[int, int], float] = {}
        self._silenced_s = -ECHO_S

    @property
    def just_silenced(self) -> bool:
        """Say whether a silence has left that may still come back: another would add nothing but its own echo."""
        return self.now_s - self._silenced_s < ECHO_S

    def send(self, message: Sequence[int], due_s: float | None = None) -> None:
        """Send one message, which was due now unless a time is told."""
        self._send(message, self.now_s if due_s is None else due_s)

    def silence(self) -> None:
        """Send pedal up, all notes off and all sound off on every channel."""
        self._silenced_s = self.now_s
        for message in all_off():
            self._silenced[message[0] & 0x0F, message[1]] = self.now_s
            self._send(message, self.now_s)

    def take_echo(self, event: ControlChange) -> bool:
        """Take in a controller; return whether it is one of our silences coming back. Each is recognised once.

        A pedal that goes up never is: taken for ours when it is the player's, it would hold his notes for ever,
        and ours coming back only lifts what nobody holds.
        """
        if event.number not in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            return False
        sent_s = self._silenced.get((event.channel, event.number))
        if event.value or sent_s is None or event.time_s - sent_s > ECHO_S:
            return False
        del self._silenced[event.channel, event.number]
        return True
