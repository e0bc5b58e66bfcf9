"""The engine that plays, and beside it, while the model is being changed, the one that is to play next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge.engine.process import EngineProcess, Put
from bridge.events import EngineDied, EngineReply
from engine.messages import Request


class EnginePair:
    """Keep one engine process, or two for a while. What comes from them bears their number, from 0 on.

    make: a process for a checkpoint, by name or folder; not started.
    """

    def __init__(self, make: Callable[[str, Put], EngineProcess], checkpoint: str, put: Put) -> None:
        self._make, self._put = make, put
        self._made = 0
        self._playing = self._new(checkpoint)
        self._next: EngineProcess | None = None

    def _new(self, checkpoint: str) -> EngineProcess:
        number, self._made = self._made, self._made + 1

        def told(event: EngineReply | EngineDied) -> None:
            self._put(replace(event, engine=number))

        return self._make(checkpoint, told)

    @property
    def pid(self) -> int | None:
        """Return the process id of the engine that plays, or None while none runs."""
        return self._playing.pid

    def start(self) -> None:
        """Start the first process without waiting for it."""
        self._playing.start()

    def send(self, request: Request) -> None:
        """Hand a request to the engine that plays; returns at once."""
        self._playing.send(request)

    def restart(self) -> None:
        """End the engine that plays, whatever it does, and start it anew."""
        self._playing.restart()

    def begin(self, checkpoint: str) -> int:
        """Start another process beside the one that plays; return its number. One that was begun before ends."""
        self.drop()
        self._next = self._new(checkpoint)
        self._next.start()
        return self._made - 1

    def hand(self, request: Request) -> None:
        """Hand a request to the engine that is to play next."""
        if self._next is not None:
            self._next.send(request)

    def swap(self) -> None:
        """Let the other engine play from now on; the one that played ends, and its end is not told."""
        if self._next is not None:
            before, self._playing, self._next = self._playing, self._next, None
            before.kill()

    def drop(self) -> None:
        """End the engine that was to play next, if there is one."""
        if self._next is not None:
            self._next.kill()
            self._next = None

    def kill(self) -> None:
        """End all processes without waiting for their ends."""
        self.drop()
        self._playing.kill()

    def close(self) -> None:
        """Ask the engine that plays to end, in bounded time."""
        self.drop()
        self._playing.close()
