"""The page's address: what --web takes, who reaches it, and the link to it."""

from __future__ import annotations

import pytest

from bridge.web_address import PORT, WebAddress, parse_address
from engine.errors import UserError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9021", "127.0.0.1", 9021),
        ("9021", "127.0.0.1", 9021),
        ("0.0.0.0", "0.0.0.0", PORT),
        (" localhost:80 ", "localhost", 80),
        ("[::1]:9021", "::1", 9021),
        ("::", "::", PORT),
        ("[::]", "::", PORT),
        ("studio.local:1", "studio.local", 1),
    ],
)
def test_host_port_or_either_is_an_address(text: str, host: str, port: int) -> None:
    """What is left out is this machine, and the usual port."""
    assert parse_address(text) == WebAddress(host, port)


@pytest.mark.parametrize(
    "text",
    ["", " ", ":", "127.0.0.1:", ":9021", "host:0", "host:65536", "70000", "a b:1", "http://x:1", "x:٣", "h/:1"],
)
def test_anything_else_is_refused_with_what_it_takes(text: str) -> None:
    """In one sentence."""
    with pytest.raises(UserError, match=r"it takes HOST:PORT, as 127.0.0.1:9020"):
        parse_address(text)


@pytest.mark.parametrize(
    ("host", "here", "everywhere"),
    [
        ("127.0.0.1", True, False),
        ("127.3.2.1", True, False),
        ("::1", True, False),
        ("localhost", True, False),
        ("0.0.0.0", False, True),
        ("::", False, True),
        ("192.168.1.4", False, False),
        ("localhost.example.com", False, False),
    ],
)
def test_only_loopback_is_here(host: str, here: bool, everywhere: bool) -> None:
    """A name is elsewhere unless it is localhost."""
    assert (WebAddress(host).here, WebAddress(host).everywhere) == (here, everywhere)


def test_a_link_names_the_host_and_carries_the_token() -> None:
    """An IPv6 address stands in brackets."""
    assert WebAddress().link() == "http://127.0.0.1:9020/"
    assert WebAddress("0.0.0.0", 80).link("192.168.1.4", "a b") == "http://192.168.1.4:80/?token=a%20b"
    assert WebAddress("::1").link() == "http://[::1]:9020/"
