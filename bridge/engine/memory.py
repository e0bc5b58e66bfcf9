"""Whether a second model fits into memory beside the first: a plain look, before it is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path("/")
"""Where the system's own files are looked for; in tests a folder."""
SMALL_WEIGHTS_BYTES = 40_000_000
"""Weights up to which a model is decoded by numpy alone (COMPACT in engine/checkpoint_folder.py, in 16 bits)."""
SMALL_ENGINE_BYTES, LARGE_ENGINE_BYTES = 120_000_000, 900_000_000
"""What a process takes before it has weights: numpy; PyTorch."""
SMALL_TIMES, LARGE_TIMES = 12, 6
"""So many times the weights' file are held at the most while it is read, copied, folded or quantised."""

_LIMITS = {"": ("memory.max", "memory.high"), "memory": ("memory.limit_in_bytes",)}
"""By controller ("" is cgroup v2, which has one tree for all) what a group may use: the files that say so."""
_USED = {"": "memory.current", "memory": "memory.usage_in_bytes"}
_REUSABLE = {"": ("inactive_file", "active_file"), "memory": ("total_inactive_file", "total_active_file")}
"""The page cache counts as used, and is given back when it is needed."""


def needed_bytes(weights_bytes: int) -> int:
    """Return about what an engine takes at the most while it loads weights whose file has so many bytes."""
    if weights_bytes <= SMALL_WEIGHTS_BYTES:
        return SMALL_ENGINE_BYTES + SMALL_TIMES * weights_bytes
    return LARGE_ENGINE_BYTES + LARGE_TIMES * weights_bytes


def available_bytes(root: Path = ROOT) -> int | None:
    """Return how much memory can be had without swapping, where the system has files for it (Linux), or None.

    That is what the machine has left, or the control group that we are in, or one around it: a container is ended
    at its own limit, however much the machine has.
    """
    left = [_machine_bytes(root / "proc/meminfo"), *_groups_bytes(root)]
    return min((count for count in left if count is not None), default=None)


def lack(name: str, weights_bytes: int, available: int | None) -> str:
    """Return why a checkpoint does not fit beside the one that plays, or "". available: bytes, None if unknown."""
    needed = needed_bytes(weights_bytes)
    if available is None or needed <= available:
        return ""
    return (
        f"{name} needs about {_mega(needed)} to be loaded beside the model that plays, "
        f"and {_mega(available)} are free; close something, or start again with it"
    )


def _machine_bytes(meminfo: Path) -> int | None:
    for words in _words_of(meminfo):
        if words[0] == "MemAvailable:":
            kilobytes = _number(words[1:])
            return None if kilobytes is None else kilobytes * 1024
    return None


def _groups_bytes(root: Path) -> Iterator[int | None]:
    """Yield what is left to our control group and to each around it, None where nothing is set."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        for controller in set(controllers.split(",")) & set(_LIMITS):
            # In a container the path may be the outer one, of which nothing is mounted: its own stands at the top.
            group = PurePosixPath(path.lstrip("/"))
            for each in dict.fromkeys((group, *group.parents)):
                yield _group_bytes(root / "sys/fs/cgroup" / controller / each, controller)


def _group_bytes(folder: Path, controller: str) -> int | None:
    limits = [_number(_text(folder / name).split()) for name in _LIMITS[controller]]
    limit = min((each for each in limits if each is not None), default=None)
    used = _number(_text(folder / _USED[controller]).split())
    if limit is None or used is None:
        return None
    stat = {words[0]: _number(words[1:]) or 0 for words in _words_of(folder / "memory.stat")}
    return max(0, limit - used + sum(stat.get(name, 0) for name in _REUSABLE[controller]))


def _words_of(file: Path) -> list[list[str]]:
    return [words for line in _text(file).splitlines() if (words := line.split())]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _number(words: list[str]) -> int | None:
    """Return the first word as a number; None where there is none, as in cgroup v2's "max"."""
    return int(words[0]) if words and words[0].isdecimal() else None


def _mega(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
