"""The page's port: one small site and its web sockets over HTTP. Knows browsers, nothing of music.

Everything is bounded and nobody is waited for: each guest is sent the newest there is, thirty times a second at
most; one that reads slowly is sent less often, one that reads nothing or answers no ping is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

from bridge.urgency import Helper
from bridge.web_address import WebAddress
from engine.errors import UserError

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

LIVE = "/live"
"""Where the web socket is."""
FRAME_S = 1 / 30
REST_S = 0.25
"""So often the news is taken in while nobody looks."""
GUESTS_MOST = 16
TRY_AGAIN_LATER = 1013
"""The web socket's own word for it (registered with IANA)."""
MESSAGE_BYTES = 4096
MESSAGES_A_SECOND = 100
"""A guest that sends more is read more slowly; its later messages wait in its own machine."""
PING_S = 15.0
SLOW_S = 10.0
"""A page that takes a frame no sooner is let go; one that lives comes back by itself."""
CLOSE_S = 1.0
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
REFUSED = (
    "This page needs the whole link that melody-bridge prints at its start, token included.\n"
    "Open it again from there, or scan the code.\n"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """Hold one file of the site."""

    kind: str
    body: bytes


class Guest(Protocol):
    """One open page."""

    def frame(self, now_s: float) -> str | None:
        """Return what is to be sent now, or None."""

    def hear(self, text: str) -> None:
        """Take in what the page says."""


class Hall(Protocol):
    """Where guests come and go; all of it is called on the server's own thread."""

    def pump(self) -> None:
        """Take in the news."""

    def enter(self) -> Guest:
        """Let a page in."""

    def leave(self, guest: Guest) -> None:
        """Let a page go."""


@dataclass(frozen=True, slots=True)
class Door:
    """Say who may come in. here: at a loopback address, where no token is asked for."""

    token: str
    here: bool

    def admits(self, target: str, host: str, origin: str | None) -> bool:
        """Say whether a request may see the page. target: path and query; host, origin: its headers.

        On loopback the host must be this machine by name: a page from elsewhere whose name leads here is none of
        ours. A web socket is opened by our own page alone.
        """
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return False
        if self.here:
            return WebAddress(_host_name(host)).here
        given = parse_qs(target.partition("?")[2]).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), self.token.encode())


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def bound_socket(address: WebAddress) -> socket.socket:
    """Return a listening TCP socket. Raises UserError when the address cannot be had."""
    try:
        family, _, _, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise UserError(
            f"web host '{address.host}': {error.strerror or error}; give --web an address of this machine, "
            "as 127.0.0.1 or 0.0.0.0 (every network)"
        ) from None
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        sock.listen()
    except OSError as error:
        sock.close()
        raise UserError(
            f"the page's port {address.port} on {address.host} cannot be opened ({error.strerror or error}); end "
            "the program that has it (another melody-bridge?) or choose another with --web HOST:PORT"
        ) from None
    return sock


class WebServer:
    """Serve the page on a thread of its own."""

    def __init__(
        self,
        sock: socket.socket,
        door: Door,
        assets: Mapping[str, Asset],
        hall: Hall,
        complain: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """assets: the site by path, "/" among them; complain: takes a line when serving fails."""
        self._sock, self._door, self._assets = sock, door, assets
        self._hall, self._complain, self._clock = hall, complain, clock
        self._guests = 0
        self._last_fault = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._closed = False
        self._thread = Helper(self._run, "web")

    @property
    def port(self) -> int:
        """Return the TCP port in use."""
        return int(self._sock.getsockname()[1])

    @property
    def guests(self) -> int:
        """Return how many pages are open."""
        return self._guests

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """Close every page and the port, within a second."""
        self._closed = True
        loop, ending = self._loop, self._ending
        if loop is not None and ending is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(ending.set)
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)
        self._sock.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._complain(f"the page is no longer served ({type(error).__name__}: {error}); the music goes on")

    async def _serve(self) -> None:
        from websockets.asyncio.server import serve

        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda loop, context: None)  # a browser that went away is no news
        if self._closed:
            return
        async with serve(
            self._attend,
            sock=self._sock,
            process_request=self._receive,
            compression=None,
            max_size=MESSAGE_BYTES,
            max_queue=4,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            open_timeout=5.0,
            close_timeout=0.5,
            server_header=None,
            logger=_silent(),
        ):
            while not self._ending.is_set():
                try:
                    self._hall.pump()
                except Exception as error:
                    self._failed(error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), FRAME_S if self._guests else REST_S)

    def _receive(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer an HTTP request; None lets a web socket open."""
        headers = request.headers
        hosts, origins = headers.get_all("Host"), headers.get_all("Origin")
        path = request.path.partition("?")[0]
        asset = self._assets.get(path)
        if asset is not None and path != "/":
            return _response(HTTPStatus.OK, asset)
        if len(hosts) != 1 or not self._door.admits(request.path, hosts[0], origins[0] if origins else None):
            return _response(HTTPStatus.FORBIDDEN, Asset("text/plain; charset=utf-8", REFUSED.encode()))
        if asset is not None:
            return _response(HTTPStatus.OK, asset)
        if path != LIVE:
            return _response(HTTPStatus.NOT_FOUND, Asset("text/plain; charset=utf-8", b"There is no such page.\n"))
        if self._guests >= GUESTS_MOST:
            text = f"{GUESTS_MOST} pages are open already; close one.\n"
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, Asset("text/plain; charset=utf-8", text.encode()))
        return None

    async def _attend(self, connection: ServerConnection) -> None:
        """Tell one page what happens, and take in what it says, until it goes."""
        from websockets.exceptions import ConnectionClosed

        if self._guests >= GUESTS_MOST:  # many came at once
            await connection.close(TRY_AGAIN_LATER)
            return
        guest = self._hall.enter()
        self._guests += 1
        listening = asyncio.ensure_future(self._listen(connection, guest))
        try:
            while not listening.done():
                frame = guest.frame(self._clock())
                if frame is not None:
                    async with asyncio.timeout(SLOW_S):
                        await connection.send(frame)
                await asyncio.sleep(FRAME_S)
        except ConnectionClosed:
            pass
        except TimeoutError:  # it reads nothing, pings neither
            connection.transport.abort()
        except Exception as error:
            self._failed(error)
        finally:
            self._guests -= 1
            self._hall.leave(guest)
            listening.cancel()

    async def _listen(self, connection: ServerConnection, guest: Guest) -> None:
        since_s, count = self._clock(), 0
        async for message in connection:
            if self._clock() - since_s >= 1.0:
                since_s, count = self._clock(), 0
            count += 1
            if count > MESSAGES_A_SECOND:
                await asyncio.sleep(max(0.0, since_s + 1.0 - self._clock()))
            if isinstance(message, str):
                try:
                    guest.hear(message)
                except Exception as error:
                    self._failed(error)

    def _failed(self, error: Exception) -> None:
        """Tell a fault of our own, once: a page that has met it comes back and meets it again."""
        text = f"fault in the page: {type(error).__name__}: {error}; the music goes on"
        if text != self._last_fault:
            self._last_fault = text
            self._complain(text)


def _response(status: HTTPStatus, asset: Asset) -> Response:
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    length = {"Content-Type": asset.kind, "Content-Length": str(len(asset.body)), "Connection": "close"}
    return Response(status.value, status.phrase, Headers({**HEADERS, **length}), asset.body)


def _silent() -> logging.Logger:
    """Return a logger that writes nothing: the terminal is a picture."""
    logger = logging.getLogger("melody-bridge.web")
    logger.propagate, logger.disabled = False, True
    return logger
