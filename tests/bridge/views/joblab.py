"""A shell in a pseudoterminal with a job of its own group, for what only real job control shows.

Run as a module it is the shell that plays a scene (`scene MODULE FUNCTION`), or its job (`job ORDERS ANSWERS`, two
pipes): that reads keys from the terminal on its standard input, one look an order, and answers with what it saw.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from typing import Any

from tests.paths import ROOT

PATIENCE_S = 20.0


class Job:
    """A reader of keys in a process group of its own, that does what it is told."""

    def __init__(self, terminal: int) -> None:
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        command = [sys.executable, "-m", "tests.bridge.views.joblab", "job", str(orders), str(answers)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=terminal, stdout=terminal, pass_fds=(orders, answers), process_group=0
        )
        os.close(orders)
        os.close(answers)
        self.group = self._process.pid

    def asked(self, order: str) -> list[str] | str:
        """Give an order; return its answer, or "stopped" when the job is stopped instead.

        Orders: "look" and "wait" for keys, "close" the keyboard; "show" and "hide" the live view.
        """
        os.write(self._orders, order.encode() + b"\n")
        for _ in range(int(PATIENCE_S / 0.1)):
            if select.select([self._answers], [], [], 0.1)[0]:
                answer: list[str] = json.loads(os.read(self._answers, 4096))
                return answer
            if self.state() != "running":
                return self.state()
        return "silent"

    def state(self, *, wait: bool = False) -> str:
        """Return "running", "stopped" or "ended"; wait: until it is no longer running."""
        pid, status = os.waitpid(self.group, os.WUNTRACED | (0 if wait else os.WNOHANG))
        if pid == 0:
            return "running"
        return "stopped" if os.WIFSTOPPED(status) else "ended"

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        for pipe in (self._orders, self._answers):
            os.close(pipe)


class Shell:
    """What a shell does with its terminal; keyboard: where the user types, screen: what the user sees."""

    def __init__(self, keyboard: int, terminal: int) -> None:
        self.keyboard, self.terminal = keyboard, terminal
        self.jobs: list[Job] = []

    def start_in_background(self) -> Job:
        self.jobs.append(Job(self.terminal))
        return self.jobs[-1]

    def foreground(self, job: Job) -> None:
        os.tcsetpgrp(self.terminal, job.group)
        os.killpg(job.group, signal.SIGCONT)

    def take_back(self, settings: list[Any]) -> None:
        os.tcsetpgrp(self.terminal, os.getpgrp())
        self.settings = settings

    @property
    def settings(self) -> list[Any]:
        return termios.tcgetattr(self.terminal)

    @settings.setter
    def settings(self, settings: list[Any]) -> None:
        termios.tcsetattr(self.terminal, termios.TCSANOW, settings)

    @property
    def key_by_key(self) -> bool:
        """Say whether keys come one by one, unechoed."""
        return not self.settings[3] & (termios.ICANON | termios.ECHO)

    def type(self, text: bytes) -> None:
        os.write(self.keyboard, text)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def screen(self, until: str = "") -> str:
        """Return what was written to the terminal since the last look, reading on until it contains `until`."""
        written = b""
        for _ in range(int(PATIENCE_S / 0.1)):
            while select.select([self.keyboard], [], [], 0.0)[0]:
                written += os.read(self.keyboard, 65536)
            if until in written.decode("utf-8", "replace"):
                break
            select.select([self.keyboard], [], [], 0.1)
        return written.decode("utf-8", "replace")


Scene = Callable[[Shell], object]


def in_a_shell(scene: Scene) -> object:
    """Play the scene in a process that leads a session with a terminal; return, through JSON, what it returned."""
    command = [sys.executable, "-m", "tests.bridge.views.joblab", "scene", scene.__module__, scene.__name__]
    ended = subprocess.run(command, cwd=ROOT, start_new_session=True, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@contextlib.contextmanager
def _session() -> Iterator[Shell]:
    keyboard, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.set_blocking(keyboard, False)
    shell = Shell(keyboard, terminal)
    try:
        yield shell
    finally:
        for job in shell.jobs:
            job.end()


def _be_the_job(orders: int, answers: int) -> None:
    from bridge.controls import Controls
    from bridge.views.keys import Keyboard, outlive_terminal
    from bridge.views.terminal import View

    outlive_terminal()
    keyboard, view = Keyboard(0), View("a job", Controls(), lambda asked: None)
    with os.fdopen(orders) as lines:
        for line in lines:
            seen: list[str] = []
            match line.strip():
                case "look":
                    seen = keyboard.poll(0.0)
                case "wait":
                    seen = keyboard.poll(PATIENCE_S)
                case "close":
                    keyboard.close()
                case "show":
                    view.start()
                case "hide":
                    view.close()
            os.write(answers, json.dumps(seen).encode())


def _play_the_scene(module: str, name: str) -> None:
    scene: Scene = getattr(importlib.import_module(module), name)
    with _session() as shell:
        print(json.dumps(scene(shell)))


if __name__ == "__main__":
    if sys.argv[1] == "scene":
        _play_the_scene(*sys.argv[2:])
    else:
        for number in (signal.SIGTTOU, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _be_the_job(int(sys.argv[2]), int(sys.argv[3]))
