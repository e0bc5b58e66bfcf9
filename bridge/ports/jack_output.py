"""The output on JACK to the frame, as the ports see it: a process that is started, fed, and watched. No jack here.

A message is handed over with the time at which it was due, by a pipe, of which each record is written whole or not
at all; writing waits for nobody.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bridge.ports.frames import delay
from bridge.ports.jack_player import RECORD

PLAYER = (sys.executable, "-P", "-m", "bridge.ports.jack_player")
OPEN_WITHIN_S = 5.0
CLOSE_WITHIN_S = 0.3
GIVEN_UP_WITHIN_S = 3.0
"""One that could not be opened ends by itself within so long, and takes its port away."""
HINT = 'notes leave in steps of a JACK period; each on its own frame with: pip install "melody-bridge[jack]"'


class NoJackOutputError(Exception):
    """Say why there is no such output here, in a sentence."""


class JackOutput:
    """A port of a JACK client of its own, which writes each message on the frame at which it is due.

    Messages are heard `delay_s` after they are due, all of them.
    """

    def __init__(self, client: str, port: str) -> None:
        """Begin to start it; the port appears with `open_port`.

        Raises NoJackOutputError where the library is not installed.
        """
        if importlib.util.find_spec("jack") is None:
            raise NoJackOutputError(HINT)
        self.delay_s = 0.0
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [*PLAYER, client, port],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )

    def open_port(self) -> None:
        """Have the port made. Raises NoJackOutputError when that cannot be done."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"\n")
        said = self._line()
        word, _, rest = said.partition(" ")
        if word != "open":
            self._give_up()
            why = rest or "its player does not start"
            raise NoJackOutputError(f"notes leave in steps of a JACK period: {why}")
        period, rate = (int(number) for number in rest.split())
        self.delay_s = delay(rate, period) / rate
        os.set_blocking(self._process.stdin.fileno(), False)

    def _give_up(self) -> None:
        """End it for sure: another output is to have the name of its port."""
        process = self._process
        self.close_port()
        if process is not None:
            try:
                process.wait(GIVEN_UP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _line(self) -> str:
        """Return the first line that it prints, or "" when none comes."""
        assert self._process is not None
        assert self._process.stdout is not None
        end_s, said = time.monotonic() + OPEN_WITHIN_S, b""
        while b"\n" not in said and (left_s := end_s - time.monotonic()) > 0:
            if not select.select([self._process.stdout], [], [], left_s)[0]:
                break
            more = os.read(self._process.stdout.fileno(), 4096)
            if not more:
                break
            said += more
        return said.decode("utf-8", "replace").strip()

    def send(self, message: Sequence[int], due_s: float | None = None) -> None:
        """Hand over a message of three bytes that is due, now unless a time is told.

        Raises OSError when nobody takes it any more.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        record = RECORD.pack(time.monotonic() if due_s is None else due_s, bytes(message))
        os.write(self._process.stdin.fileno(), record)

    @property
    def gone(self) -> bool:
        """Say whether it has ended: the server is gone, or it was killed."""
        return self._process is None or self._process.poll() is not None

    def close_port(self) -> None:
        """Let it end: it ends what sounds, and then itself, within seconds.

        It is waited for a moment, and not killed: a server that waits for its clients would stand still for that.
        """
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLOSE_WITHIN_S)

    def delete(self) -> None:
        """Do nothing more: as RtMidi's ends have it, what is closed is deleted."""
