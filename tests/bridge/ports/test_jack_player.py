"""The player of a JACK client: what it writes in its turns, and that no note hangs when the bridge is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from subprocess import PIPE

import pytest

from bridge.ports.frames import FrameClock, delay
from bridge.ports.jack_player import RECORD, Player
from tests import jackrig
from tests.bridge.ports.test_frames import PERIOD, RATE, FakeClient

ON, OFF = b"\x90\x3c\x50", b"\x80\x3c\x00"


class Rig:
    """A player whose records and periods are told; `written` is what it wrote, by frame."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.records: list[bytes | None] = []
        self.written: list[tuple[int, bytes]] = []
        self.full = False
        self.player = Player(FrameClock(self.client, self.client.clock), self._write, self._read)

    def _read(self) -> bytes | None:
        return self.records.pop(0) if self.records else b""

    def _write(self, offset: int, message: bytes) -> None:
        if self.full:
            raise OSError("no room")
        self.written.append((self.client.begins + offset, message))

    def turn(self, number: int) -> None:
        self.client.period(number, 0.0001)
        self.player.turn(PERIOD)


def test_each_message_is_written_on_its_frame() -> None:
    """A constant delay behind the time at which it was due."""
    rig = Rig()
    rig.records = [RECORD.pack(0.001, ON) + RECORD.pack(0.002, OFF)]
    for number in range(4):
        rig.turn(number)
    behind = delay(RATE, PERIOD)
    assert rig.written == [(48 + behind, ON), (96 + behind, OFF)]


def test_a_full_period_loses_nothing() -> None:
    """What JACK refuses is written in the next turn."""
    rig = Rig()
    rig.records = [RECORD.pack(0.0, ON)]
    rig.full = True
    for number in range(3):
        rig.turn(number)
    rig.full = False
    rig.turn(3)
    assert rig.written == [(3 * PERIOD, ON)]


@pytest.mark.parametrize(("turns", "times"), [((0, 1, 2, 3), 1), ((0, 1, 2, 4), 2), ((0, 1, 2, 2), 2)])
def test_where_a_turn_was_left_out_note_offs_are_repeated(turns: tuple[int, ...], times: int) -> None:
    """JACK skips a turn, or gives two for one period, when a client is late: then what it wrote may be lost."""
    rig = Rig()
    rig.records = [RECORD.pack(0.0, ON) + RECORD.pack(0.003, OFF)]
    for number in turns:
        rig.turn(number)
    assert [message for _, message in rig.written] == [ON, *[OFF] * times]


def test_the_end_of_the_records_ends_what_sounds() -> None:
    """However the bridge has ended; then it says that all is silent."""
    rig = Rig()
    rig.records = [RECORD.pack(0.0, ON), b"", None]
    for number in range(2):
        rig.turn(number)
    assert not rig.player.silent
    rig.turn(2)
    assert [message for _, message in rig.written] == [ON, OFF]
    assert rig.player.silent


@pytest.mark.skipif(bool(jackrig.missing()), reason=jackrig.missing())
def test_a_bridge_that_is_killed_leaves_no_note_hanging() -> None:
    """SIGKILL lets nobody clean up: the player of its output does, on a real server."""
    pytest.importorskip("jack")
    play = (
        "from bridge.ports.midi import RtMidiPorts; import time\n"
        "ports = RtMidiPorts('Kill In', 'Kill Out', 'jack', to_the_frame=True)\n"
        "print(ports.remark, flush=True)\n"
        "input()\n"
        "ports.send((0x90, 60, 80)); time.sleep(60)"
    )
    server = jackrig.Jack(256)
    try:
        command = [sys.executable, "-c", play]
        with subprocess.Popen(command, cwd=jackrig.ROOT, stdin=PIPE, stdout=PIPE, text=True) as bridge:
            assert bridge.stdin is not None
            assert bridge.stdout is not None
            assert "on their own frame" in bridge.stdout.readline()
            daw = jackrig.Daw("Kill In", "Kill Out")
            bridge.stdin.write("\n")
            bridge.stdin.flush()
            daw.hears(lambda heard: (0x90, 60, 80) in heard, "the note begins")
            bridge.send_signal(signal.SIGKILL)
        daw.hears(lambda heard: not jackrig.sounding(heard), "the note ends")
        daw.close()
    finally:
        server.end()
