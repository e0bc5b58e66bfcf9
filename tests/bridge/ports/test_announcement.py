"""Zeroconf: found by a browser on this machine while it is open, and no harm where it cannot be announced."""

from __future__ import annotations

import sys
import threading
import uuid
from typing import Any

import pytest

from bridge.ports.announcement import SERVICE, Announcement
from engine.errors import UserError

WITHIN_S = 20.0


def test_a_browser_finds_the_port_and_sees_it_go() -> None:
    """On loopback: the service of the proposal's type, with our port."""
    zeroconf = pytest.importorskip("zeroconf")
    name, complaints = f"melody-bridge-{uuid.uuid4().hex[:8]}", list[str]()
    came, gone = threading.Event(), threading.Event()
    ports: list[int] = []

    class Listener(zeroconf.ServiceListener):  # type: ignore[misc, name-defined]
        def add_service(self, zc: Any, kind: str, found: str) -> None:
            info = zc.get_service_info(kind, found)
            if found.startswith(name) and info is not None:
                ports.append(info.port)
                came.set()

        def remove_service(self, zc: Any, kind: str, found: str) -> None:
            if found.startswith(name):
                gone.set()

        def update_service(self, zc: Any, kind: str, found: str) -> None:
            pass

    looker = zeroconf.Zeroconf(interfaces=["127.0.0.1"])
    announcement = Announcement(name, "127.0.0.1", 9010, complaints.append)
    try:
        zeroconf.ServiceBrowser(looker, SERVICE, Listener())
        announcement.start()
        if not came.wait(WITHIN_S):
            pytest.skip(f"no multicast on this machine's loopback ({complaints})")
        announcement.close()
        assert ports[0] == 9010
        assert gone.wait(WITHIN_S)
    finally:
        announcement.close()
        looker.close()
    assert complaints == []


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else depends on it."""
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(UserError, match=r"pip install 'melody-bridge\[zeroconf\]'"):
        Announcement("melody-bridge", "127.0.0.1", 9010, print)


def test_what_cannot_be_announced_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is down ends nothing."""

    class Library:
        class InterfaceChoice:
            All = "all"

        @staticmethod
        def Zeroconf(interfaces: object) -> object:  # noqa: N802
            raise OSError("no network")

    monkeypatch.setitem(sys.modules, "zeroconf", Library)
    complaints: list[str] = []
    announcement = Announcement("melody-bridge", "127.0.0.1", 9010, complaints.append)
    announcement.start()
    announcement.close()
    assert complaints == ["OSCQuery is not announced: no network"]
