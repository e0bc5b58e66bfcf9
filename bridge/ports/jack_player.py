"""The output on JACK to the frame, in a process of its own.

`python -m bridge.ports.jack_player LIBRARY CLIENT PORT`: meets the server; when a byte comes in makes its port,
and prints "open PERIOD RATE" or "no WHY". Then records come in, a time and a message each, and go out on their
frames. When they end, all that sounds is ended: no note hangs, whatever has become of the bridge.

A process, because in the bridge other threads hold Python's lock for longer than JACK can wait. Here nothing else
runs, no garbage is collected, and a turn takes less than a tenth of a millisecond.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import struct
import sys
import time
from collections import deque
from collections.abc import Callable

from bridge.ports.libjack import IS_OUTPUT, JackClient, NoJackError, Port, in_real_time

RECORD = struct.Struct("<d3s")
"""When a message is due, by the monotonic clock, and its three bytes."""
READ_MOST = 512 * RECORD.size
MARGIN_S = 0.0005
"""A message takes so long from the loop to the next turn, at the most; one that takes longer comes late."""
NOTE_ON, NOTE_OFF = 0x90, 0x80
TURN_WITHIN_S = 3.0
SILENCED_WITHIN_S, CLOSED_WITHIN_S = 30.0, 2
"""So long a server that stands still is waited for, as `jackd -S` does for 10 s when a client is killed; and then
the closing of a client of it, which may hang."""


def delay_s(period: int, rate: int) -> float:
    """Return how long after it is due a message leaves.

    JACK hears what is written in a turn within that turn's period. So each message is put a whole period and a
    little more behind its time: then it is there before the period begins that it falls into.
    """
    return period / rate + MARGIN_S


class Player:
    """Write what is due into each period; what is late at once, and nothing before what came before it.

    write: an event of this period, returns False when it is full; read: the records that have come, None at their
    end.
    """

    def __init__(self, rate: int, write: Callable[[int, bytes], bool], read: Callable[[], bytes | None]) -> None:
        self._rate, self._write, self._read = rate, write, read
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._sounding: set[tuple[int, int]] = set()
        self._over = False

    @property
    def silent(self) -> bool:
        """Say whether the records have ended and all that sounded too."""
        return self._over and not self._waiting and not self._sounding

    def turn(self, begins_s: float, count: int) -> None:
        """Have a turn, for a period of so many frames that begins at that time.

        What has waited for a turn leaves in this one: after a standstill JACK's clock is off its periods.
        """
        held, latest = len(self._waiting), 0
        self._take_in()
        while self._waiting:
            due_s, message = self._waiting[0]
            frame = round((due_s + delay_s(count, self._rate) - begins_s) * self._rate)
            if frame >= count and held <= 0:
                return
            latest = max(latest, min(frame, count - 1))
            if not self._write(latest, message):
                return
            self._waiting.popleft()
            held -= 1
            self._account(message)

    def _take_in(self) -> None:
        records = None if self._over else self._read()
        if records is not None:
            self._waiting.extend(RECORD.iter_unpack(records))
        elif not self._over:
            self._over = True
            ends = [(0.0, message) for _, message in self._waiting if not _is_on(message)]
            ended = {_note(message) for _, message in ends if message[0] & 0xE0 == NOTE_OFF}
            left = sorted(self._sounding - ended)
            self._waiting = deque([*ends, *((0.0, bytes((NOTE_OFF | note[0], note[1], 0))) for note in left)])

    def _account(self, message: bytes) -> None:
        if _is_on(message):
            self._sounding.add(_note(message))
        elif message[0] & 0xE0 == NOTE_OFF:
            self._sounding.discard(_note(message))


def _note(message: bytes) -> tuple[int, int]:
    return message[0] & 0x0F, message[1]


def _is_on(message: bytes) -> bool:
    return message[0] & 0xF0 == NOTE_ON and message[2] > 0


def read_records() -> bytes | None:
    """Return the records that wait on standard input; None when its other end is gone."""
    try:
        return os.read(0, READ_MOST) or None
    except BlockingIOError:
        return b""


class Stage:
    """A client in its turns: the first says in what thread they are, the port comes once it is wanted."""

    def __init__(self, client: JackClient) -> None:
        self._client, self._begun = client, False
        self._port: Port | None = None
        self._player = Player(client.rate, self._write, read_records)
        self._told, self._tell = os.pipe()
        client.activate(self._turn, lambda: os._exit(0))  # libjack crashes on closing after the server has gone

    def _write(self, frame: int, message: bytes) -> bool:
        return self._port is not None and self._port.write(frame, message)

    def _turn(self, count: int) -> None:
        if self._port is not None:
            self._port.begin(count, clear=True)
            self._player.turn(self._client.begins_s(), count)
        if not self._begun or self._player.silent:
            self._begun = True
            os.write(self._tell, b"x" if in_real_time() else b"-")

    def check(self) -> None:
        """Wait for the first turn. Raises NoJackError when there is none in time, or in an ordinary thread."""
        if self._hears(TURN_WITHIN_S) != b"x":
            raise NoJackError("its clients get no real-time priority")

    def play(self, port_name: str) -> None:
        """Make the port, say so, and play until the records have ended and all is silent."""
        self._port = self._client.port(port_name, IS_OUTPUT)
        print(f"open {self._client.period} {self._client.rate}", flush=True)
        poller = select.poll()
        poller.register(0, 0)  # its other end going is told unasked
        poller.poll()
        if self._hears(SILENCED_WITHIN_S):
            time.sleep(2 * self._client.period / self._client.rate)  # the last note-offs leave with their period

    def _hears(self, within_s: float) -> bytes:
        return os.read(self._told, 1) if select.select([self._told], [], [], within_s)[0] else b""


def play(library: str, client_name: str, port_name: str) -> None:
    """Make the port when a byte comes in, and play on it until the records end. Raises NoJackError."""
    gc.collect()  # before the first turn, which would wait for it
    gc.freeze()
    gc.disable()
    client = JackClient(library, client_name)
    try:
        if not client.real_time:
            raise NoJackError("the server does not run in real time")
        stage = Stage(client)
        stage.check()
        if os.read(0, 1):
            os.set_blocking(0, False)
            stage.play(port_name)
    finally:
        signal.alarm(CLOSED_WITHIN_S)
        client.close()


def main() -> int:
    """Open, say so, play until the records end."""
    for asked in (signal.SIGINT, signal.SIGTERM):  # a stop of everything: the bridge has note-offs to send yet
        signal.signal(asked, signal.SIG_IGN)
    try:
        play(*sys.argv[1:])
    except NoJackError as error:
        with contextlib.suppress(OSError):
            print(f"no {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
