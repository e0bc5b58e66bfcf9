"""Telling programs nearby where OSCQuery is, by zeroconf (extra `zeroconf`): in the background, and bounded."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import Any

from bridge.urgency import Helper
from engine.errors import UserError

SERVICE = "_oscjson._tcp.local."
"""The type of service that the OSCQuery proposal names."""
ENDING_S = 1.5


class Announcement:
    """Announce an address and port until it is closed. To look for a free name takes a second; nobody waits."""

    def __init__(self, name: str, host: str, port: int, complain: Callable[[str], None]) -> None:
        """complain: takes a line when it cannot be done. Raises UserError without the extra."""
        try:
            import zeroconf
        except ImportError:
            raise UserError(
                "OSCQuery is not announced without zeroconf; pip install 'melody-bridge[zeroconf]' brings it"
            ) from None
        self._library: Any = zeroconf
        self._name, self._host, self._port, self._complain = name, host, port, complain
        self._closing = threading.Event()
        self._thread = Helper(self._announce, "zeroconf")

    def start(self) -> None:
        """Begin to announce."""
        self._thread.start()

    def close(self) -> None:
        """Take the announcement back, in bounded time."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(ENDING_S)

    def _announce(self) -> None:
        try:
            addresses = _addresses(self._host)
            here_only = all(ipaddress.ip_address(each).is_loopback for each in addresses)
            interfaces = addresses if here_only else self._library.InterfaceChoice.All
            server = self._library.Zeroconf(interfaces=interfaces)
        except Exception as error:  # the library raises what its sockets do, and more
            self._complain(f"OSCQuery is not announced: {error}")
            return
        try:
            info = self._library.ServiceInfo(
                SERVICE, f"{self._name}.{SERVICE}", port=self._port, parsed_addresses=addresses
            )
            server.register_service(info, allow_name_change=True)
            self._closing.wait()
            server.unregister_service(info)
        except Exception as error:
            self._complain(f"OSCQuery is not announced: {type(error).__name__} {error}".rstrip())
        finally:
            server.close()


def _addresses(host: str) -> list[str]:
    """Return the addresses at which others reach a server on this host; of "0.0.0.0" this machine's own."""
    asked = socket.gethostname() if host in ("0.0.0.0", "::") else host
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(asked, None, type=socket.SOCK_STREAM)}
    return sorted(found)
