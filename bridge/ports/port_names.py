"""Which port a name means, and which ports are our own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.errors import UserError


def find_port(wanted: str, ports: Sequence[str]) -> str:
    """Return the one port that is meant: exactly, else by prefix, else by substring.

    The numbers that systems append ("client:port 128:0", "GPT In 1") and a client's name need not be given.
    Raises UserError with the list of candidates when several fit, or of all ports when none does.
    """
    for fits in (str.__eq__, str.startswith, str.__contains__):
        hits = [port for port in ports if any(fits(name, wanted.casefold()) for name in _names(port))]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise UserError(f"port '{wanted}': several fit: {quoted(hits)}; give more of the name")
    there = f"there are {quoted(ports)}" if ports else "there are no ports at all"
    raise UserError(f"port '{wanted}': no such port; {there}; make one of that name (README, routing)")


def name_fits(wanted: str, ports: Iterable[str]) -> bool:
    """Say whether a name means any of these ports."""
    return any(wanted.casefold() in name for port in ports for name in _names(port))


def _names(port: str) -> set[str]:
    """Return the ways in which people name this port, casefolded."""
    whole = port.casefold()
    bare, _, number = whole.rpartition(" ")
    names = {whole, bare} if bare and number.replace(":", "").isdigit() else {whole}
    return names | {name.partition(":")[2] for name in names if ":" in name}


def quoted(ports: Iterable[str]) -> str:
    return ", ".join(f"'{port}'" for port in ports)


def is_ours(listed: str, client: str, name: str) -> bool:
    """Say whether a listed port is the one called `name` of a client that called itself `client`.

    Systems list "client:name", ALSA with " 128:0" behind it; JACK appends -01 to a client's name that is taken.
    CoreMIDI names no clients.
    """
    bare = re.sub(r" \d+:\d+$", "", listed)
    return bare == name or re.fullmatch(rf"{re.escape(client)}(-\d+)?:{re.escape(name)}", bare) is not None
