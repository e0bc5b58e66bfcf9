"""The player of a JACK client: what it writes in its turns."""

from __future__ import annotations

import pytest

from bridge.ports.jack_player import RECORD, Player, delay_s

RATE, PERIOD = 48000, 256
PERIOD_S = PERIOD / RATE
DELAY = PERIOD + 24
"""A period and half a millisecond, in frames."""
ON, OFF = b"\x90\x3c\x50", b"\x80\x3c\x00"


class Rig:
    """A player whose records and periods are told; `written` is what it wrote, by frame since the first period."""

    def __init__(self) -> None:
        self.records: list[bytes | None] = []
        self.written: list[tuple[int, bytes]] = []
        self.room = 1000
        self.player = Player(RATE, self._write, self._read)
        self._begins = 0

    def _read(self) -> bytes | None:
        return self.records.pop(0) if self.records else b""

    def _write(self, frame: int, message: bytes) -> bool:
        assert 0 <= frame < PERIOD
        if self.room:
            self.room -= 1
            self.written.append((self._begins + frame, message))
            return True
        return False

    def turn(self, number: int) -> None:
        """Give it the turn of a period, counted from 1000 s."""
        self._begins = number * PERIOD
        self.player.turn(1000 + number * PERIOD_S, PERIOD)


def record(since_s: float, message: bytes) -> bytes:
    return RECORD.pack(1000 + since_s, message)


def test_each_message_is_written_on_its_frame() -> None:
    """A constant delay behind the time at which it was due, wherever in a period that is."""
    rig = Rig()
    rig.records = [b"", record(0.001, ON) + record(0.002, OFF), record(0.0053, ON)]
    for number in range(5):
        rig.turn(number)
    assert rig.written == [(48 + DELAY, ON), (96 + DELAY, OFF), (254 + DELAY, ON)]
    assert delay_s(PERIOD, RATE) == pytest.approx(DELAY / RATE)


def test_what_comes_late_leaves_at_once_and_in_its_order() -> None:
    """None is dropped, however late, and none overtakes another, whatever the times at which they were due."""
    rig = Rig()
    rig.records = [record(-5.0, ON) + record(0.004, OFF) + record(0.003, ON)]
    rig.turn(1)
    rig.turn(2)
    assert rig.written == [(PERIOD, ON), (192 + DELAY, OFF), (192 + DELAY, ON)]


def test_turns_that_were_left_out_lose_nothing() -> None:
    """A client that misses periods writes what was due in them at the beginning of the next."""
    rig = Rig()
    rig.records = [record(0.0053, ON) + record(0.0053, OFF)]
    rig.turn(1)
    assert rig.written == []
    rig.turn(9)
    assert rig.written == [(9 * PERIOD, ON), (9 * PERIOD, OFF)]


def test_no_message_waits_for_more_than_a_turn() -> None:
    """After a standstill JACK's clock is seconds off its periods: what is said to be due in a second is not."""
    rig = Rig()
    rig.records = [record(1.0, ON)]
    rig.turn(1)
    rig.turn(2)
    assert rig.written == [(3 * PERIOD - 1, ON)]


def test_a_full_period_loses_nothing() -> None:
    """What JACK refuses is written in the next turn."""
    rig = Rig()
    rig.records = [record(0.0, ON) + record(0.0, OFF)]
    rig.room = 1
    rig.turn(2)
    rig.room = 1
    rig.turn(3)
    assert rig.written == [(2 * PERIOD, ON), (3 * PERIOD, OFF)]


def test_the_end_of_the_records_ends_what_sounds() -> None:
    """However the bridge has ended: what waited for its time does not begin, and every end is written once."""
    rig = Rig()
    other_on, other_off = b"\x91\x40\x50", b"\x81\x40\x00"
    rig.records = [
        record(-1.0, ON) + record(-1.0, other_on),
        record(0.012, OFF) + record(0.0125, b"\x90\x30\x50"),
        None,
    ]
    for number in range(1, 3):
        rig.turn(number)
    assert not rig.player.silent
    rig.turn(3)
    assert [message for _, message in rig.written] == [ON, other_on, OFF, other_off]
    assert rig.player.silent
