"""MIDI controllers become moves of controls. Pure.

A knob stands where a hand left it, and a preset that moves its control cannot turn it. By soft takeover it then
moves its control only once it has come to the value that holds, or past it; until then neither is lost. A value
that nobody has chosen waits for no knob.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bridge.controls import Control, Controls, Value
from bridge.events import ControlChange, SetControl
from bridge.observers import Announcer, Observer

JUMP: Final = "jump"
SOURCE = "cc"
"""What moves say that come from a knob."""
NEAR = 1 / 127
"""As near as this share of the travel a knob has come to a value: its own next position may lie beyond."""


class Knobs(Observer):
    """Turn controllers into moves, and hear of every value, so as to know whose it is.

    numbers: which controller moves which control; takeover: "soft" or "jump"; chosen: controls whose value at the
    start somebody has chosen.
    """

    def __init__(
        self,
        controls: Controls,
        announce: Announcer,
        numbers: Mapping[int, str],
        takeover: str = "soft",
        chosen: Iterable[str] = (),
    ) -> None:
        self._controls, self._announce = controls, announce
        self._numbers = dict(numbers)
        self._soft = takeover != JUMP
        self._told: dict[str, Value] = controls.values()
        self._parted = set(chosen)
        self._said: set[str] = set()
        self._stood: dict[str, float] = {}

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Take in a value: one that did not come from its knob parts the two."""
        if source != SOURCE and value != self._told.get(name):
            self._parted.add(name)
            self._said.discard(name)
        self._told[name] = value

    def turn(self, event: ControlChange) -> SetControl | None:
        """Return what a controller moves; None where it has no control, or not its value yet."""
        name = self._numbers.get(event.number)
        if name is None:
            return None
        position = event.value / 127
        if self._soft and not self._has(name, position, event.number):
            return None
        return SetControl(event.time_s, name, position, SOURCE, normalised=True)

    def _has(self, name: str, position: float, number: int) -> bool:
        """Say whether a knob at this position has its control's value, or takes it by passing it."""
        control, held = self._controls.find(name), self._controls[name]
        before, self._stood[name] = self._stood.get(name), position
        if name in self._parted and not reaches(control, held, before, position):
            if name not in self._said:
                self._said.add(name)
                here = _short(control.scale(position))
                self._announce.log(f"{name} stays at {_short(held)} until CC {number} comes to it, from {here}")
            return False
        self._parted.discard(name)
        return True


def reaches(control: Control, held: Value, before: float | None, position: float) -> bool:
    """Say whether a knob that moves from one position, 0..1, to another comes to the held value or past it.

    before: None where it is not known.
    """
    at = [control.position(control.scale(each)) for each in (before, position) if each is not None]
    return min(at) - NEAR <= control.position(held) <= max(at) + NEAR


def _short(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"
