"""Whether a second model fits into memory beside the first: a plain look, before it is loaded."""

from __future__ import annotations

from pathlib import Path

MEMINFO = Path("/proc/meminfo")
SMALL_WEIGHTS_BYTES = 40_000_000
"""Weights up to which a model is decoded by numpy alone (COMPACT in engine/checkpoint_folder.py, in 16 bits)."""
SMALL_ENGINE_BYTES, LARGE_ENGINE_BYTES = 120_000_000, 900_000_000
"""What a process takes before it has weights: numpy; PyTorch."""
SMALL_TIMES, LARGE_TIMES = 12, 6
"""So many times the weights' file are held at the most while it is read, copied, folded or quantised."""


def needed_bytes(weights_bytes: int) -> int:
    """Return about what an engine takes at the most while it loads weights whose file has so many bytes."""
    if weights_bytes <= SMALL_WEIGHTS_BYTES:
        return SMALL_ENGINE_BYTES + SMALL_TIMES * weights_bytes
    return LARGE_ENGINE_BYTES + LARGE_TIMES * weights_bytes


def available_bytes(meminfo: Path = MEMINFO) -> int | None:
    """Return how much memory can be had without swapping, where the system has a file for it (Linux), or None."""
    try:
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def lack(name: str, weights_bytes: int, available: int | None) -> str:
    """Return why a checkpoint does not fit beside the one that plays, or "". available: bytes, None if unknown."""
    needed = needed_bytes(weights_bytes)
    if available is None or needed <= available:
        return ""
    return (
        f"{name} needs about {_mega(needed)} to be loaded beside the model that plays, "
        f"and {_mega(available)} are free; close something, or start again with it"
    )


def _mega(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
