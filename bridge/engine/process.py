"""Start the engine process, talk to it, notice its end. Knows the pipe, nothing of what is said through it.

Three threads of its own, so that the caller never waits: one accepts and reads, one writes, one keeps the
last lines of the child's standard error. The child ends by itself when the pipe closes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from queue import SimpleQueue
from typing import IO

from bridge.children import child_environment, python_module
from bridge.events import EngineDied, EngineReply
from bridge.urgency import Helper
from engine.messages import Failed, Reply, Request, Stop

AUTHKEY_VARIABLE = "MELODY_BRIDGE_AUTHKEY"
STDERR_LINES = 12
LAST_WORDS_S = 0.1
CLOSE_WITHIN_S = 0.05

Put = Callable[[EngineReply | EngineDied], None]


class _Run:
    """One life of the engine process: everything that a restart leaves behind."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.outbox: SimpleQueue[Request | None] = SimpleQueue()
        self.stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self.connected = False
        self.over = False
        self.fatal = False


class EngineProcess:
    """Keep one engine process; its replies, and its death, arrive through `put` on another thread.

    `start` first; `restart` ends whatever runs and starts it anew. Replies of an ended process are not
    delivered; a death that the engine announced itself (`Failed`, fatal) is not told a second time.
    """

    def __init__(
        self,
        checkpoint: str,
        device: str,
        seed: int | None,
        put: Put,
        clock: Callable[[], float] = time.monotonic,
        command: Sequence[str] | None = None,
        precision: str = "auto",
    ) -> None:
        """Remember what to start. command: replaces `python -m engine.server`, for tests."""
        self._options = ["--checkpoint", checkpoint, "--device", device, "--precision", precision]
        if seed is not None:
            self._options += ["--seed", str(seed)]
        self._command = list(command or python_module("engine.server"))
        self._put, self._clock = put, clock
        self._run: _Run | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Return the process id of the engine, or None while none runs."""
        run = self._run
        return run.process.pid if run is not None and run.process is not None else None

    def start(self) -> None:
        """Start the process without waiting for it."""
        run = self._run = _Run()
        Helper(self._live, "engine-reader", (run,)).start()

    def send(self, request: Request) -> None:
        """Hand a request to the writer; returns at once. Without a process it is dropped."""
        run = self._run
        if run is not None:
            run.outbox.put(request)

    def restart(self) -> None:
        """End the process, whatever it does, and start it anew."""
        self._end(self._run)
        self.start()

    def kill(self) -> None:
        """End the process without waiting for its end; its death is not told."""
        self._end(self._run)

    def close(self, timeout_s: float = CLOSE_WITHIN_S) -> None:
        """Ask the process to end, and end it by its id if it has not within the timeout."""
        run, self._run = self._run, None
        if run is None:
            return
        run.over = True
        run.outbox.put(Stop())
        run.outbox.put(None)
        if run.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.process.wait(timeout_s)
        self._end(run)
        if run.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.process.wait(timeout_s)

    def _end(self, run: _Run | None) -> None:
        if run is None:
            return
        with self._lock:
            run.over = True
        run.outbox.put(None)
        if run.process is not None:
            with contextlib.suppress(OSError):
                run.process.kill()

    # The reader's thread

    def _live(self, run: _Run) -> None:
        authkey = secrets.token_bytes(32)
        try:
            with Listener(authkey=authkey) as listener:
                with self._lock:
                    if run.over:
                        return
                    run.process = self._spawn(str(listener.address), authkey)
                stderr = Helper(_keep_stderr, "engine-stderr", (run, listener.address))
                stderr.start()
                with listener.accept() as connection:
                    run.connected = True
                    self._read(run, connection)
                stderr.join(LAST_WORDS_S)
        except (AuthenticationError, EOFError):
            pass  # the child has ended before it connected; its own words stand in run.stderr
        except OSError as error:
            run.stderr.append(f"{type(error).__name__}: {error}")
        except Exception as error:  # a pipe that speaks nonsense is a broken engine, whatever it raises
            run.stderr.append(f"unreadable message: {type(error).__name__}: {error}")
        self._bury(run)

    def _spawn(self, address: str, authkey: bytes) -> subprocess.Popen[str]:
        environment = {**child_environment(), AUTHKEY_VARIABLE: authkey.hex()}
        return subprocess.Popen(
            [*self._command, address, *self._options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # Ctrl-C in the terminal is the bridge's to handle: it ends the engine after the notes.
            start_new_session=os.name == "posix",
        )

    def _read(self, run: _Run, connection: Connection) -> None:
        writer = Helper(_write, "engine-writer", (run, connection))
        writer.start()
        try:
            while True:
                reply: Reply = connection.recv()
                run.fatal = run.fatal or (isinstance(reply, Failed) and reply.fatal)
                with self._lock:
                    if run.over:
                        return
                    self._put(EngineReply(self._clock(), reply))
        except (EOFError, OSError):
            pass
        finally:
            run.outbox.put(None)

    def _bury(self, run: _Run) -> None:
        """Wait for the child, and tell the session how it ended unless that was asked for."""
        code: int | None = None
        if run.process is not None:
            try:
                code = run.process.wait(1.0)
            except subprocess.TimeoutExpired:
                run.process.kill()
                code = run.process.wait()
        with self._lock:
            if run.over:
                return
            run.over = True
            if not run.fatal:
                self._put(EngineDied(self._clock(), how_it_ended(code, list(run.stderr))))


def how_it_ended(code: int | None, stderr: Sequence[str]) -> str:
    """Return one line on a dead engine: its exit status and the last line of its standard error."""
    if code is None:
        how = "could not be started"
    elif code < 0:
        try:
            how = f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            how = f"was ended by signal {-code}"
    else:
        how = f"ended with exit code {code}"
    last = next((line for line in reversed(stderr) if line.strip()), "")
    return f"the engine process {how}" + (f": {last.strip()}" if last else "")


def _write(run: _Run, connection: Connection) -> None:
    while (request := run.outbox.get()) is not None:
        try:
            connection.send(request)
        except (OSError, TypeError):  # closed, or being closed: then its handle is None
            return


def _keep_stderr(run: _Run, address: str) -> None:
    """Keep the child's last lines; when it ends before it has connected, wake the waiting accept."""
    process = run.process
    assert process is not None
    lines: IO[str] | None = process.stderr
    if lines is not None:
        for line in lines:
            run.stderr.append(line.rstrip())
        lines.close()
    if not run.connected:
        # A refused knock makes accept return with an error.
        with contextlib.suppress(Exception):
            Client(address, authkey=b"nobody").close()
