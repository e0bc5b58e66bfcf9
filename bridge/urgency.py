"""Who has the processor first: the loop, then the bridge's other threads, then every ordinary program.

Python's lock knows no priorities. A thread that was put aside for another program while it held the lock keeps the
loop waiting until the kernel lets it go on: on two busy cores for 10 to 50 ms, now and then. So no thread of the
bridge stays an ordinary one where the system lets the loop be more. The cost: drawing the live view, too, goes
before what others compute, for some hundredths of a core.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

LOOP, HELPERS = 5, 4
"""SCHED_FIFO priorities: above every ordinary process, below the audio threads of JACK and PipeWire."""
SWITCH_INTERVAL_S = 0.0002
"""Python lets another thread run for so long before it gives the interpreter back to the loop."""


class Helper(threading.Thread):
    """A thread beside the loop, as urgent as the system lets it be; it does not keep the process from ending."""

    def __init__(self, target: Callable[..., object], name: str, args: tuple[Any, ...] = ()) -> None:
        super().__init__(target=target, name=name, args=args, daemon=True)

    def run(self) -> None:
        """Claim the priority, then do what the thread is for."""
        _claim(HELPERS)
        super().run()


def claim_realtime() -> str:
    """Give the calling thread, the loop's, real-time priority where the system allows it; say what it got.

    Threads and processes that it starts later do not inherit it.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.winmm.timeBeginPeriod(1)  # else waits are rounded up to 15.6 ms
        return "timer at 1 ms, ordinary priority"
    refused = _claim(LOOP)
    if refused is None:
        return "ordinary priority (this system offers no other)"
    if refused:
        return (
            f"ordinary priority ({refused}; to allow real-time, add your user to the group 'audio' "
            "or set rtprio in /etc/security/limits.conf)"
        )
    return f"real-time priority (SCHED_FIFO {LOOP})"


def _claim(priority: int) -> str | None:
    """Ask for a priority for the calling thread; return "" or why not, None where there is no such thing."""
    if not hasattr(os, "sched_setscheduler"):
        return None
    try:
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except OSError as error:
        return str(error.strerror)
    return ""
