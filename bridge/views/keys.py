"""The keys that are pressed in the terminal, read without ever being stopped for it.

A shell stops a background job that reads its terminal (SIGTTIN) or changes its settings (SIGTTOU); music would
stop with it. So whoever touches the terminal here blocks both signals on its thread, and looks first whether the
terminal is ours: in the background the keys belong to the shell, and so do the settings. What the settings are is
looked at anew each time; a shell that has changed them meanwhile, as after Ctrl-Z and fg, is followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

LOOK_EVERY_S = 0.1
READ_MOST = 64
_PIECES = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|[^\x1b]|\x1b")
_BEGUN = re.compile(r"\x1b([\[O][0-9;]*)?$")
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left"}


class KeyDecoder:
    """Turn what a terminal sends into keys: a character each, or "up", "down", "left", "right"."""

    def __init__(self) -> None:
        self._begun = ""

    def feed(self, sent: bytes) -> list[str]:
        """Return the keys that are complete; the beginning of an arrow's sequence waits for its end."""
        text = self._begun + sent.decode("utf-8", "ignore")
        begun = _BEGUN.search(text)
        self._begun = begun.group() if begun and len(begun.group()) < 16 else ""
        pieces = _PIECES.findall(text[: len(text) - len(self._begun)])
        keys = [piece if len(piece) == 1 else _ARROWS.get(piece[-1], "") for piece in pieces]
        return [key for key in keys if key and key != "\x1b"]


def outlive_terminal() -> None:
    """Keep the calling thread's dealings with a terminal from stopping the process in the background."""
    if sys.platform != "win32":
        import signal

        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})


def in_foreground(terminal: int) -> bool:
    """Say whether this terminal is ours to use now; one that no shell shares always is."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # not the terminal that controls us: nobody stops us for using it
        return True


class Keyboard:
    """Read single keys from a terminal, with its settings changed only while it is ours.

    Must be used on one thread, after `outlive_terminal`; not on Windows.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._decoder = KeyDecoder()
        self._theirs: list[Any] | None = None
        self._ours: list[Any] | None = None
        self.closed = False

    def poll(self, timeout_s: float) -> list[str]:
        """Return the keys pressed, waiting so long for the first; none while we are in the background."""
        import select
        import termios

        if not in_foreground(self._terminal):
            self._theirs = self._ours = None
            time.sleep(timeout_s)
            return []
        try:
            self._take()
            if not select.select([self._terminal], [], [], timeout_s)[0]:
                return []
            sent = os.read(self._terminal, READ_MOST)
        except (OSError, termios.error):  # it has become a background job just now, or the terminal is gone
            time.sleep(timeout_s)
            return []
        self.closed = not sent
        return self._decoder.feed(sent)

    def _take(self) -> None:
        """Have keys come one by one and unechoed, whatever the settings have become meanwhile."""
        import termios
        import tty

        now = termios.tcgetattr(self._terminal)
        if now != self._ours:
            self._theirs = now
            tty.setcbreak(self._terminal, termios.TCSANOW)
            self._ours = termios.tcgetattr(self._terminal)

    def close(self) -> None:
        """Give the terminal its settings back, where it is ours."""
        import termios

        if self._theirs is not None and in_foreground(self._terminal):
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._theirs)
        self._theirs = self._ours = None


def pressed_keys(closing: threading.Event) -> Iterator[str]:
    """Yield the keys pressed in the terminal until `closing`; nothing where there is no terminal."""
    if not sys.stdin or not sys.stdin.isatty():
        return
    if sys.platform == "win32":
        import msvcrt

        while not closing.wait(LOOK_EVERY_S / 2):
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                yield _WINDOWS_ARROWS.get(msvcrt.getwch(), "") if key in "\x00\xe0" else key
        return
    outlive_terminal()
    keyboard = Keyboard(sys.stdin.fileno())
    try:
        while not (closing.is_set() or keyboard.closed):
            yield from keyboard.poll(LOOK_EVERY_S)
    finally:
        keyboard.close()
