"""An engine that draws at once, a sixteenth a note, and computes nothing: what is late beside it is not its fault.

`python -m bench.steady ADDRESS`, as the bridge starts an engine.
"""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Client

from engine.messages import PROTOCOL, Drawn, Hello, Listened, Ready, Stop
from engine.notes import Note

SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
LENGTH = 256
"""Notes of an answer."""


def main() -> int:
    """Answer requests until Stop comes or the pipe closes."""
    with Client(sys.argv[1], authkey=bytes.fromhex(os.environ["MELODY_BRIDGE_AUTHKEY"])) as pipe:
        pipe.send(Hello(PROTOCOL, os.getpid()))
        pipe.send(Ready("steady", "cpu", 0, 512, True, True, (), 0.0, 0.0))
        try:
            while not isinstance(request := pipe.recv(), Stop):
                pipe.send(Listened(request.request, request.keep + len(request.append), 0.5))
                for index in range(request.count):
                    number = request.goal.drawn_notes + index
                    note = Note(60 + SCALE[number % len(SCALE)], 0.25)
                    last = number + 1 >= LENGTH
                    pipe.send(Drawn(request.request, index, note, 0.1, last, 0.0))
                    if last:
                        break
        except EOFError:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
