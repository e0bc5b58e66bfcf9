"""The page's port over real HTTP and web sockets on loopback: who comes in, and that nobody holds anything up."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from bridge.ports.web import (
    GUESTS_MOST,
    LIVE,
    MESSAGES_A_SECOND,
    TRY_AGAIN_LATER,
    Asset,
    Door,
    WebServer,
    bound_socket,
)
from bridge.web_address import WebAddress
from engine.errors import UserError

WITHIN_S = 30.0
SITE = {"/": Asset("text/html; charset=utf-8", b"<p>page"), "/page.js": Asset("text/javascript", b"1")}
TOKEN = "a-token-of-22-letters-"


class Echo:
    """A guest that is told what it says, and a big frame on demand."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.waiting: list[str] = ["hello"]
        self.flood = ""
        self.broken = False

    def frame(self, now_s: float) -> str | None:
        if self.broken:
            raise ValueError("no frame")
        return self.waiting.pop(0) if self.waiting else self.flood or None

    def hear(self, text: str) -> None:
        if text == "fail":
            raise KeyError("what")
        self.heard.append(text)
        self.waiting.append(text)


class Echoes:
    """A hall that keeps its guests."""

    def __init__(self) -> None:
        self.guests: list[Echo] = []
        self.complaints: list[str] = []
        self.left = self.pumps = 0
        self.broken = False

    def pump(self) -> None:
        self.pumps += 1
        if self.broken:
            raise OSError("no shelf")

    def enter(self) -> Echo:
        self.guests.append(Echo())
        return self.guests[-1]

    def leave(self, guest: object) -> None:
        self.left += 1


@contextlib.contextmanager
def served(token: str = "") -> Iterator[tuple[WebServer, Echoes]]:
    """Serve on loopback; with a token as if it were the network."""
    hall = Echoes()
    sock, door = bound_socket(WebAddress("127.0.0.1", 0)), Door(token, here=not token)
    server = WebServer(sock, door, SITE, hall, hall.complaints.append)
    server.start()
    try:
        yield server, hall
    finally:
        server.close()


def get(server: WebServer, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a GET; headers replace the usual ones."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WITHIN_S)
    connection.putrequest("GET", target, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, dict(response.getheaders()), body


def guest(server: WebServer, query: str = "", origin: str | None = None) -> ClientConnection:
    """Open a page's socket."""
    url = f"ws://127.0.0.1:{server.port}{LIVE}{query}"
    return connect(url, origin=None if origin is None else Origin(origin), proxy=None)


def until(what: Callable[[], object], said: str) -> None:
    """Wait until it is so."""
    ends_s = time.monotonic() + WITHIN_S
    while not what():
        assert time.monotonic() < ends_s, said
        time.sleep(0.01)


def test_the_site_is_served_with_a_policy_that_lets_nothing_else_in() -> None:
    """Scripts, styles and sockets of its own alone; in no frame, from no cache, and it tells nobody where from."""
    with served() as (server, _):
        status, headers, body = get(server, "/")
        assert (status, body) == (200, b"<p>page")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert get(server, "/page.js?v=1")[2] == b"1"


@pytest.mark.parametrize(
    "target",
    [
        "/nothing",
        "/../page.js",
        "/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/static/",
        "/page.js/..",
        "/live/x",
        "//[",
        "/[",
    ],
)
def test_a_path_is_looked_up_and_never_opened(target: str) -> None:
    """What is no file of the site is not there."""
    with served() as (server, _):
        assert get(server, target)[0] == 404


def test_a_page_says_and_hears() -> None:
    """Both ways over one socket."""
    with served() as (server, hall):
        with guest(server) as connection:
            assert connection.recv(WITHIN_S) == "hello"
            connection.send("x")
            assert connection.recv(WITHIN_S) == "x"
            connection.send(b"\0binary is nothing")
            connection.send("y")
            assert connection.recv(WITHIN_S) == "y"
            assert server.guests == 1
        until(lambda: server.guests == 0, "the guest is still there")
        assert hall.left == 1


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=wrong", f"?token={TOKEN}x", f"?Token={TOKEN}", "?token=é"]
)
def test_without_the_token_nobody_comes_in(query: str) -> None:
    """Neither to the page nor to the socket; it says what is missing."""
    with served(TOKEN) as (server, hall):
        if query.isascii():
            status, _, body = get(server, f"/{query}")
            assert status == 403
            assert b"whole link" in body
        with pytest.raises(InvalidStatus) as refused:
            guest(server, query.replace("é", "%C3%A9"))
        assert refused.value.response.status_code == 403
        assert hall.guests == []


def test_with_the_token_one_comes_in_under_any_name_of_the_machine() -> None:
    """From the network the host may be called anything."""
    with served(TOKEN) as (server, _):
        assert get(server, f"/?token={TOKEN}", Host="studio.local:9020")[0] == 200
        with guest(server, f"?token={TOKEN}") as connection:
            assert connection.recv(WITHIN_S) == "hello"


@pytest.mark.parametrize("host", ["127.0.0.2:9020", "127.0.0.1", "[::1]:9020", "localhost:9020"])
def test_any_loopback_address_that_the_page_is_bound_to_is_this_machine(host: str) -> None:
    """The link that is printed names it; a number leads nowhere else, whatever a name server says."""
    assert Door("", here=True).admits("/", host, None)


def test_on_loopback_a_page_from_elsewhere_cannot_steer() -> None:
    """Whatever site a browser on this machine shows: another origin is refused, and a name that was led here."""
    with served() as (server, hall):
        assert get(server, "/", Host="evil.example")[0] == 403
        assert get(server, "/", Host="localhost.evil.example:80")[0] == 403
        assert get(server, "/", Host=f"localhost:{server.port}")[0] == 200
        assert get(server, "/", Host="[::1]:80")[0] == 200
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "https://", "http://["):
            with pytest.raises(InvalidStatus):
                guest(server, origin=origin)
        assert hall.guests == []
        with guest(server, origin=f"http://127.0.0.1:{server.port}") as connection:
            assert connection.recv(WITHIN_S) == "hello"


