"""OSC: what an address asks for, what surfaces are told, and that no packet does harm. Real UDP on loopback."""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.controls import Controls
from bridge.events import Action, AskControl, Complaint, SetControl
from bridge.ports.osc import OscServer, open_socket
from bridge.ports.osc_feedback import OscFeedback
from bridge.ports.osc_messages import OscEvent, format_message, parse_packet, route
from engine.errors import UserError
from tests.fakes import FakeClock

WITHIN_S = 5.0


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


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    running = Bridge()
    yield running
    running.close()


@pytest.mark.parametrize(
    ("address", "arguments", "event"),
    [
        ("/melody/temperature", [1.5], SetControl(3.0, "temperature", 1.5, "osc")),
        ("/melody/top_k", [7], SetControl(3.0, "top_k", 7, "osc")),
        ("/melody/norm/top_k", [0.5], SetControl(3.0, "top_k", 0.5, "osc", normalised=True)),
        ("/melody/turn", ["ask"], SetControl(3.0, "turn", "ask", "osc")),
        ("/melody/temperature", [True], SetControl(3.0, "temperature", True, "osc")),
        ("/melody/temperature", [], AskControl(3.0, "temperature")),
        ("/melody/*", [], AskControl(3.0, "*")),
        ("/melody/panic", [], Action(3.0, "panic", "osc")),
        ("/melody/answer", [1.0], Action(3.0, "answer", "osc", (1.0,))),
        ("/melody/answer", [0.0], None),
    ],
)
def test_an_address_asks_for_one_thing(address: str, arguments: list[object], event: object) -> None:
    """A value sets, none asks, an action acts; the release of a button does nothing."""
    assert route(address, arguments, "/melody", 3.0) == event


@pytest.mark.parametrize(
    ("address", "arguments", "said"),
    [
        ("/melody/temprature", [1.0], "did you mean 'temperature'"),
        ("/melody/norm/answer", [1.0], "no such control"),
        ("/melody/xyzzy", [], "/melody/* asks for all"),
        ("/other/temperature", [1.0], "begin with /melody/"),
        ("/melody/temperature", [1.0, 2.0], "one value, not 2"),
        ("/melody/temperature", [b"blob"], "a number or a name"),
        ("/melody/temperature", ["x" * 1000], "a number or a name"),
        ("/melody/" + "y" * 5000, [], "no such control"),
    ],
)
def test_what_nothing_answers_to_is_complained_of(address: str, arguments: list[object], said: str) -> None:
    """Unknown addresses and impossible arguments come back as a short sentence with a hint."""
    event = route(address, arguments, "/melody", 3.0)
    assert isinstance(event, Complaint)
    assert said in event.text
    assert len(event.text) < 300


@given(st.binary(max_size=200))
def test_no_datagram_raises_anything_but_value_error(data: bytes) -> None:
    """Whatever bytes come, they are messages or a ValueError."""
    with contextlib.suppress(ValueError):
        parse_packet(data)


@given(st.binary(max_size=100))
def test_no_truncated_bundle_raises_anything_but_value_error(data: bytes) -> None:
    """A bundle's head before any bytes is no different."""
    with contextlib.suppress(ValueError):
        parse_packet(b"#bundle\x00" + data)


def test_a_value_travels_from_a_surface_into_the_inbox(bridge: Bridge) -> None:
    """A real datagram becomes an event stamped on arrival."""
    bridge.surface.send("/melody/top_k", 7)
    assert bridge.got() == SetControl(100.0, "top_k", 7, "osc")


def test_rubbish_does_no_harm(bridge: Bridge) -> None:
    """Bytes that are no OSC are complained of; the next message is understood."""
    bridge.surface.raw(b"\xff" * 50)
    bridge.surface.raw(b"/melody/temperature\x00,f\x00\x00")
    bridge.surface.send("/melody/temperature", 1.0)
    events = [bridge.got(), bridge.got(), bridge.got()]
    assert [type(event) for event in events] == [Complaint, Complaint, SetControl]


def test_a_bundle_dated_in_the_future_is_taken_at_once(bridge: Bridge) -> None:
    """Time tags are not waited for: a surface's clock must not stop the bridge."""
    message = format_message("/melody/temperature", (1.25,))
    bridge.surface.raw(b"#bundle\x00" + b"\xff" * 8 + struct.pack(">i", len(message)) + message)
    assert bridge.got() == SetControl(100.0, "temperature", 1.25, "osc")


