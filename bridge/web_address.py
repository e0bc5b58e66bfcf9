"""Where the page is served: an address and the link to it. Values only; no socket is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import UserError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

HERE = "127.0.0.1"
PORT = 9020


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Hold a host, as it is bound, and a TCP port."""

    host: str = HERE
    port: int = PORT

    @property
    def here(self) -> bool:
        """Say whether only programs of this machine reach it."""
        return self.host == "localhost" or bool(getattr(_ip_address(self.host), "is_loopback", False))

    @property
    def everywhere(self) -> bool:
        """Say whether it is every address of this machine."""
        return self.host in ("0.0.0.0", "::")

    def link(self, host: str = "", token: str = "") -> str:
        """Return what a browser takes. host: in place of its own; token: opens it from elsewhere."""
        from urllib.parse import quote

        name = host or self.host
        shown = f"[{name}]" if ":" in name else name
        return f"http://{shown}:{self.port}/" + (f"?token={quote(token)}" if token else "")


def parse_address(text: str) -> WebAddress:
    """Return what HOST:PORT, HOST or PORT says; an IPv6 host with a port stands in brackets.

    Raises UserError for anything else.
    """
    given = text.strip()
    host, colon, port = given.rpartition(":")
    if given.isascii() and given.isdigit():
        host, port = HERE, given
    elif not colon or _is_ipv6(given):
        host, port = given, str(PORT)
    name = host.removeprefix("[").removesuffix("]")
    whole = port.isascii() and port.isdigit() and 1 <= int(port) <= 65535
    if not name or not whole or any(char.isspace() or char in "/?#@[]" for char in name):
        raise UserError(
            f"web: {text!r} refused; it takes HOST:PORT, as {HERE}:{PORT} (this machine) or 0.0.0.0:{PORT} "
            "(every network)"
        )
    return WebAddress(name, int(port))


def _is_ipv6(text: str) -> bool:
    return getattr(_ip_address(text.removeprefix("[").removesuffix("]")), "version", 0) == 6


def _ip_address(text: str) -> IPv4Address | IPv6Address | None:
    import ipaddress  # with a page alone, so that ports need not wait for it

    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
