"""The socket and its thread: what travels, who is answered, and that no packet ends it. Real UDP on loopback."""

from __future__ import annotations

import socket

import pytest

from bridge.events import Action, AskControl, Complaint, SetControl, SetControls
from bridge.ports.osc import open_socket
from bridge.ports.osc_messages import OscEvent
from engine.errors import UserError
from tests.bridge.ports.surface import Bridge


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
    bridge.surface.bundle(("/melody/temperature", (1.25,)), dated=b"\xff" * 8)
    assert bridge.got() == SetControl(100.0, "temperature", 1.25, "osc")


def test_the_controls_of_a_bundle_come_as_one_and_before_what_it_asks_to_be_done(bridge: Bridge) -> None:
    """A bundle of an action and two controls: one event moves both, then the action follows."""
    bridge.surface.bundle(("/melody/answer", ()), ("/melody/temperature", (1.25,)), ("/melody/top_k", (7,)))
    moves = SetControl(100.0, "temperature", 1.25, "osc"), SetControl(100.0, "top_k", 7, "osc")
    assert bridge.got() == SetControls(100.0, moves)
    assert bridge.got() == Action(100.0, "answer", "osc")


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


def test_a_question_that_is_refused_makes_nobody_else_be_told(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger who asks for everything moves nothing towards those who are told what is asked for."""
    monkeypatch.setattr(bridge.feedback, "tell", lambda address, name: "not for you")
    bridge.surface.send("/melody/*")
    assert bridge.surface.receive() == ("/melody/error", ["not for you"])
    bridge.surface.send("/melody/top_k", 7)
    assert isinstance(bridge.got(), SetControl)


def test_a_subscriber_is_told_everything_until_its_time_is_over(bridge: Bridge) -> None:
    """All values at once, then every change; nothing after the time it asked for."""
    bridge.surface.send("/melody/subscribe", bridge.surface.port, 10)
    assert bridge.surface.until("/melody/temperature") == [pytest.approx(1.0)]
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


def test_a_taken_port_is_named(bridge: Bridge) -> None:
    """Two bridges on one port: the second says which and how to choose another."""
    with pytest.raises(UserError, match=rf"OSC port {bridge.server.port} .*--osc-port"):
        open_socket("127.0.0.1", bridge.server.port)


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