def test_a_flood_of_rubbish_is_summed_up(bridge: Bridge) -> None:
    """Ten complaints a second are passed on; the next second says how many were not."""
    for _ in range(50):
        bridge.surface.send("/melody/nothing")
    bridge.surface.send("/melody/panic")
    texts = []
    while isinstance(event := bridge.got(), Complaint):
        texts.append(event.text)
    assert len(texts) == 10
    bridge.clock.advance(1.0)
    bridge.surface.send("/melody/nothing")
    event = bridge.got()
    assert isinstance(event, Complaint)
    assert "(and 40 more refused before it)" in event.text


def test_ping_is_answered_to_the_sender(bridge: Bridge) -> None:
    """/melody/ping brings /melody/pong."""
    bridge.surface.send("/melody/ping")
    assert bridge.surface.receive() == ("/melody/pong", [])


def test_who_asks_for_a_value_is_told_it(bridge: Bridge) -> None:
    """An address without a value is answered to the sender, who need not subscribe."""
    bridge.surface.send("/melody/top_k")
    assert bridge.surface.receive() == ("/melody/top_k", [20])
    assert isinstance(bridge.got(), AskControl)


def test_a_subscriber_is_told_everything_until_its_time_is_over(bridge: Bridge) -> None:
    """All values at once, then every change; nothing after the time it asked for."""
    bridge.surface.send("/melody/subscribe", bridge.surface.port, 10)
    assert bridge.surface.until("/melody/temperature") == [pytest.approx(0.9)]
    assert bridge.surface.until("/melody/subscribed") == [bridge.surface.port, 10.0]
    bridge.feedback.on_answer_note(0.0, 64, 80, 0)
    assert bridge.surface.until("/melody/note") == [64, 80]
    bridge.clock.advance(11.0)
    bridge.feedback.on_log("not for you")
    bridge.surface.send("/melody/ping")
    assert bridge.surface.receive()[0] == "/melody/pong"


@pytest.mark.parametrize(
    "arguments", [(0,), (70000,), ("here",), (9001, -1.0), (9001, float("nan")), (9001, 5, 5)]
)
def test_a_malformed_subscription_is_refused(bridge: Bridge, arguments: tuple[object, ...]) -> None:
    """The sender is told what the address takes."""
    bridge.surface.send("/melody/subscribe", *arguments)
    address, (text,) = bridge.surface.receive()
    assert address == "/melody/error"
    assert "1 to 65535" in str(text)


def test_the_bridge_does_not_subscribe_itself(bridge: Bridge) -> None:
    """Its own port as a target would echo for ever."""
    bridge.surface.send("/melody/subscribe", bridge.server.port, 10)
    assert "listens on" in str(bridge.surface.receive()[1])
    with pytest.raises(UserError, match="choose another"):
        OscFeedback(bridge.sock, "/melody", Controls(), f"127.0.0.1:{bridge.server.port}")


def told(bridge: Bridge) -> OscFeedback:
    """Return a feedback whose configured target is the bridge's surface."""
    target = f"127.0.0.1:{bridge.surface.port}"
    return OscFeedback(bridge.sock, "/melody", Controls(), target, bridge.clock)


def test_applied_values_are_echoed_in_both_forms(bridge: Bridge) -> None:
    """Natural units at one address, 0..1 at the other; choices as their names."""
    feedback = told(bridge)
    feedback.on_control("temperature", 1.0, "cc")
    assert bridge.surface.receive() == ("/melody/temperature", [1.0])
    assert bridge.surface.receive() == ("/melody/norm/temperature", [0.5])
    feedback.on_control("turn", "ask", "osc")
    assert bridge.surface.receive() == ("/melody/turn", ["ask"])


def test_everything_else_is_told_as_it_comes(bridge: Bridge) -> None:
    """State, tempo, key, latency, phrase end, engine and errors each have their address."""
    feedback = told(bridge)
    feedback.on_state("idle")
    feedback.on_tempo(120.0, "clock", 1.0)
    feedback.on_key("G major", 0.5)
    feedback.on_latency(0.5, 300.0)
    feedback.on_phrase_end(0.25)
    feedback.on_engine("ready", True)
    feedback.on_error("top_k: refused")
    assert [bridge.surface.receive() for _ in range(7)] == [
        ("/melody/state", ["idle"]),
        ("/melody/tempo", [120.0, "clock", 1.0]),
        ("/melody/key", ["G major", 0.5]),
        ("/melody/latency", [0.5, 300.0]),
        ("/melody/phrase_end", [0.25]),
        ("/melody/engine", ["ready", 1]),
        ("/melody/error", ["top_k: refused"]),
    ]


