"""OSCQuery over real HTTP on loopback: what is answered, and that no client can take more than its share."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from bridge.controls import Controls
from bridge.ports.oscquery import CONNECTIONS_MOST, OscQueryServer, answer
from bridge.ports.oscquery_tree import Node, host_info, query_tree
from engine.errors import UserError

WITHIN_S = 60.0
INFO = host_info("melody-bridge", "127.0.0.1", 9000)


def tree() -> Node:
    return query_tree("/melody", Controls(), {"state": ("idle",)})


@pytest.fixture
def server() -> Iterator[OscQueryServer]:
    server = OscQueryServer("127.0.0.1", 0, tree, INFO)
    server.start()
    yield server
    server.close()


def get(server: OscQueryServer, target: str) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WITHIN_S)
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body) if body else None


@pytest.mark.parametrize(
    ("target", "status", "body"),
    [
        ("/", HTTPStatus.OK, tree()),
        ("/melody/temperature?VALUE", HTTPStatus.OK, {"VALUE": [1.0]}),
        ("/melody/temperature?RANGE", HTTPStatus.OK, {"RANGE": [{"MIN": 0.0, "MAX": 2.0}]}),
        ("/melody/temperature?TYPE#there", HTTPStatus.OK, {"TYPE": "f"}),
        ("/melody/norm?TYPE", HTTPStatus.OK, {}),
        ("/melody/state?VALUE", HTTPStatus.OK, {"VALUE": ["idle"]}),
        ("/melody/tempo?VALUE", HTTPStatus.OK, {}),
        ("/melody/bpm?UNIT", HTTPStatus.OK, {"UNIT": ["time.bpm"]}),
        ("/melody/answer?VALUE", HTTPStatus.NO_CONTENT, None),
        ("/melody?VALUE", HTTPStatus.NO_CONTENT, None),
        ("/melody/answer?CLIPMODE", HTTPStatus.NO_CONTENT, None),
        ("/melody/answer?GABBA", HTTPStatus.BAD_REQUEST, None),
        ("/melody/answer?VALUE=1", HTTPStatus.BAD_REQUEST, None),
        ("/nothing", HTTPStatus.NOT_FOUND, None),
        ("/../etc/passwd", HTTPStatus.NOT_FOUND, None),
        ("/anywhere?HOST_INFO", HTTPStatus.OK, INFO),
    ],
)
def test_a_query_is_answered_as_the_proposal_says(target: str, status: HTTPStatus, body: object) -> None:
    """A node, one attribute, the host; and the errors that it names."""
    found, said = answer(target.partition("#")[0], tree, INFO)
    assert (found, json.loads(said) if said else None) == (status, json.loads(json.dumps(body)))


def test_it_speaks_http_and_keeps_the_connection(server: OscQueryServer) -> None:
    """Several queries on one connection, JSON each."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WITHIN_S)
    for _ in range(3):
        connection.request("GET", "/melody/top_k?VALUE")
        response = connection.getresponse()
        assert response.getheader("Content-Type") == "application/json"
        assert json.loads(response.read()) == {"VALUE": [20]}
    connection.close()
    assert get(server, "/nothing") == (404, None)
    assert get(server, "/melody/answer?VALUE") == (204, None)


def test_a_hundred_connections_are_answered_or_told_that_it_is_busy(server: OscQueryServer) -> None:
    """As many as have a thread wait for their query; the others hear 503 at once, and later it is as before."""
    with contextlib.ExitStack() as open_ones:
        sockets = [
            open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(100)
        ]
        for sock in sockets:
            sock.settimeout(WITHIN_S)
        busy = []
        for sock in sockets[CONNECTIONS_MOST:]:
            with contextlib.suppress(ConnectionError):
                busy.append(sock.recv(1024))
        assert all(said.startswith(b"HTTP/1.1 503") for said in busy if said)
        assert len([said for said in busy if said]) > 50
        for sock in sockets[:CONNECTIONS_MOST]:
            sock.sendall(b"GET /melody/top_k?VALUE HTTP/1.0\r\n\r\n")
            said = b""
            while more := sock.recv(65536):
                said += more
            assert said.endswith(b'{"VALUE": [20]}')
    assert get_when_free(server) == (200, {"VALUE": [20]})


def get_when_free(server: OscQueryServer) -> tuple[int, object]:
    while True:
        found = get(server, "/melody/top_k?VALUE")
        if found[0] != 503:
            return found


def test_a_client_that_asks_and_never_reads_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a full tree on its way: their threads end, and the next query is answered."""
    monkeypatch.setattr("bridge.ports.oscquery._Handler.timeout", 0.2)
    big = query_tree("/melody", Controls(), {}) | {"DESCRIPTION": "x" * 6_000_000}
    server = OscQueryServer("127.0.0.1", 0, lambda: big, INFO)
    server.start()
    slow = []
    for _ in range(CONNECTIONS_MOST):
        sock = socket.create_connection(("127.0.0.1", server.port))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.append(sock)
    assert get_when_free(server) == (200, {"VALUE": [20]})
    for sock in slow:
        sock.close()
    server.close()


def test_a_taken_port_is_named(server: OscQueryServer) -> None:
    """It says which, and how to choose another."""
    with pytest.raises(UserError, match=rf"OSCQuery port {server.port} on 127.0.0.1 .*--oscquery PORT"):
        OscQueryServer("127.0.0.1", server.port, tree, INFO)