def test_with_the_token_another_site_cannot_steer_either() -> None:
    """A link that leaked into another page's script opens no socket from there."""
    with served(TOKEN) as (server, _), pytest.raises(InvalidStatus):
        guest(server, f"?token={TOKEN}", origin="http://evil.example")


def test_a_port_that_is_taken_is_named_with_the_next_step() -> None:
    """What, where, why, what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} on 127.0.0.1 cannot be opened .*--web HOST:PORT"):
            bound_socket(WebAddress("127.0.0.1", port))
    with pytest.raises(UserError, match=r"web host 'no such host\.invalid'"):
        bound_socket(WebAddress("no such host.invalid", 1))
    with pytest.raises(UserError, match="cannot be opened"):
        bound_socket(WebAddress("192.0.2.1", 9020))


def test_so_many_pages_and_no_more_and_a_place_is_free_again() -> None:
    """The one too many is told so."""
    with served() as (server, _), contextlib.ExitStack() as pages:
        opened = [pages.enter_context(guest(server)) for _ in range(GUESTS_MOST)]
        until(lambda: server.guests == GUESTS_MOST, "not all are in")
        with pytest.raises(InvalidStatus) as refused:
            guest(server)
        assert refused.value.response.status_code == 503
        opened[0].close()
        until(lambda: server.guests < GUESTS_MOST, "nobody has left")
        pages.enter_context(guest(server))


class Crowded:
    """A connection that came through the door together with others."""

    def __init__(self) -> None:
        self.codes: list[int] = []

    async def close(self, code: int) -> None:
        self.codes.append(code)


def test_who_comes_in_with_too_many_others_is_asked_to_come_later() -> None:
    """The door looks before a web socket is open, and others may open meanwhile."""
    hall, late = Echoes(), Crowded()
    server = WebServer(bound_socket(WebAddress("127.0.0.1", 0)), Door("", here=True), SITE, hall)
    server._guests = GUESTS_MOST
    asyncio.run(server._attend(late))  # type: ignore[arg-type]
    server.close()
    assert (late.codes, hall.guests) == ([TRY_AGAIN_LATER], [])


def test_a_guest_that_vanished_is_let_go_and_the_others_hear_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """No goodbye, nothing read, pings unanswered: its place is free, and nothing was waited for."""
    monkeypatch.setattr("bridge.ports.web.SLOW_S", 0.2)
    with served() as (server, hall):
        gone = socket.create_connection(("127.0.0.1", server.port))
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        gone.sendall(
            f"GET {LIVE} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        until(lambda: hall.guests, "it did not come in")
        hall.guests[0].flood = "x" * 500_000
        with guest(server) as connection:
            assert connection.recv(WITHIN_S) == "hello"
            until(lambda: hall.left == 1, "it is still there")
            connection.send("still here")
            assert connection.recv(WITHIN_S) == "still here"
        gone.close()


def test_a_flood_is_read_slowly_and_the_others_hear_on() -> None:
    """Five thousand requests at once: a hundred a second are taken, and the server goes on."""
    with served() as (server, hall), guest(server) as loud, guest(server) as quiet:
        assert quiet.recv(WITHIN_S) == "hello"
        until(lambda: len(hall.guests) == 2, "not both are in")

        def flood() -> None:
            with contextlib.suppress(ConnectionClosed):
                for number in range(5000):
                    loud.send(json.dumps({"move": "bpm", "to": number / 5000}))

        thread, began_s = threading.Thread(target=flood, daemon=True), time.monotonic()
        thread.start()
        quiet.send("hear me")
        assert quiet.recv(WITHIN_S) == "hear me"
        time.sleep(1.2)
        heard, seconds = max(len(each.heard) for each in hall.guests), time.monotonic() - began_s
        assert heard <= MESSAGES_A_SECOND * (seconds + 2)
        loud.socket.shutdown(socket.SHUT_RDWR)
        thread.join(WITHIN_S)


def test_a_message_that_is_too_long_ends_that_page_alone() -> None:
    """Requests are short."""
    with served() as (server, _), guest(server) as other:
        assert other.recv(WITHIN_S) == "hello"
        with guest(server) as connection:
            assert connection.recv(WITHIN_S) == "hello"
            connection.send("x" * 100_000)
            with pytest.raises(ConnectionClosed):
                connection.recv(WITHIN_S)
        other.send("x")
        assert other.recv(WITHIN_S) == "x"


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\0\xff\n\n\n",
        b"GET / HTTP/9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"x" * 100_000,
    ],
)
def test_rubbish_on_the_wire_is_dropped_in_silence(
    rubbish: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written over the live view, and the next browser is served."""
    with served() as (server, _):
        with socket.create_connection(("127.0.0.1", server.port)) as wire, contextlib.suppress(OSError):
            wire.settimeout(WITHIN_S)
            wire.sendall(rubbish)
            wire.shutdown(socket.SHUT_WR)
            while wire.recv(65536):
                pass
        assert get(server, "/")[0] == 200
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_fault_of_our_own_is_told_once_and_harms_nobody_else(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a frame, in what is heard, in the news: told in a line, not over the live view; other pages go on."""
    with served() as (server, hall), guest(server) as other:
        assert other.recv(WITHIN_S) == "hello"
        for _ in range(2):
            with guest(server) as connection:
                assert connection.recv(WITHIN_S) == "hello"
                hall.guests[-1].broken = True
                with pytest.raises(ConnectionClosed):
                    connection.recv(WITHIN_S)
        other.send("fail")
        other.send("x")
        assert other.recv(WITHIN_S) == "x"
        pumps, hall.broken = hall.pumps, True
        until(lambda: hall.pumps > pumps + 3, "it no longer looks")
        kinds = [text.split(": ")[1] for text in hall.complaints]
    assert kinds == ["ValueError", "KeyError", "OSError"]
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_what_the_library_meets_is_not_written_over_the_view(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It would log a fault at the door with a traceback; the browser is told, nobody else."""
    monkeypatch.setattr(Door, "admits", None)
    with served() as (server, _):
        assert get(server, "/")[0] == 500
    assert caplog.records == []


def test_it_ends_at_once_while_pages_are_open() -> None:
    """And its port is free for the next start."""
    with served() as (server, _), guest(server) as connection:
        assert connection.recv(WITHIN_S) == "hello"
        port = server.port
        server.close()
        assert not server._thread.is_alive()
        bound_socket(WebAddress("127.0.0.1", port)).close()


def test_it_can_be_closed_before_it_was_started() -> None:
    """As when something else cannot be opened."""
    server = WebServer(bound_socket(WebAddress("127.0.0.1", 0)), Door("", here=True), SITE, Echoes())
    server.close()
