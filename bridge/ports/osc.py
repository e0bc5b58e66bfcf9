"""OSC at the rim: the only file that imports pythonosc. Knows addresses and sockets, nothing of music.

In: `/melody/<control> value` sets, without a value asks; `/melody/norm/<control>` takes 0..1;
`/melody/<action>` acts; `/melody/subscribe [port] [seconds]`; `/melody/ping`. What goes out stands in
bridge/ports/osc_feedback.py.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from bridge.controls import TABLE, Value, suggest
from bridge.events import Action, AskControl, Complaint, SetControl
from engine.errors import UserError

ACTIONS = ("answer", "panic", "stop", "tap", "calibrate", "forget")
DATAGRAM_BYTES = 65536
LONGEST_TEXT = 80
SUBSCRIBE_S = 60.0
SUBSCRIBE_MOST_S = 86400.0
COMPLAINTS_A_SECOND = 10

DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
"""Flag of a send that is dropped rather than waited for."""

Address = tuple[str, int]
OscEvent = SetControl | AskControl | Action | Complaint
Put = Callable[[OscEvent], None]

_ARGUMENT_BYTES = dict.fromkeys("TFNI[]", 0) | dict.fromkeys("dht", 8)
"""What an argument takes at least; the others take 4."""
_CONTROLS = frozenset(control.name for control in TABLE)


def route(address: str, arguments: Sequence[object], prefix: str, time_s: float) -> OscEvent | None:
    """Return what an OSC message asks for, or None for a button's release (an action with argument 0).

    Values go on as they came: the table of controls judges them. What no control, action or question
    answers to comes back as a Complaint with a suggestion.
    """
    name = address.removeprefix(prefix + "/")
    if name == address:
        return Complaint(time_s, f"OSC {_short(address)}: addresses here begin with {prefix}/")
    if name in ACTIONS:
        if arguments and isinstance(arguments[0], int | float) and arguments[0] == 0:
            return None
        return Action(time_s, name, "osc", tuple(arguments))
    normalised = name.startswith("norm/")
    control = name.removeprefix("norm/")
    if control not in _CONTROLS and control != "*":
        known = [*_CONTROLS, *ACTIONS, "subscribe", "ping"]
        hint = suggest(control, known)
        return Complaint(
            time_s,
            f"OSC {_short(address)}: no such control or action"
            + (hint if "did you mean" in hint else f"; {prefix}/* asks for all controls"),
        )
    if not arguments:
        return AskControl(time_s, control)
    value = arguments[0]
    if len(arguments) > 1 or control == "*":
        return Complaint(time_s, f"OSC {_short(address)}: takes one value, not {len(arguments)}")
    if not isinstance(value, bool | int | float | str) or len(str(value)) > LONGEST_TEXT:
        return Complaint(time_s, f"OSC {_short(address)}: takes a number or a name")
    return SetControl(time_s, control, value, "osc", normalised)


def parse_packet(data: bytes) -> list[tuple[str, list[Any]]]:
    """Return the messages of a datagram, bundles flattened; their time tags are not waited for.

    Raises ValueError for what is no OSC.
    """
    from pythonosc.osc_packet import OscPacket

    try:
        messages = [timed.message for timed in OscPacket(data).messages]
        parsed = [(message.address, list(message.params)) for message in messages]
        whole = all(is_whole(message.dgram) for message in messages)
    except Exception as error:  # python-osc lets struct, index and recursion errors through
        raise ValueError(f"{type(error).__name__}: {error}") from None
    if not whole:
        raise ValueError("an argument is cut off")
    return parsed


def is_whole(message: bytes) -> bool:
    """Say whether all the arguments that a message's type tags announce are there.

    python-osc reads what is missing as zeros: a packet cut off on its way would set a control to 0.
    """
    tags_at = (message.find(b"\0") // 4 + 1) * 4
    tags_end = message.find(b"\0", tags_at)
    tags = message[tags_at:tags_end]
    needed = sum(_ARGUMENT_BYTES.get(chr(tag), 4) for tag in tags[1:])
    return not tags or len(message) - (tags_end // 4 + 1) * 4 >= needed


def format_message(address: str, arguments: Sequence[Value]) -> bytes:
    """Return one OSC message as bytes; whole numbers travel as int, others as float32."""
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(address=address)
    for argument in arguments:
        builder.add_arg(argument)
    return bytes(builder.build().dgram)


def open_socket(host: str, port: int) -> socket.socket:
    """Return a UDP socket bound to host and port.

    Raises UserError when the port is taken or the host is not ours.
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
        raise UserError(
            f"OSC port {port} on {host} cannot be opened ({error.strerror or error}); "
            f"end the program that has it (another melody-bridge?) or choose another with --osc-port"
        ) from None
    return sock


class Subscriptions(Protocol):
    """Whoever keeps the subscribers."""

    def subscribe(self, address: Address, seconds: float) -> str | None:
        """Tell this address everything for so long (0 ends it); return why not, or None."""

    def tell(self, address: Address, name: str) -> None:
        """Tell this address a control's value, or with "*" everything."""


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
        self._thread = threading.Thread(target=self._serve, name="osc", daemon=True)

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
            except OSError:
                return
            if not data:
                continue
            try:
                messages = parse_packet(data)
            except ValueError:
                self._complain(f"OSC: {len(data)} bytes from {sender[0]} are no OSC message; ignored")
                continue
            for address, arguments in messages:
                self._take(address, arguments, (str(sender[0]), int(sender[1])))

    def _take(self, address: str, arguments: list[Any], sender: Address) -> None:
        if address == f"{self._prefix}/ping":
            self._answer(sender, "pong")
        elif address == f"{self._prefix}/subscribe":
            self._subscribe(arguments, sender)
        else:
            event = route(address, arguments, self._prefix, self._clock())
            if isinstance(event, Complaint):
                self._complain(event.text)
            elif event is not None:
                if isinstance(event, AskControl):
                    self._feedback.tell(sender, event.name)
                self._put(event)

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


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
