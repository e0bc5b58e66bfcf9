"""What leaves: messages in their order, known again when they come back in, and told when all have gone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.observers import Announcer
from bridge.ports.echo import EchoGuard
from bridge.ports.output import Output, Send
from bridge.time.scheduler import Due


class Outlet:
    """Send messages and tell of them. looped: what is told when our notes come back in."""

    def __init__(self, send: Send, announce: Announcer, looped: str) -> None:
        """send: sends one MIDI message, told when it was due."""
        self._output, self._echo = Output(send), EchoGuard()
        self._announce, self._looped = announce, looped

    @property
    def now_s(self) -> float:
        """Return the time at which messages leave."""
        return self._output.now_s

    @now_s.setter
    def now_s(self, now_s: float) -> None:
        self._output.now_s = now_s

    @property
    def send_one(self) -> Callable[[Sequence[int]], None]:
        """Return what sends a message that is no note of an answer, and tells nobody."""
        return self._output.send

    def send(self, dues: Sequence[Due], *, quietly: bool = False) -> None:
        """Send what is due; tell of it only when all has left: whoever looks on must not hold up a note-off.

        quietly: tell nobody, as of what is no answer.
        """
        now_s = self._output.now_s
        for due in dues:
            self._output.send(due.message, due.due_s)
        for due in dues:
            self._echo.sent(now_s, due.message)
            if not quietly:
                self._tell(due, now_s)

    def _tell(self, due: Due, now_s: float) -> None:
        pitch, velocity, channel = due.note.pitch, due.message[2], due.note.channel
        self._announce.tell(lambda observer: observer.on_message(due.message, due.due_s))
        self._announce.tell(lambda observer: observer.on_answer_note(now_s, pitch, velocity, channel))

    def comes_back(self, event: NoteOn | NoteOff) -> bool:
        """Say whether a note that comes in is one of ours; the first time it is told what to do about it."""
        if isinstance(event, NoteOff):
            return self._echo.take_off(event.time_s, event.pitch, event.channel)
        ours = self._echo.take_on(event.time_s, event.pitch, event.velocity, event.channel)
        if ours and self._echo.take_news():
            self._announce.warn(self._looped)
        return ours

    def silence(self) -> None:
        """Silence every channel."""
        self._output.silence()

    def silence_once(self) -> None:
        """Silence every channel, unless that has just been done: another would add nothing but its own echo."""
        if not self._output.just_silenced:
            self._output.silence()

    def is_our_silence(self, event: ControlChange) -> bool:
        """Say whether a request for silence is ours coming back. Each is recognised once."""
        return self._output.take_echo(event)
