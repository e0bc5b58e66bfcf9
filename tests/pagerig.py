"""The page in earnest: a session that plays in real time, served on loopback, looked at by headless Chromium."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bridge.config import Config
from bridge.controls import Controls
from bridge.events import ControlChange, EngineReply, Event, NoteOff, NoteOn
from bridge.observers import Announcer
from bridge.ports.osc import OscServer, open_socket
from bridge.ports.osc_feedback import OscFeedback
from bridge.ports.osc_messages import format_message
from bridge.ports.web import Door, WebServer, bound_socket
from bridge.presets.desk import Desk
from bridge.presets.shelf import Shelf
from bridge.session import Session
from bridge.views.page.hall import PageHall
from bridge.views.page.rows import read_site
from bridge.web_address import WebAddress
from tests.stage import READY, ScriptedEngine

WITHIN_S = 30.0
STEP_S = 0.005
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""A browser that asks nobody for anything but the page."""


class PageRig:
    """A session with a scripted engine, real clock, desk of presets, OSC and the page."""

    def __init__(self, folder: Path, token: str = "", port: int = 0) -> None:
        self.controls, self.engine = Controls(), ScriptedEngine(length=8)
        self.controls.update({"turn": "fixed", "wait": 0.4, "tempo_from": "fixed", "key_lock": 0})
        self.inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.sent: list[tuple[int, ...]] = []
        self.shelf = Shelf(folder / "presets")
        self.desk = Desk(self.shelf, self.inbox.put, learned=folder / "controllers.yaml")
        self.hall = PageHall(self.controls, self.inbox.put, self.shelf.presets)
        self._osc_socket = open_socket("127.0.0.1", 0)
        feedback = OscFeedback(self._osc_socket, "/melody", self.controls, "")
        self.osc = OscServer(self._osc_socket, "/melody", self.inbox.put, feedback)
        self.announce = Announcer([self.hall.observer, feedback])
        self.session = Session(Config(seed=1), self.controls, self._send, self.engine, self.announce, self.desk)
        self._door = Door(token, here=not token)
        self.server = self._serve(port)
        self.query = f"?token={token}" if token else ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _serve(self, port: int) -> WebServer:
        server = WebServer(bound_socket(WebAddress("127.0.0.1", port)), self._door, read_site(), self.hall)
        server.start()
        return server

    def _send(self, message: Sequence[int], due_s: float) -> None:
        self.sent.append(tuple(message))

    @property
    def link(self) -> str:
        """Return what the browser takes."""
        return f"http://127.0.0.1:{self.server.port}/{self.query}"

    def start(self) -> None:
        """Begin to play."""
        for each in (self.desk, self.osc):
            each.start()
        self._thread.start()

    def close(self) -> None:
        """End all of it."""
        self._stopping.set()
        self._thread.join(5.0)
        self.server.close()
        self.osc.close()
        self.desk.close()

    def go_away(self, seconds: float) -> None:
        """Let the page's server be gone for so long, and come back at the same port."""
        port = self.server.port
        self.server.close()
        time.sleep(seconds)
        self.server = self._serve(port)

    def play(self, *pitches: int, each_s: float = 0.2) -> None:
        """Play notes, one after the other."""
        for pitch in pitches:
            self.inbox.put(NoteOn(time.monotonic(), pitch, 90))
            time.sleep(each_s * 0.8)
            self.inbox.put(NoteOff(time.monotonic(), pitch))
            time.sleep(each_s * 0.2)

    def turn(self, number: int, value: int) -> None:
        """Move a MIDI controller."""
        self.inbox.put(ControlChange(time.monotonic(), number, value))

    def send_osc(self, address: str, value: float | int | str) -> None:
        """Move a control from elsewhere."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
            mouth.sendto(format_message(address, [value]), ("127.0.0.1", self.osc.port))

    def _run(self) -> None:
        self.session.handle(EngineReply(time.monotonic(), READY))
        self.session.start(time.monotonic())
        while not self._stopping.is_set():
            while self.engine.outbox:
                self.session.handle(EngineReply(time.monotonic(), self.engine.outbox.popleft()))
            with contextlib.suppress(queue.Empty):
                while True:
                    self.session.handle(self.inbox.get_nowait())
            self.session.tick(time.monotonic())
            time.sleep(STEP_S)


def until(so: Callable[[], Any], what: str) -> Any:
    """Wait until something is so, and return it."""
    ends_s = time.monotonic() + WITHIN_S
    while not (found := so()):
        assert time.monotonic() < ends_s, f"not within {WITHIN_S:.0f} s: {what}"
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Open a headless Chromium by playwright; skip the test with a sentence where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed; so no browser tests"
    )
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium); the page was looked at by no browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=found, args=list(FLAGS), env={**os.environ, "LANG": "C.UTF-8"}
        )
        try:
            yield browser
        finally:
            browser.close()
