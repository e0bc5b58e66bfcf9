"""An engine process that speaks the protocol and draws a fixed tune: for tests of the bridge's rim, no torch.

Options after the address are the real engine's; `--act` chooses a failure: "fatal" (a checkpoint that does not
fit), "exit" (ends at once with a word on standard error), "deaf" (never reads), "die" (is killed by the second
request), "rubbish" (sends bytes that are no message).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from multiprocessing.connection import Client

from engine.messages import PROTOCOL, Continue, Drawn, Failed, Hello, Listened, Ready, Stop
from engine.notes import Note


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--act", default="")
    parser.add_argument("--drafts")
    parser.add_argument("address")
    options, _ = parser.parse_known_args()
    if options.act == "exit":
        print("no such device", file=sys.stderr)
        return 3
    with Client(options.address, authkey=bytes.fromhex(os.environ["MELODY_BRIDGE_AUTHKEY"])) as pipe:
        pipe.send(Hello(PROTOCOL, os.getpid()))
        if options.act == "fatal":
            pipe.send(Failed(None, "checkpoint 'x': no such folder", True))
            return 2
        if options.act == "rubbish":
            pipe.send_bytes(b"not a pickle")
            time.sleep(60)
        pipe.send(Ready("stub", "cpu", 0, 64, True, True, (), 0.0, 0.0))
        if options.act == "deaf":
            time.sleep(60)
        serve(pipe, options.act)
    return 0


def serve(pipe: object, act: str) -> None:
    requests = 0
    while True:
        try:
            request = pipe.recv()  # type: ignore[attr-defined]
        except EOFError:
            return
        if isinstance(request, Stop):
            return
        assert isinstance(request, Continue)
        requests += 1
        if act == "die" and requests == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        pipe.send(Listened(request.request, request.keep + len(request.append), 0.5))  # type: ignore[attr-defined]
        for index in range(request.count):
            drawn = Drawn(request.request, index, Note(60 + index, 1.0), 0.5, index == request.count - 1, 0.1)
            pipe.send(drawn)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
