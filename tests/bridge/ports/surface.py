"""An OSC surface and the OSC side of a bridge, on loopback: for tests of what travels between them."""

from __future__ import annotations

import queue
import socket
import struct
from collections.abc import Callable
from typing import Any

from bridge.controls import Controls
from bridge.ports.osc import OscServer, open_socket
from bridge.ports.osc_feedback import OscFeedback
from bridge.ports.osc_messages import OscEvent, format_message, parse_packet
from tests.fakes import FakeClock

WITHIN_S = 5.0
AT_ONCE = b"\x00" * 7 + b"\x01"
"""The time tag of a bundle that is not dated."""


class Surface:
    """A UDP socket that speaks OSC with one bridge."""

    def __init__(self, bridge_port: int) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(WITHIN_S)
        self._to = ("127.0.0.1", bridge_port)

    @property
    def port(self) -> int:
        return int(self.sock.getsockname()[1])

    def send(self, address: str, *arguments: object) -> None:
        self.raw(format_message(address, arguments))  # type: ignore[arg-type]

    def bundle(self, *messages: tuple[str, tuple[object, ...]], dated: bytes = AT_ONCE) -> None:
        parts = [format_message(address, arguments) for address, arguments in messages]  # type: ignore[arg-type]
        self.raw(b"#bundle\x00" + dated + b"".join(struct.pack(">i", len(part)) + part for part in parts))

    def raw(self, data: bytes) -> None:
        self.sock.sendto(data, self._to)

    def receive(self) -> tuple[str, list[object]]:
        (message,) = parse_packet(self.sock.recv(65536))
        return message

    def until(self, address: str) -> list[object]:
        while True:
            got, arguments = self.receive()
            if got == address:
                return arguments


class Bridge:
    """The OSC side of a bridge, its inbox and a surface."""

    def __init__(self, wrap: Callable[[socket.socket], Any] = lambda sock: sock) -> None:
        self.clock = FakeClock(100.0)
        self.inbox: queue.Queue[OscEvent] = queue.Queue()
        self.sock = wrap(open_socket("127.0.0.1", 0))
        self.feedback = OscFeedback(self.sock, "/melody", Controls(), clock=self.clock)
        self.server = OscServer(self.sock, "/melody", self.inbox.put, self.feedback, self.clock)
        self.server.start()
        self.surface = Surface(self.server.port)

    def got(self) -> OscEvent:
        return self.inbox.get(timeout=WITHIN_S)

    def close(self) -> None:
        self.server.close()
        self.surface.sock.close()
