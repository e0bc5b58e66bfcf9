"""Say on what machine figures were measured, and how they spread."""

from __future__ import annotations

import importlib.util
import os
import platform
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from engine.start import ONE_THREAD

Row = TypeVar("Row")
SAMPLES = 2000
"""Draws of a bootstrap."""
BUSY = 0.2
"""Load for each core from which a machine is not quiet."""


def machine() -> str:
    """Return processor, cores, memory, system and Python in a line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = lines[0] if lines else model
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    return f"{model}, {os.cpu_count()} cores{memory}, {platform.system()}, Python {platform.python_version()}"


def quantile(values: Sequence[float], q: float) -> float:
    """Return the q-quantile, 0..1, by the nearest rank; NaN of nothing."""
    ranked = sorted(values)
    return ranked[min(int(q * len(ranked)), len(ranked) - 1)] if ranked else float("nan")


def interval(some: Sequence[Row], figure: Callable[[Sequence[Row]], float]) -> tuple[float, float]:
    """Return where 95 of 100 draws of as many rows have this figure."""
    rng = random.Random(3)
    drawn = sorted(figure(rng.choices(some, k=len(some))) for _ in range(SAMPLES))
    return drawn[SAMPLES // 40], drawn[-SAMPLES // 40]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return "p50 / p99 / max (n)"."""
    p50, p99 = quantile(values, 0.5), quantile(values, 0.99)
    return f"{p50:.{digits}f} / {p99:.{digits}f} / {max(values, default=float('nan')):.{digits}f} ({len(values)})"


def missing(package: str) -> str:
    """Return "" where a package is installed, else a sentence that says what brings it."""
    if importlib.util.find_spec(package) is not None:
        return ""
    return f"{package} is not installed; pip install -c constraints.txt -e '.[dev]' brings it"


def loads() -> list[float]:
    """Return how many processes wanted each core in the last minute; nothing where nobody tells."""
    return [os.getloadavg()[0] / (os.cpu_count() or 1)] if hasattr(os, "getloadavg") else []


def quiet_line() -> str:
    """Say whether the machine is quiet, and what that means for the figures."""
    if not loads():
        return "times want a quiet machine, and this one does not tell its load; ratios are of the same moment"
    load = loads()[0]
    if load < BUSY:
        return f"load {load:.2f} a core: quiet"
    return (
        f"load {load:.2f} a core: NOT quiet, so do not quote times by the clock; ratios of the same moment, and "
        "times of the processor, hold as far as their spread says"
    )


def one_thread(module: str, arguments: Sequence[str]) -> None:
    """Begin a bench anew with one thread for numpy's BLAS, as the engine has, where that is not so already."""
    if all(name in os.environ for name in ONE_THREAD):
        return
    os.environ.update({name: os.environ.get(name, "1") for name in ONE_THREAD})
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
