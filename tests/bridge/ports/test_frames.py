"""What is due on which frame: kept distances, kept order, no note-off lost."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bridge.ports.frames import COUNTER, DueFrames, FrameClock, delay

RATE, PERIOD = 48_000, 256
ON, OFF = b"\x90\x3c\x50", b"\x80\x3c\x00"


@dataclass
class FakeClient:
    """A client in its turn: the server's frames run with the clock, `jitter_s` behind the period's beginning."""

    samplerate: int = RATE
    begins: int = 0
    now_s: float = 0.0

    @property
    def last_frame_time(self) -> int:
        return self.begins % COUNTER

    @property
    def frame_time(self) -> int:
        return round(self.now_s * RATE) % COUNTER

    def clock(self) -> float:
        return self.now_s

    def period(self, number: int, late_s: float) -> None:
        """Have its turn in this period, so much behind the period's beginning."""
        self.begins = number * PERIOD
        self.now_s = self.begins / RATE + late_s


class Due:
    """What is due at a client whose turns are told: `heard` is what was taken, by frame."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.clock = FrameClock(self.client, self.client.clock)
        self.frames = DueFrames(self.clock)
        self.heard: list[tuple[int, bytes]] = []

    def turn(self, number: int, late_s: float = 0.0001) -> None:
        """Begin a turn in this period."""
        self.client.period(number, late_s)
        self.clock.begin()

    def put(self, due_s: float, message: bytes) -> None:
        self.frames.put(due_s, message, PERIOD)

    def take(self) -> list[bytes]:
        """Take what is due in the turn."""
        taken = self.frames.take(PERIOD)
        self.heard += [(self.clock.begins + offset, message) for offset, message in taken]
        return [message for _, message in taken]


@given(
    st.lists(st.floats(0.0, 0.05), min_size=1, max_size=20),
    st.lists(st.floats(0.0, 0.004), min_size=1, max_size=8),
    st.sampled_from([0, COUNTER - 1000]),
)
def test_messages_that_are_handed_over_in_time_are_all_equally_late(
    gaps_s: list[float], lates_s: list[float], first: int
) -> None:
    """To the frame, whenever in their period the client's turns come, and over the counter's end."""
    due, begun_s = Due(), first / RATE
    dues_s = [begun_s + sum(gaps_s[: index + 1]) for index in range(len(gaps_s))]
    waiting, number = list(dues_s), first // PERIOD
    while len(due.heard) < len(dues_s):
        due.turn(number, lates_s[number % len(lates_s)])
        while waiting and waiting[0] <= due.client.now_s:
            due.put(waiting.pop(0), ON)
        due.take()
        number += 1
    for due_s, (frame, _) in zip(dues_s, due.heard, strict=True):
        assert abs(frame - due_s * RATE - delay(RATE, PERIOD)) <= 1.0


def test_frames_and_times_are_each_others() -> None:
    """What is heard on a frame was heard at its time."""
    due = Due()
    due.turn(7, 0.001)
    assert abs(due.clock.time_at(due.clock.frame_at(0.5)) - 0.5) <= 1 / RATE
    assert due.clock.begins == 7 * PERIOD


def test_a_message_that_comes_too_late_leaves_with_the_next_period() -> None:
    """At its beginning: it loses what it came too late, and no more."""
    due = Due()
    due.turn(3)
    due.put(0.002, ON)
    due.take()
    assert due.heard == [(3 * PERIOD, ON)]


def test_none_overtakes_another() -> None:
    """A note-off that is told to be due before its note-on would leave the note hanging."""
    due = Due()
    due.turn(1)
    due.put(0.005, ON)
    due.put(0.001, OFF)
    due.take()
    due.turn(2)
    due.take()
    (on_frame, on), (off_frame, off) = due.heard
    assert (on, off) == (ON, OFF)
    assert on_frame == off_frame == 240 + delay(RATE, PERIOD)


def test_a_server_that_falls_behind_its_own_clock_holds_nothing_up() -> None:
    """On a machine that is too busy its periods lag: what is due leaves with the next of them but one."""
    due = Due()
    for number in range(10):
        due.turn(number, late_s=0.2 + number * 0.1)
        due.put(due.client.now_s, OFF)
        due.take()
    assert len(due.heard) >= 8
    assert len(due.frames) <= 2


def test_after_a_standstill_note_ons_are_dropped_and_note_offs_are_not() -> None:
    """What is more than a tenth of a second late would be a wrong rhythm; silence never is."""
    due = Due()
    due.turn(40)
    due.put(0.001, ON)
    due.put(0.002, OFF)
    assert due.take() == [OFF]


def test_what_does_not_fit_into_a_period_waits_for_the_next() -> None:
    """In its order, and before all that came since."""
    due = Due()
    due.turn(3)
    for number in range(3):
        due.put(0.001, bytes((0xB0, number, 0)))
    due.frames.give_back(due.frames.take(PERIOD)[1:])
    due.put(0.001, bytes((0xB0, 3, 0)))
    due.turn(4)
    assert [message[1] for message in due.take()] == [1, 2, 3]


def test_when_nobody_is_there_any_more_what_sounds_ends_and_nothing_else_begins() -> None:
    """Two notes sound, one of which ends by what waits, another waits to begin."""
    due = Due()
    due.turn(3)
    due.put(0.001, ON)
    due.put(0.001, bytes((0x93, 70, 80)))
    due.take()
    due.put(due.client.now_s, OFF)
    due.put(due.client.now_s, bytes((0x90, 64, 80)))
    due.frames.silence()
    due.turn(5)
    assert due.take() == [OFF, OFF, bytes((0x83, 70, 0))]
    assert len(due.frames) == 0


def test_ends_that_may_have_been_lost_are_told_once_more_unless_their_note_sounds_anew() -> None:
    """Those of the last tenth of a second: a second note-off does no harm, a note that hangs does."""
    due = Due()
    old, again, other = (bytes((0x80, pitch, 0)) for pitch in (50, 60, 70))
    due.turn(1)
    due.put(0.0, old)
    due.turn(2)
    due.take()
    due.turn(60)
    for message in (again, other, ON):
        due.put(due.client.now_s - 0.02, message)
    assert due.take() == [again, other, ON]
    due.turn(62)
    assert due.frames.lost_ends() == [(0, other)]
    assert due.frames.lost_ends() == []
