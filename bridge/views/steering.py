"""What a key does: it acts, chooses a control, or moves the chosen one as any other surface would. Pure."""

from __future__ import annotations

import math

from bridge.actions import ACTIONS
from bridge.controls import Control, Controls, Value
from bridge.events import Action, SetControl
from engine.errors import UserError

ACTION_KEYS = {row.key: row.name for row in ACTIONS if row.key}
PRESET_KEYS = {str(number % 10): number for number in range(1, 11)}
"""The digits recall presets by their numbers; 0 the tenth."""
CHOOSING_KEYS = {"left": -1, "[": -1, "right": 1, "]": 1}
MOVING_KEYS = {"up": (1, 40), "down": (-1, 40), "+": (1, 200), "=": (1, 200), "-": (-1, 200)}
"""Direction, and how many steps there are about from end to end: the arrows stride, plus and minus are fine."""
LEARN = "learn"
"""The action that is done to the chosen control."""
HINT_CELLS = 76
SHORT = {"calibrate": "calib"}
"""How an action is named where there is room for two lines of keys."""


def _hints() -> tuple[str, ...]:
    """Return what the keys do, in lines that fit a narrow terminal."""
    lines = [""]
    named = [f"{key.replace(' ', '␣')} {SHORT.get(name, name)}" for key, name in ACTION_KEYS.items()]
    for hint in (*named, "1-0 preset", "←→↑↓"):
        if len(lines[-1]) + 2 + len(hint) > HINT_CELLS:
            lines.append("")
        lines[-1] += f"  {hint}" if lines[-1] else hint
    return tuple(lines)


HINTS = _hints()


class Steering:
    """Remember which control the keys move; turn keys into what is asked of the session."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._names = tuple(controls.table)
        self._place = 0

    @property
    def chosen(self) -> str:
        """Return the name of the control that the keys move."""
        return self._names[self._place]

    def press(self, key: str, now_s: float) -> Action | SetControl | None:
        """Return what a key asks for; None when it only chooses, or means nothing."""
        key = key.lower()
        if key in PRESET_KEYS:
            return Action(now_s, "preset", "key", (PRESET_KEYS[key],))
        if key in ACTION_KEYS:
            name = ACTION_KEYS[key]
            return Action(now_s, name, "key", (self.chosen,) if name == LEARN else ())
        if key in CHOOSING_KEYS:
            self._place = (self._place + CHOOSING_KEYS[key]) % len(self._names)
        if key in MOVING_KEYS:
            direction, steps = MOVING_KEYS[key]
            control = self._controls.find(self.chosen)
            value = moved(control, self._controls[control.name], direction, steps)
            return SetControl(now_s, control.name, value, "key")
        return None


def moved(control: Control, value: Value, direction: int, steps: int) -> Value:
    """Return the next value of a control in a direction of 1 or -1, with about so many of them in its range.

    Numbers move to the next multiple of a round step, and stop at the ends; choices go round.
    """
    if control.kind == "choice":
        place = control.choices.index(str(value)) if value in control.choices else 0
        return control.choices[(place + direction) % len(control.choices)]
    step = _round_step((control.high - control.low) / steps)
    for times in (1, 2, 5, 10, 20, 50):  # a control may know fewer values than the step would reach
        target = _next_multiple(float(value), step * times, direction)
        try:
            found = control.parse(min(max(target, control.low), control.high))
        except UserError:
            continue
        if found != value:
            return found
    return value


def _round_step(wanted: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not above `wanted`."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return max(digit * power for digit in (1, 2, 5) if digit * power <= wanted * (1 + 1e-9))


def _next_multiple(value: float, step: float, direction: int) -> float:
    slack = 1e-6 * direction
    place = value / step + slack
    return round((math.floor(place) + 1 if direction > 0 else math.ceil(place) - 1) * step, 6)
