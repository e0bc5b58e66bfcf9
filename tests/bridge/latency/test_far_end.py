"""The far end: what it plays into the bridge, and what it writes down of what comes back."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from bridge.events import MidiEvent, NoteOff, NoteOn
from bridge.latency import far_end
from bridge.latency.far_end import CALL, OSC_CONTROL, Player
from bridge.ports.loopback import LoopbackPorts
from bridge.ports.osc_messages import format_message, parse_packet


class AnsweringPorts(LoopbackPorts):
    """Ports at whose other end a note comes back as soon as a call is over."""

    def __init__(self, answers: bool) -> None:
        super().__init__()
        self.sent: list[tuple[int, ...]] = []
        self._answers = answers
        self._back: list[MidiEvent] = []

    def send(self, message: Sequence[int], due_s: float | None = None) -> None:
        self.sent.append(tuple(message))
        if self._answers and len(self.sent) % (2 * len(CALL)) == 0:
            now_s = time.monotonic()
            self._back += [NoteOn(now_s + 0.001, 72, 80, 2), NoteOff(now_s + 0.002, 72, 2)]

    def poll(self, now_s: float) -> list[MidiEvent]:
        came, self._back = self._back, []
        return came


@pytest.fixture
def bridge() -> Iterator[socket.socket]:
    """Stand for the bridge's OSC port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5.0)
        yield sock


def received(bridge: socket.socket) -> tuple[list[str], Any]:
    """Return the addresses of all that waits, and who sent it."""
    addresses: list[str] = []
    sender: Any = None
    bridge.setblocking(False)
    while True:
        try:
            data, sender = bridge.recvfrom(65536)
        except BlockingIOError:
            return addresses, sender
        addresses += [address for address, _ in parse_packet(data)]


def test_a_call_is_played_and_its_answer_written_down(bridge: socket.socket) -> None:
    """Every key goes up again; the answer's first note is the first since the call was over."""
    ports = AnsweringPorts(answers=True)
    with closing(Player(ports, bridge.getsockname()[1])) as player:
        player.turn()
    assert [message[0] for message in ports.sent] == [0x90, 0x80] * len(CALL)
    assert [pitch for _, pitch in player.record.played] == list(CALL)
    ((over_s, first_s),) = player.record.answers
    assert first_s is not None
    assert first_s > over_s
    assert [(heard.is_on, heard.channel, heard.pitch) for heard in player.record.heard] == [
        (True, 2, 72),
        (False, 2, 72),
    ]


def test_a_call_without_an_answer_is_written_down_as_that(
    bridge: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for no longer than it takes to give up."""
    monkeypatch.setattr(far_end, "ANSWER_WITHIN_S", 0.05)
    with closing(Player(AnsweringPorts(answers=False), bridge.getsockname()[1])) as player:
        player.turn()
    assert [first_s for _, first_s in player.record.answers] == [None]


def test_osc_is_measured_until_the_value_is_told_back(
    bridge: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another value, or another control, is no answer; one that is lost is not waited for."""
    monkeypatch.setattr(far_end, "PLAY_ON_S", 0.3)
    monkeypatch.setattr(far_end, "OSC_WITHIN_S", 0.01)
    with closing(Player(AnsweringPorts(answers=False), bridge.getsockname()[1])) as player:
        player.play_on()
        assert player.record.osc_ms == []
        asked, sender = received(bridge)
        assert sum(OSC_CONTROL in address for address in asked) > 1
        player._asked = time.monotonic(), 1.6
        for address, value in ((OSC_CONTROL, 1.5), ("patience", 1.6), (OSC_CONTROL, 1.6)):
            assert player.record.osc_ms == []
            bridge.sendto(format_message(f"/melody/{address}", (value,)), sender)
            player.listen(0.05)
        assert len(player.record.osc_ms) == 1
