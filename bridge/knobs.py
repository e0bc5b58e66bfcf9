"""MIDI controllers become moves of controls. Pure.

A knob stands where a hand left it, and a preset that moves its control cannot turn it. By soft takeover it then
moves its control only once it has come to the value that holds, or past it; until then neither is lost. A value
that nobody has chosen waits for no knob.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.bindings import PAIR, Binding, Bindings, Pair, ticks
from bridge.config import SWITCHED
from bridge.controls import Control, Controls, Value
from bridge.events import Action, ControlChange, SetControl
from bridge.observers import Announcer, Observer

JUMP: Final = "jump"
SOURCE = "cc"
"""What moves say that come from a knob."""
DOWN = 64
"""MIDI 1.0: from here up a switch is on."""
NEAR = 1 / 127
"""As near as this share of the travel a knob has come to a value: its own next position may lie beyond."""


class Knobs(Observer):
    """Turn controllers into moves, and hear of every value, so as to know whose it is.

    takeover: "soft" or "jump"; chosen: controls whose value at the
    start somebody has chosen.
    """

    def __init__(
        self,
        controls: Controls,
        announce: Announcer,
        bindings: Bindings,
        takeover: str = "soft",
        chosen: Iterable[str] = (),
    ) -> None:
        self._controls, self._announce = controls, announce
        self._bindings = bindings
        self._soft = takeover != JUMP
        self._told: dict[str, Value] = controls.values()
        self._parted = set(chosen)
        self._said: set[str] = set()
        self._stood: dict[str, float] = {}
        self._turned: dict[str, float] = {}
        self._pairs: dict[int, Pair] = {}

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Take in a value: one that did not come from its knob parts the two."""
        if source != SOURCE and value != self._told.get(name):
            self._parted.add(name)
            self._said.discard(name)
            self._turned.pop(name, None)
        self._told[name] = value

    def bound(self, name: str) -> None:
        """Take in that a control has another knob: it stands where it stands, and the value is not its own."""
        self._parted.add(name)
        self._said.discard(name)
        for places in (self._stood, self._turned):
            places.pop(name, None)

    def turn(self, event: ControlChange) -> SetControl | Action | None:
        """Return what a controller moves or asks for; None where it is nothing, or does not have its value yet."""
        name = self._bindings.name_of(event.number)
        binding = self._bindings.get(name) if name is not None else None
        if name is None or binding is None:
            return None
        if name in SWITCHED:
            return Action(event.time_s, name, SOURCE) if self._pressed(name, event.value) else None
        position = self._turn_by(name, binding, event) if binding.relative else self._stands(name, binding, event)
        return None if position is None else SetControl(event.time_s, name, position, SOURCE, normalised=True)

    def _pressed(self, name: str, value: int) -> bool:
        """Say whether a switch goes down: not again while a pedal moves on, but for a pad that never says up."""
        before, self._stood[name] = self._stood.get(name, 0.0), value
        return value >= DOWN and (before < DOWN or before == value)

    def _turn_by(self, name: str, binding: Binding, event: ControlChange) -> float | None:
        """Return where ticks lead, from where earlier ones have led: what is less than a step adds up."""
        count, control = ticks(binding.kind, event.value), self._controls.find(name)
        if not count:
            return None
        begun = self._turned.get(name, control.position(self._controls[name]))
        self._turned[name] = min(max(begun + count * stride(control), 0.0), 1.0)
        return self._turned[name]

    def _stands(self, name: str, binding: Binding, event: ControlChange) -> float | None:
        """Return where a knob stands; None where it does not have its control's value yet."""
        position: float | None = event.value / 127
        if binding.kind == PAIR:
            pair = self._pairs.setdefault(binding.number, Pair())
            position = pair.feed(event.number != binding.number, event.value)
        if position is None or (self._soft and not self._has(name, position, binding.number)):
            return None
        return position

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


def stride(control: Control) -> float:
    """Return how much of the travel a tick of an encoder is: as a knob's, but at least a step or a choice."""
    if control.kind == "choice":
        return 1 / max(1, len(control.choices) - 1)
    return 1 / 127 if control.curve == "log" else max(1 / 127, control.step / (control.high - control.low))


def reaches(control: Control, held: Value, before: float | None, position: float) -> bool:
    """Say whether a knob that moves from one position, 0..1, to another comes to the held value or past it.

    before: None where it is not known.
    """
    at = [control.position(control.scale(each)) for each in (before, position) if each is not None]
    return min(at) - NEAR <= control.position(held) <= max(at) + NEAR


def _short(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"
