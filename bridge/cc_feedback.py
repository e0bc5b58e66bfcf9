"""Values sent back as MIDI controllers, for lit rings and motor faders. Pure: messages go out as values.

A knob is told what something else made of its control, never what it said itself: a fader that a hand holds must
not be pulled. At most `EVERY_S` apart a control, the last value always.
"""

from __future__ import annotations

import math

from bridge.bindings import PAIR, Binding, Bindings
from bridge.controls import Control, Controls, Value
from bridge.events import ControlChange
from bridge.knobs import SOURCE
from bridge.observers import Observer
from bridge.ports.wire import CONTROL

EVERY_S = 1 / 30
AT_ONCE = 8
"""So many messages leave at most between two looks at the notes."""
ECHO_S = 0.5
"""A message of ours that a DAW or a motor fader sends back arrives within this."""

Message = tuple[int, int, int]


class CcFeedback(Observer):
    """Know what each controller should show, and when it may be told.

    channel: 0..15, where a controller has not been heard yet.
    """

    def __init__(self, controls: Controls, bindings: Bindings, channel: int = 0) -> None:
        self._controls = controls
        self._bindings = bindings
        self._channel = channel
        self._channels: dict[int, int] = {}
        self._shown: dict[str, tuple[Message, ...]] = {}
        self._waiting: dict[str, float] = {}
        self._told_s: dict[str, float] = {}
        self._sent_s: dict[Message, float] = {}

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Take in a value; a knob that it comes from shows it, but for an encoder, which does not know."""
        binding = self._bindings.get(name)
        if binding is None:
            return
        if source == SOURCE and not binding.relative:
            self._shown[name] = self._messages(name, binding)
            self._waiting.pop(name, None)
        else:
            self._waiting[name] = self._told_s.get(name, -EVERY_S) + EVERY_S

    def show_all(self) -> None:
        """Have everything told again: a controller that was away has forgotten it."""
        self._shown.clear()
        self._waiting |= {name: 0.0 for name in self._bindings if name in self._controls.table}

    def take_echo(self, event: ControlChange) -> bool:
        """Take in a controller; return whether it is a message of ours coming back. Each is recognised once."""
        self._channels[event.number] = event.channel
        sent_s = self._sent_s.pop((CONTROL | event.channel, event.number, event.value), None)
        return sent_s is not None and event.time_s - sent_s <= ECHO_S

    def next_s(self) -> float | None:
        """Return when something may be told, or None where nothing waits."""
        return min(self._waiting.values(), default=None)

    def due(self, now_s: float) -> list[Message]:
        """Return the messages that may leave now, a few at a time; what is shown already is left out."""
        messages: list[Message] = []
        for name in [each for each, due_s in self._waiting.items() if due_s <= now_s]:
            if len(messages) >= AT_ONCE:
                break
            del self._waiting[name]
            binding = self._bindings.get(name)
            shows = self._messages(name, binding) if binding is not None else ()
            if shows != self._shown.get(name, ()):
                self._shown[name], self._told_s[name] = shows, now_s
                self._sent_s |= dict.fromkeys(shows, now_s)
                messages += shows
        return messages

    def _messages(self, name: str, binding: Binding) -> tuple[Message, ...]:
        status = CONTROL | self._channels.get(binding.number, self._channel)
        position = knob_position(self._controls.find(name), self._controls[name])
        if binding.kind != PAIR:
            return ((status, binding.number, math.floor(position * 127 + 0.5)),)
        shown = math.floor(position * 16383 + 0.5)
        coarse, fine = binding.numbers
        return (status, coarse, shown >> 7), (status, fine, shown & 127)


def knob_position(control: Control, value: Value) -> float:
    """Return where on its travel, 0..1, a knob says this value: of a choice in the middle, or at an end."""
    if control.kind != "choice" or value not in control.choices:
        return control.position(value)
    place, count = control.choices.index(str(value)), len(control.choices)
    return 0.0 if place == 0 else 1.0 if place == count - 1 else (place + 0.5) / count
