"""The frames of a JACK server and what is due on them. Pure: the client is told, bytes come out.

JACK hands over a period at a time: what a client writes in its turn is heard within that period, each event on a
frame of its own. So each message is put one whole period, and a little more, behind the time at which it was due:
then all of them keep their distances to the frame, for each is there before the period begins that it falls into.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from bridge.outlook import LATE_S

MARGIN_S = 0.0005
"""A message takes so long from the loop to the client's turn, at the most; one that takes longer comes late."""
COUNTER = 1 << 32
"""JACK's frame counter begins anew after so many, within a day."""
NOTE_ON, NOTE_OFF = 0x90, 0x80
MOST_ENDED = 64
"""Note-offs that are remembered, so that they can be repeated."""


class Client(Protocol):
    """What is needed of a JACK client, in its turn."""

    @property
    def samplerate(self) -> int: ...
    @property
    def last_frame_time(self) -> int: ...
    @property
    def frame_time(self) -> int: ...


class FrameClock:
    """Count frames without end, and turn times of another clock into them.

    begins: the first frame of the period that is on; now_s: when its turn began.
    """

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        """clock: the one that times are told by, in seconds."""
        self._client, self._clock, self.rate = client, clock, client.samplerate
        self._counter = self.begins = self._now = 0
        self.now_s = 0.0

    def begin(self) -> None:
        """Enter that a turn begins."""
        counter = self._client.last_frame_time
        self.begins += (counter - self._counter) % COUNTER
        self._counter = counter
        before_s, now = self._clock(), self._client.frame_time
        self.now_s = (before_s + self._clock()) / 2
        ahead = (now - counter) % COUNTER
        self._now = self.begins + (ahead if ahead < COUNTER // 2 else ahead - COUNTER)

    def frame_at(self, time_s: float) -> int:
        """Return the frame at a time."""
        return self._now + round((time_s - self.now_s) * self.rate)

    def time_at(self, frame: int) -> float:
        """Return when a frame is, or was."""
        return self.now_s + (frame - self._now) / self.rate


class DueFrames:
    """Keep messages until their period. None overtakes another, and no note-off is ever dropped."""

    def __init__(self, clock: FrameClock) -> None:
        self._clock = clock
        self._waiting: deque[tuple[int, float, bytes]] = deque()
        self._newest = 0
        self._sounding: set[tuple[int, int]] = set()
        self._ended: deque[tuple[float, bytes]] = deque(maxlen=MOST_ENDED)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def put(self, due_s: float, message: bytes, count: int) -> None:
        """Enter a message that was due, in a turn for a period of `count` frames.

        It leaves with the next period but one at the latest: a server on a machine that is too busy falls behind
        its own clock, by which the frame would be a long time off.
        """
        frame = self._clock.frame_at(due_s) + delay(self._clock.rate, count)
        self._newest = max(self._newest, min(frame, self._clock.begins + 2 * count - 1))
        self._waiting.append((self._newest, due_s, message))

    def take(self, count: int) -> list[tuple[int, bytes]]:
        """Return what is due in this period, with frames counted from its first."""
        begins, taken = self._clock.begins, list[tuple[int, bytes]]()
        oldest_s = self._clock.now_s - LATE_S - delay(self._clock.rate, count) / self._clock.rate
        while self._waiting and self._waiting[0][0] < begins + count:
            frame, due_s, message = self._waiting.popleft()
            if due_s >= oldest_s or not _is_on(message):
                taken.append((max(0, frame - begins), message))
                self._enter(message)
        return taken

    def give_back(self, messages: list[tuple[int, bytes]]) -> None:
        """Let messages wait that did not fit into this period."""
        begins, now_s = self._clock.begins, self._clock.now_s
        self._waiting.extendleft((begins + offset, now_s, message) for offset, message in reversed(messages))

    def lost_ends(self) -> list[tuple[int, bytes]]:
        """Return the note-offs of the last tenth of a second once more, but for notes that sound again.

        Where JACK has left out a turn, what was written in the one before may never have been read.
        """
        since_s, ended = self._clock.now_s - LATE_S, list(self._ended)
        self._ended.clear()
        return [
            (0, message) for at_s, message in ended if at_s >= since_s and _note(message) not in self._sounding
        ]

    def silence(self) -> None:
        """End what sounds, and let what has not begun be forgotten: nobody is there to end it."""
        self._waiting = deque(each for each in self._waiting if not _is_on(each[2]))
        for channel, pitch in sorted(self._sounding):
            message = bytes((NOTE_OFF | channel, pitch, 0))
            self._waiting.append((self._clock.begins, self._clock.now_s, message))

    def _enter(self, message: bytes) -> None:
        if _is_on(message):
            self._sounding.add(_note(message))
        elif message[0] & 0xF0 in (NOTE_ON, NOTE_OFF):
            self._sounding.discard(_note(message))
            self._ended.append((self._clock.now_s, message))


def delay(rate: int, period: int) -> int:
    """Return how many frames behind its time each message is put."""
    return period + round(MARGIN_S * rate)


def _note(message: bytes) -> tuple[int, int]:
    return message[0] & 0x0F, message[1]


def _is_on(message: bytes) -> bool:
    return message[0] & 0xF0 == NOTE_ON and len(message) > 2 and message[2] > 0
