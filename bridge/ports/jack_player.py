"""The output on JACK to the frame, in a process of its own: the only file that imports jack.

`python -m bridge.ports.jack_player CLIENT PORT`: opens a client, and, when a byte comes in, its port; prints "open
PERIOD RATE" or "error WHY". Then records come in, a time and a message each, and go out on their frames. When they
end, all that sounds is ended: no note hangs, whatever has become of the bridge.

JACK calls us in its own real-time thread, in which Python has to have its lock. That is why this is a process:
here no other thread has it for longer than it takes to go to sleep, no garbage is collected, and a turn takes
less than a tenth of a millisecond. For the same reason JACK is asked for no other callbacks: they come in
ordinary threads.
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
from collections.abc import Callable

from bridge.ports.frames import DueFrames, FrameClock

RECORD = struct.Struct("<d3s")
"""When a message is due, by the monotonic clock, and its three bytes."""
READ_MOST = 512 * RECORD.size
SILENCED_WITHIN_S, CLOSED_WITHIN_S = 1.0, 2
"""So long a server that stands still is waited for, and then the closing of a client of it, which may hang."""


class Player:
    """Write what is due into each period. write: an event of this period; read: the records that have come, None
    at their end."""

    def __init__(
        self,
        clock: FrameClock,
        write: Callable[[int, bytes], None],
        read: Callable[[], bytes | None],
    ) -> None:
        self.over = False
        self._clock, self._write, self._read = clock, write, read
        self._due = DueFrames(clock)

    def turn(self, count: int) -> None:
        """Have a turn, for a period of so many frames."""
        clock, due = self._clock, self._due
        expected = clock.begins + count
        clock.begin()
        records = None if self.over else self._read()
        if records:
            for due_s, message in RECORD.iter_unpack(records):
                due.put(due_s, message, count)
        elif records is None and not self.over:
            self.over = True
            due.silence()
        taken = due.lost_ends() if clock.begins != expected else []
        taken += due.take(count)
        for place, (offset, message) in enumerate(taken):
            try:
                self._write(offset, message)
            except Exception:  # a period that is full: the rest goes into the next
                due.give_back(taken[place:])
                return

    @property
    def silent(self) -> bool:
        """Say whether the records have ended and all has left."""
        return self.over and not len(self._due)


def read_records() -> bytes | None:
    """Return the records that wait on standard input; None when its other end is gone."""
    try:
        return os.read(0, READ_MOST) or None
    except BlockingIOError:
        return b""


def play(client_name: str, port_name: str) -> None:
    """Open the port when a byte comes in, and play on it until the records end."""
    import jack

    if not os.read(0, 1):
        return  # nobody wants it: the server has not even heard of us
    os.set_blocking(0, False)
    client = jack.Client(client_name, no_start_server=True)
    try:
        port = client.midi_outports.register(port_name)
        player = Player(FrameClock(client, time.monotonic), port.write_midi_event, read_records)
        told, tell = os.pipe()

        def turn(count: int) -> None:
            port.clear_buffer()
            player.turn(count)
            if player.silent:
                os.write(tell, b"x")

        client.set_process_callback(turn)
        client.set_shutdown_callback(lambda *_: os.write(tell, b"x"))  # but this one, which is the last
        gc.collect()
        gc.freeze()
        gc.disable()
        client.activate()
        print(f"open {client.blocksize} {client.samplerate}", flush=True)
        _wait(told)
        time.sleep(2 * client.blocksize / client.samplerate)  # the last note-offs have left when the period has
    finally:
        signal.alarm(CLOSED_WITHIN_S)
        client.deactivate()
        client.close()


def _wait(told: int) -> None:
    """Wait for the word that all is silent, or that the server is gone.

    When the records have ended it is not waited for long: a server that stands still gives no turns to see it in.
    """
    poller = select.poll()
    poller.register(told, select.POLLIN)
    poller.register(0, 0)  # its other end going is told unasked
    if not any(fd == told for fd, _ in poller.poll()):
        poller.unregister(0)
        poller.poll(SILENCED_WITHIN_S * 1000)


def main() -> int:
    """Open, say so, play until the records end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        play(*sys.argv[1:3])
    except Exception as error:
        with contextlib.suppress(OSError):
            print(f"error {' '.join(str(error).split()) or type(error).__name__}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
