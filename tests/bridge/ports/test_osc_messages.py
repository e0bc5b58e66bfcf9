"""What an OSC address asks for, and that no bytes do harm."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Action, AskControl, Complaint, NoteOff, NoteOn, SetControl
from bridge.ports.osc_messages import parse_packet, route


@pytest.mark.parametrize(
    ("address", "arguments", "event"),
    [
        ("/melody/temperature", [1.5], SetControl(3.0, "temperature", 1.5, "osc")),
        ("/melody/top_k", [7], SetControl(3.0, "top_k", 7, "osc")),
        ("/melody/norm/top_k", [0.5], SetControl(3.0, "top_k", 0.5, "osc", normalised=True)),
        ("/melody/turn", ["ask"], SetControl(3.0, "turn", "ask", "osc")),
        ("/melody/play", [64, 100], NoteOn(3.0, 64, 100, 0)),
        ("/melody/play", [64.0, 100.0, 3], NoteOn(3.0, 64, 100, 2)),
        ("/melody/play", [64, 0], NoteOff(3.0, 64, 0)),
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
