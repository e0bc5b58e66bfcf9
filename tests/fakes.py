"""Stand-ins for what tests must not wait for: a clock that is set by hand, a desk that only writes down."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.controls import Value


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


class FakeDesk:
    """Write down which presets are asked for, and what is to be saved."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.kept: list[tuple[str, int | str]] = []
        self.saved: list[tuple[object, Mapping[str, Value]]] = []

    def recall(self, which: object) -> None:
        self.asked.append(which)

    def save(self, name: object, values: Mapping[str, Value]) -> None:
        self.saved.append((name, values))

    def keep_controller(self, name: str, controller: int | str) -> None:
        self.kept.append((name, controller))
