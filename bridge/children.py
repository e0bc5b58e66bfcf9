"""How processes of our own are started: by a module's name, with our packages where we found them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def python_module(name: str) -> tuple[str, ...]:
    """Return the command that runs one of our modules, whatever lies in the current folder."""
    return (sys.executable, "-P", "-m", name)


def child_environment() -> dict[str, str]:
    """Return the environment in which a child finds our packages where we were found."""
    root = str(Path(__file__).resolve().parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