def test_a_taken_port_is_named(bridge: Bridge) -> None:
    """Two bridges on one port: the second says which and how to choose another."""
    with pytest.raises(UserError, match=rf"OSC port {bridge.server.port} .*--osc-port"):
        open_socket("127.0.0.1", bridge.server.port)


def test_a_feedback_address_that_cannot_be_is_refused(bridge: Bridge) -> None:
    """It takes HOST:PORT."""
    with pytest.raises(UserError, match="HOST:PORT"):
        OscFeedback(bridge.sock, "/melody", Controls(), "127.0.0.1:many")


def test_a_host_that_is_not_this_machines_is_named_as_such() -> None:
    """No program has the port and no other port helps: it says what --osc-host takes."""
    with pytest.raises(UserError, match=r"'192\.0\.2\.4' is no address of this machine; --osc-host takes"):
        open_socket("192.0.2.4", 9000)


class FailingSocket:
    """A socket whose reading fails in every way before a last datagram arrives."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.faults: list[OSError] = [OSError(100, "Network is down"), ConnectionResetError(), OSError(5, "I/O")]

    def recvfrom(self, size: int) -> tuple[bytes, object]:
        if self.faults:
            raise self.faults.pop(0)
        return self._sock.recvfrom(size)

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)


def test_a_socket_that_fails_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever error reading ends in: it is said, and the next message is understood."""
    monkeypatch.setattr("bridge.ports.osc.AGAIN_AFTER_S", 0.0)
    running = Bridge(wrap=FailingSocket)
    running.surface.send("/melody/panic")
    events = [running.got(), running.got(), running.got()]
    assert [event.text for event in events if isinstance(event, Complaint)] == [
        "OSC: Network is down; listening on",
        "OSC: I/O; listening on",
    ]
    assert isinstance(events[2], Action)
    running.close()


def test_a_fault_of_ours_in_one_message_does_not_end_the_listening(bridge: Bridge) -> None:
    """What a message provokes is said; the next is understood."""
    failing = iter([ValueError("odd")])
    put = bridge.inbox.put

    def fail_once(event: OscEvent) -> None:
        for error in failing:
            raise error
        put(event)

    bridge.server._put = fail_once
    bridge.surface.send("/melody/tap")
    bridge.surface.send("/melody/panic")
    (complaint, action) = bridge.got(), bridge.got()
    assert isinstance(complaint, Complaint)
    assert "ValueError: odd; listening on" in complaint.text
    assert action == Action(100.0, "panic", "osc")


class Wire:
    """A socket that keeps what is sent, and to whom."""

    family = socket.AF_INET

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[str, int]]] = []

    def getsockname(self) -> tuple[str, int]:
        return ("0.0.0.0", 9000)

    def sendto(self, data: bytes, flags: int, address: tuple[str, int]) -> None:
        self.sent.append((parse_packet(data)[0][0], address))


STRANGER, SURFACE = ("203.0.113.9", 7000), ("192.168.1.5", 9001)


def open_to_all(target: str = "") -> tuple[OscFeedback, Wire, FakeClock]:
    wire, clock = Wire(), FakeClock(100.0)
    return OscFeedback(wire, "/melody", Controls(), target, clock), wire, clock  # type: ignore[arg-type]


def test_a_stranger_who_asks_for_everything_is_told_nothing_but_how_to_subscribe() -> None:
    """Its address may be forged: sixteen bytes must not make a flood for whoever has that address."""
    feedback, wire, _ = open_to_all()
    assert "/melody/subscribe" in (feedback.tell(STRANGER, "*") or "")
    assert wire.sent == []
    assert feedback.tell(("127.0.0.1", 7000), "*") is None
    assert len(wire.sent) > 60


def test_all_strangers_together_are_told_everything_once_a_second() -> None:
    """A subscription brings all values; the next one from elsewhere has to wait."""
    feedback, wire, clock = open_to_all()
    assert feedback.subscribe(SURFACE, 60.0) is None
    burst = len(wire.sent)
    assert burst > 60
    assert "in a second" in (feedback.subscribe(STRANGER, 60.0) or "")
    assert feedback.tell((SURFACE[0], 5555), "*") is not None
    clock.advance(1.0)
    assert feedback.tell((SURFACE[0], 5555), "*") is None
    assert len(wire.sent) == 2 * burst


def test_an_unverified_sender_gets_two_messages_for_one_value_and_no_more() -> None:
    """Its natural and its normalised value."""
    feedback, wire, _ = open_to_all()
    feedback.tell(STRANGER, "temperature")
    assert [address for address, _ in wire.sent] == ["/melody/temperature", "/melody/norm/temperature"]
