"""The output on JACK to the frame, as the ports see it: a process that is started, fed, and watched. No JACK here.

A message is handed over with the time at which it was due, by a pipe, of which each record is written whole or not
at all; writing waits for nobody.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Sequence

from bridge.children import child_environment, python_module
from bridge.ports.jack_player import RECORD, delay_s
from bridge.ports.libjack import rtmidis_library
from bridge.urgency import Helper

PLAYER = python_module("bridge.ports.jack_player")
GIVEN_UP_WITHIN_S = 3.0
"""One that could not be opened ends by itself within so long, and takes its port away."""
BY_PERIODS = "notes leave in steps of a JACK period"


class JackOutput:
    """A port of a JACK client of its own, which writes each message on the frame at which it is due.

    remark: what a user is told of how notes leave.
    """

    def __init__(self, client: str, port: str) -> None:
        """Begin to start it; the port appears with `open`."""
        self.remark = ""
        self._process = subprocess.Popen(
            [*PLAYER, rtmidis_library(), client, port],
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._records, self._words = self._process.stdin, self._process.stdout

    def open(self, within_s: float) -> bool:
        """Have the port made; return False where that cannot be in time, and RtMidi's output must do."""
        with contextlib.suppress(OSError):
            self._records.write(b"\n")
        word, _, rest = self._line(within_s).partition(" ")
        if word != "open":
            self.remark = f"{BY_PERIODS}: {rest or 'what writes them on frames does not start'}"
            self._give_up()
            return False
        period, rate = (int(number) for number in rest.split())
        self.remark = (
            f"notes leave on their own frame of JACK, {delay_s(period, rate) * 1000:.1f} ms after they are due"
        )
        os.set_blocking(self._records.fileno(), False)
        return True

    def _line(self, within_s: float) -> str:
        """Return the first line that it prints, or "" when none comes."""
        end_s, said = time.monotonic() + within_s, b""
        while b"\n" not in said and (left_s := end_s - time.monotonic()) > 0:
            if not select.select([self._words], [], [], left_s)[0]:
                break
            more = os.read(self._words.fileno(), 4096)
            if not more:
                break
            said += more
        return said.decode("utf-8", "replace").strip()

    def _give_up(self) -> None:
        """End it for sure: another output is to have the name of its port."""
        self.close()
        try:
            self._process.wait(GIVEN_UP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def send(self, message: Sequence[int], due_s: float | None) -> None:
        """Hand over a message of three bytes that is due, now unless a time is told.

        Raises OSError when nobody takes it. Where thousands wait, for a server that stands still, it ends itself
        and what sounds: it is better gone, which is seen, than without some of them.
        """
        record = RECORD.pack(time.monotonic() if due_s is None else due_s, bytes(message))
        try:
            os.write(self._records.fileno(), record)
        except BlockingIOError:
            self.close()
            raise

    @property
    def gone(self) -> bool:
        """Say whether it has ended: the server is gone, or it was killed."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Let it end: it ends what sounds, and then itself, within some periods; returns at once.

        It is not killed: a server that waits for its clients would stand still for that.
        """
        for pipe in (self._records, self._words):
            with contextlib.suppress(OSError):
                pipe.close()
        Helper(self._process.wait, "jack-player").start()
