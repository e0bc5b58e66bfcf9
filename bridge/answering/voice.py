"""A voice: one answer on its way out, the notes that are drawn for it, the scheduler that sounds them. Pure."""

from __future__ import annotations

from collections import deque

from bridge.answering.answer import Answer, Timing
from bridge.moment import Moment, Playing
from bridge.outlook import Ahead
from bridge.time.scheduler import Due, Scheduler
from engine.messages import Drawn


class Voice:
    """Hold what sounds and what is next.

    answer: None while there is none on its way; coming: its drawn notes that are not scheduled yet.
    """

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.answer: Answer | None = None
        self.coming: deque[Drawn] = deque()

    @property
    def playing(self) -> bool:
        """Say whether an answer sounds or is on its way."""
        return self.answer is not None

    @property
    def sounded(self) -> bool:
        """Say whether a note of the answer on its way has sounded."""
        return self.answer is not None and self.answer.sounded

    @property
    def busy(self) -> bool:
        """Say whether an answer is on its way or a note still sounds."""
        return self.answer is not None or not self.scheduler.idle

    def due(self, now_s: float) -> list[Due]:
        """Return what is to be sent now, and enter what is heard by it, or never will be."""
        dues = self.scheduler.due(now_s)
        dropped = self.scheduler.take_dropped()
        if self.answer is None:
            return dues
        for note in dropped:
            self.answer.dropped(note)
        for due in dues:
            if due.is_on:
                self.answer.sent(due.note)
        return dues

    def timing(self, moment: Moment, playing: Playing) -> Timing:
        """Return when the answer's beats sound, as tempo and controls are now."""
        return timing_of(self.answer, moment, playing)

    def ahead(self, moment: Moment, playing: Playing) -> tuple[Ahead, ...]:
        """Return the notes that are to sound."""
        waiting = self.scheduler.ahead
        if self.answer is None or self.answer.complete:
            return waiting
        return (*waiting, *self.answer.ahead(self.coming, self.timing(moment, playing)))

    def stop(self, now_s: float) -> list[Due]:
        """Silence the answer and forget it; return the messages."""
        self.answer = None
        self.coming.clear()
        return self.scheduler.cancel(now_s)


def timing_of(answer: Answer | None, moment: Moment, playing: Playing) -> Timing:
    """Return when an answer's beats sound: in the tempo that it keeps, else in the one in force."""
    steady = answer.steady if answer is not None else None
    return Timing(steady or moment.tempo.map, steady is None and moment.tempo.running, playing)
