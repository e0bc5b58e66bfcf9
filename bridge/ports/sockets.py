"""The sockets that a MIDI server gave us: when one closes, the server is gone, which RtMidi never tells."""

from __future__ import annotations

import os
import select
import stat


class Sockets:
    """Watch the sockets that this process has opened since `before`, an earlier `open_sockets()`."""

    def __init__(self, before: dict[int, int]) -> None:
        self._watched = {fd: inode for fd, inode in open_sockets().items() if before.get(fd) != inode}

    def hung_up(self) -> bool:
        """Say whether one of them has closed, or is another's by now."""
        if not self._watched:
            return False
        poller = select.poll()
        for fd in self._watched:
            poller.register(fd, 0)
        return bool(poller.poll(0)) or any(_inode(fd) != inode for fd, inode in self._watched.items())


def open_sockets() -> dict[int, int]:
    """Return this process's open sockets, file descriptor to inode; empty where that cannot be seen."""
    try:
        numbers = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        return {}
    found = {number: _inode(number) for number in numbers}
    return {number: inode for number, inode in found.items() if inode is not None}


def _inode(fd: int) -> int | None:
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_ino if stat.S_ISSOCK(status.st_mode) else None
