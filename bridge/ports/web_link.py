"""The link to the page from another device: the address that others see, the token, and the code to scan."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
import socket
from pathlib import Path

TOKEN_FILE = "page-token"
TOKEN_BYTES = 16
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
_FAR = ("192.0.2.1", 9)
"""An address kept for documentation (RFC 5737): the way to it is asked for, and nothing is sent."""


def kept_token(folder: Path) -> str:
    """Return the token of this player's page: the same at every start, so that a tablet's link goes on working.

    It is kept in a file that its owner alone can read; where none can be written, it holds for this session.
    """
    file = folder / TOKEN_FILE
    with contextlib.suppress(OSError, ValueError):
        found = file.read_text(encoding="ascii").strip()
        if _TOKEN.fullmatch(found):
            return found
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(token + "\n")
    return token


def outward_host() -> str:
    """Return the address of this machine that others on its network see; its name where that is not known."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(_FAR)
        return str(sock.getsockname()[0])
    return socket.gethostname() or "127.0.0.1"


def qr_code(link: str) -> str:
    """Return a link as a code for a camera, in half blocks for a dark terminal, a border about it."""
    import segno

    out = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue().rstrip("\n")
