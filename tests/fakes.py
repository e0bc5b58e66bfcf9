"""Stand-ins for what tests must not wait for: a clock that is set by hand."""

from __future__ import annotations


class FakeClock:
    """A clock that moves only when told to; call it for the time in seconds."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> float:
        """Let time pass and return the new time."""
        self.now_s += seconds
        return self.now_s
