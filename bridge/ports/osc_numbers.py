"""Controls and actions by number, for a host whose parameters have numbers and no names: REAPER. Pure.

`/melody/param/N text` comes from it: the value as it shows it, in the control's own units or by the choice's name;
an action is asked for by "now". `/melody/param/N/norm 0..1` goes to it: the range in equal parts, without the
control's curve, for so it divides what it shows. What it says at the second address is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.actions import ACTIONS, ActionRow
from bridge.controls import TABLE, Control, Value
from bridge.events import Action, Complaint, SetControl

PARAM = "param/"
NOW = "now"
NUMBERED: tuple[Control | ActionRow, ...] = (
    *(control for control in TABLE if not control.open),
    *(row for row in ACTIONS if row.osc and not row.argument),
)
"""What has a number, counted from 1: controls whose choices are known, and actions that need no argument."""
_NUMBERS = {row.name: number for number, row in enumerate(NUMBERED, start=1)}


def numbered_event(
    name: str, arguments: Sequence[object], time_s: float
) -> SetControl | Action | Complaint | None:
    """Return what a message at `param/...` asks for; None for what is only shown."""
    number, _, rest = name.removeprefix(PARAM).partition("/")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(NUMBERED)):
        return Complaint(time_s, f"OSC {PARAM}{number[:20]}: there are the numbers 1 to {len(NUMBERED)}")
    text = arguments[0] if len(arguments) == 1 else None
    if rest or not isinstance(text, str) or not text.strip():
        return None
    row = NUMBERED[int(number) - 1]
    if isinstance(row, Control):
        return SetControl(time_s, row.name, text.strip()[:80], "osc")
    return Action(time_s, row.name, "osc") if text.strip() == NOW else None


def numbered_position(control: Control, value: Value) -> tuple[str, float] | None:
    """Return the address of a control's number, and where its value lies in its range, 0..1; None without one."""
    number = _NUMBERS.get(control.name)
    if number is None:
        return None
    if control.kind == "choice":
        place = control.position(value)
    else:
        place = (float(value) - control.low) / (control.high - control.low)
    return f"{PARAM}{number}/norm", place
