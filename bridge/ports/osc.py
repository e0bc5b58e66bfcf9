"""OSC at the rim: a UDP socket and the thread that reads it. Knows addresses and sockets, nothing of music.

Besides what bridge/ports/osc_messages.py reads there are `/melody/subscribe [port] [seconds]` and `/melody/ping`.
What goes out stands in bridge/ports/osc_feedback.py.
"""

from __future__ import annotations

import contextlib
import errno
import math
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from bridge.controls import Value
from bridge.events import AskControl, Complaint
from bridge.ports.osc_messages import OscEvent, as_one, format_message, parse_packet, route
from bridge.urgency import Helper
from engine.errors import UserError

DATAGRAM_BYTES = 65536
SUBSCRIBE_S = 60.0
SUBSCRIBE_MOST_S = 86400.0
COMPLAINTS_A_SECOND = 10
AGAIN_AFTER_S = 0.1
"""A socket that fails is read again after this long: a network that is down comes back."""

DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
"""Flag of a send that is dropped rather than waited for."""

Address = tuple[str, int]
Put = Callable[[OscEvent], None]


def open_socket(host: str, port: int) -> socket.socket:
    """Return a UDP socket bound to host and port.

    Raises UserError when the port is taken or the host is no address of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise UserError(f"OSC host '{host}': {error.strerror or error}; give --osc-host an address") from None
    try:
        sock.bind(address)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise UserError(
                f"OSC host '{host}' is no address of this machine; --osc-host takes 127.0.0.1 (programs here), "
                "0.0.0.0 (every network) or an address that this machine has"
            ) from None
        raise UserError(
            f"OSC port {port} on {host} cannot be opened ({error.strerror or error}); "
            f"end the program that has it (another melody-bridge?) or choose another with --osc-port"
        ) from None
    return sock


class Subscriptions(Protocol):
    """Whoever keeps the subscribers."""

    def subscribe(self, address: Address, seconds: float) -> str | None:
        """Tell this address everything for so long (0 ends it); return why not, or None."""

    def tell(self, address: Address, name: str) -> str | None:
        """Tell this address a control's value, or with "*" everything; return why not, or None."""


class OscServer:
    """Read OSC from a socket on a thread of its own and put what it asks for into the inbox."""

    def __init__(
        self,
        sock: socket.socket,
        prefix: str,
        put: Put,
        feedback: Subscriptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sock, self._prefix, self._put = sock, prefix, put
        self._feedback, self._clock = feedback, clock
        self._closing = False
        self._complaints_since_s, self._complaints, self._kept_back = -math.inf, 0, 0
        self._thread = Helper(self._serve, "osc")

    @property
    def port(self) -> int:
        """Return the UDP port in use."""
        return int(self._sock.getsockname()[1])

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Stop reading and close the socket."""
        self._closing = True
        host, port = self._sock.getsockname()[:2]
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        with contextlib.suppress(OSError):
            self._sock.sendto(b"", (here, port))  # wakes the reader
        if self._thread.is_alive():
            self._thread.join(0.2)
        self._sock.close()

    def _serve(self) -> None:
        while not self._closing:
            try:
                data, sender = self._sock.recvfrom(DATAGRAM_BYTES)
            except ConnectionError:
                continue  # Windows reports here that an earlier answer found nobody
            except OSError as error:
                if not self._closing:
                    self._complain(f"OSC: {error.strerror or error}; listening on")
                    time.sleep(AGAIN_AFTER_S)
                continue
            try:
                self._read(data, (str(sender[0]), int(sender[1])))
            except Exception as error:  # the thread must outlive whatever one datagram does
                self._complain(f"OSC: fault: {type(error).__name__}: {error}; listening on")

    def _read(self, data: bytes, sender: Address) -> None:
        """Take in one datagram; an empty one only wakes the reader."""
        if not data:
            return
        try:
            messages = parse_packet(data)
        except ValueError:
            self._complain(f"OSC: {len(data)} bytes from {sender[0]} are no OSC message; ignored")
            return
        taken = [self._take(address, arguments, sender) for address, arguments in messages]
        for event in as_one([event for event in taken if event is not None]):
            self._put(event)

    def _take(self, address: str, arguments: list[Any], sender: Address) -> OscEvent | None:
        """Answer what can be answered here; return what is for the session."""
        if address == f"{self._prefix}/ping":
            self._answer(sender, "pong")
            return None
        if address == f"{self._prefix}/subscribe":
            self._subscribe(arguments, sender)
            return None
        event = route(address, arguments, self._prefix, self._clock())
        if isinstance(event, Complaint):
            self._complain(event.text)
            return None
        if isinstance(event, AskControl):
            refused = self._feedback.tell(sender, event.name)
            if refused is not None:
                self._answer(sender, "error", refused)
                return None
        return event

    def _subscribe(self, arguments: list[Any], sender: Address) -> None:
        numbers = [*arguments, *[sender[1], SUBSCRIBE_S][len(arguments) :]]
        refused: str | None = "it takes a port, 1 to 65535, and seconds, 0 to 86400"
        if len(numbers) == 2 and all(_is_number(number) for number in numbers):
            port, seconds = numbers
            if port == int(port) and 1 <= port <= 65535 and 0 <= seconds <= SUBSCRIBE_MOST_S:
                refused = self._feedback.subscribe((sender[0], int(port)), float(seconds))
                if refused is None:
                    self._answer(sender, "subscribed", int(port), float(seconds))
                    return
        self._complain(f"OSC {self._prefix}/subscribe refused: {refused}")
        self._answer(sender, "error", f"subscribe refused: {refused}")

    def _answer(self, sender: Address, name: str, *arguments: Value) -> None:
        with contextlib.suppress(OSError):
            self._sock.sendto(format_message(f"{self._prefix}/{name}", arguments), DONT_WAIT, sender)

    def _complain(self, text: str) -> None:
        """Put a complaint into the inbox, at most ten a second: a flood must not drown the rest."""
        now_s = self._clock()
        if now_s - self._complaints_since_s >= 1.0:
            self._complaints_since_s, self._complaints = now_s, 0
        self._complaints += 1
        if self._complaints > COMPLAINTS_A_SECOND:
            self._kept_back += 1
            return
        more, self._kept_back = self._kept_back, 0
        self._put(Complaint(now_s, text + (f" (and {more} more refused before it)" if more else "")))


def _is_number(raw: object) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)
