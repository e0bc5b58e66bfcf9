"""The console: what ALSA and JACK print from C is kept out of it."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys


def quiet_c_libraries() -> None:
    """Keep what ALSA and JACK print out of the console; Python's own standard error stays."""
    stderr = sys.__stderr__
    if stderr is None or sys.stderr is not stderr:
        return
    with contextlib.suppress(OSError, ValueError):
        kept = os.fdopen(os.dup(stderr.fileno()), "w", 1, encoding=stderr.encoding, errors="replace")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stderr.fileno())
        os.close(nowhere)
        sys.stderr = kept
        faulthandler.enable(kept)  # a crash in a driver must not be a silent one
