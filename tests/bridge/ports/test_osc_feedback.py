"""What surfaces are told, and who is told how much."""

from __future__ import annotations

import socket

import pytest

from bridge.controls import Controls
from bridge.ports.osc_feedback import OscFeedback
from bridge.ports.osc_messages import parse_packet
from engine.errors import UserError
from tests.bridge.ports.surface import Bridge
from tests.fakes import FakeClock


def told(bridge: Bridge) -> OscFeedback:
    """Return a feedback whose configured target is the bridge's surface."""
    target = f"127.0.0.1:{bridge.surface.port}"
    return OscFeedback(bridge.sock, "/melody", Controls(), target, bridge.clock)


def test_applied_values_are_echoed_in_each_form(bridge: Bridge) -> None:
    """Natural units, 0..1, and by number for hosts without names; choices as their names."""
    feedback = told(bridge)
    feedback.on_control("temperature", 1.0, "cc")
    assert bridge.surface.receive() == ("/melody/temperature", [1.0])
    assert bridge.surface.receive() == ("/melody/norm/temperature", [0.5])
    assert bridge.surface.receive() == ("/melody/param/1/norm", [0.5])
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
    feedback.on_checkpoint("essen-pitch")
    feedback.on_error("top_k: refused")
    assert [bridge.surface.receive() for _ in range(8)] == [
        ("/melody/state", ["idle"]),
        ("/melody/tempo", [120.0, "clock", 1.0]),
        ("/melody/tonality", ["G major", 0.5]),
        ("/melody/latency", [0.5, 300.0]),
        ("/melody/phrase_end", [0.25]),
        ("/melody/engine", ["ready", 1]),
        ("/melody/checkpoint", ["essen-pitch"]),
        ("/melody/error", ["top_k: refused"]),
    ]


def test_a_feedback_address_that_cannot_be_is_refused(bridge: Bridge) -> None:
    """It takes HOST:PORT."""
    with pytest.raises(UserError, match="HOST:PORT"):
        OscFeedback(bridge.sock, "/melody", Controls(), "127.0.0.1:many")


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


def test_the_bridge_does_not_subscribe_itself(bridge: Bridge) -> None:
    """Its own port as a target would echo for ever."""
    bridge.surface.send("/melody/subscribe", bridge.server.port, 10)
    assert "listens on" in str(bridge.surface.receive()[1])
    with pytest.raises(UserError, match="choose another"):
        OscFeedback(bridge.sock, "/melody", Controls(), f"127.0.0.1:{bridge.server.port}")
