"""OSCQuery over HTTP: programs that look for OSC addresses find ours, with types, ranges, values and descriptions.

It answers GET and changes nothing. Everything is bounded: so many connections at a time, each let go when its
client is silent or slow, one answer made at a time: no number of clients takes the interpreter from the notes.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from bridge.ports.oscquery_tree import EXTENSIONS, NONE, READ, REQUIRED, Node, find_node
from bridge.urgency import Helper
from engine.errors import UserError

CONNECTIONS_MOST = 8
SILENT_S = 5.0
"""A client that sends or takes nothing for so long is let go."""
REQUESTS_MOST = 100
"""So many requests are answered on one connection."""
WAITING = 32
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class OscQueryServer:
    """Answer queries at an address, each from the tree as it then is."""

    def __init__(self, host: str, port: int, tree: Callable[[], Node], info: Node) -> None:
        """Raises UserError when the port cannot be had."""
        try:
            self._http = _Http(host, port, tree, info)
        except OSError as error:
            raise UserError(
                f"OSCQuery port {port} on {host} cannot be opened ({error.strerror or error}); "
                "end the program that has it, or choose another with --oscquery PORT"
            ) from None
        self._thread = Helper(self._http.serve_forever, "oscquery")

    @property
    def port(self) -> int:
        """Return the TCP port in use."""
        return int(self._http.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and close the port."""
        if self._thread.is_alive():
            self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    request_queue_size = WAITING

    def __init__(self, host: str, port: int, tree: Callable[[], Node], info: Node) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.address_family = family
        self.tree, self.info = tree, info
        self.answering = threading.Lock()
        self._free = threading.BoundedSemaphore(CONNECTIONS_MOST)
        super().__init__((str(address[0]), int(address[1])), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread, or say that all are taken."""
        if self._free.acquire(blocking=False):
            Helper(self.process_request_thread, "oscquery-client", (request, client_address)).start()
            return
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.send(BUSY)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection on its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away in mid answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    timeout = SILENT_S

    def setup(self) -> None:
        """Prepare one connection."""
        super().setup()
        self._answered = 0

    def do_GET(self) -> None:
        """Answer one query."""
        self._answered += 1
        if self._answered >= REQUESTS_MOST:
            self.close_connection = True
        with self.server.answering:
            status, body = answer(self.path, self.server.tree, self.server.info)
        self.send_response(status)
        if body or status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: the terminal is a picture."""


def answer(target: str, tree: Callable[[], Node], info: Node) -> tuple[HTTPStatus, bytes]:
    """Return status and body for what a GET asks for, path and query."""
    parts = urlsplit(target)
    attribute = parts.query
    if attribute == "HOST_INFO":
        return HTTPStatus.OK, _json(info)
    node = find_node(tree(), unquote(parts.path))
    if node is None:
        return HTTPStatus.NOT_FOUND, b""
    if not attribute:
        return HTTPStatus.OK, _json(node)
    if attribute not in EXTENSIONS and attribute not in REQUIRED:
        return HTTPStatus.BAD_REQUEST, b""
    unreadable = attribute == "VALUE" and not node.get("ACCESS", NONE) & READ
    if unreadable or not EXTENSIONS.get(attribute, True):
        return HTTPStatus.NO_CONTENT, b""
    return HTTPStatus.OK, _json({attribute: node[attribute]} if attribute in node else {})


def _json(node: Node) -> bytes:
    return json.dumps(node, ensure_ascii=False).encode()
