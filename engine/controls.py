"""What a live control is, and the table of those that shape how notes are drawn. No torch.

Values are validated in one place, `Control.parse`, whatever they come from; a refused value raises UserError.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from engine.errors import UserError

Value = float | int | str
PRECISIONS = ("auto", "fp32", "bf16", "int8")
"""In what a model is computed: what suits model and device, or 32 bits, or 16, or weights of 8."""


@dataclass(frozen=True, slots=True)
class Control:
    """Describe one live control.

    kind: "float", "int" or "choice"; low, high: its closed range (numbers); choices: its values (choice);
    default: of the same kind; step: what a fader's or a controller's position is rounded to; unit: of a number,
    or ""; curve: "linear" or "log", how 0..1 maps onto the range; live: whether a move acts on an answer that
    sounds, on what of it has not begun; cc: the MIDI controller that moves it, or None; sentence: what it does,
    for a player. open: its choices are not all known yet, so any short text is taken until they are.
    """

    name: str
    kind: str
    default: Value
    sentence: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    unit: str = ""
    curve: str = "linear"
    choices: tuple[str, ...] = ()
    live: bool = False
    cc: int | None = None
    open: bool = False

    def allowed(self) -> str:
        """Return the allowed set in words."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        unit = f" {self.unit}" if self.unit else ""
        kind = "a whole number" if self.kind == "int" else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{unit}"

    def parse(self, raw: object) -> Value:
        """Return `raw` as a value of this control.

        Numbers may come as int, float or their text; for a whole number the nearest is taken, as faders send
        what they like. Choices come as their text in any case, or as their index.

        Raises UserError for anything else: booleans, NaN, infinities, out of range, unknown choices.
        """
        if self.kind == "choice":
            return self._parse_choice(raw)
        number = _number(raw)
        if number is None or not self.low <= number <= self.high:
            raise UserError(f"{self.name}: {raw!r} refused; it takes {self.allowed()}")
        return math.floor(number + 0.5) if self.kind == "int" else number

    def _parse_choice(self, raw: object) -> str:
        if isinstance(raw, str):
            for choice in self.choices:
                if choice.lower() == raw.strip().lower():
                    return choice
            if self.open and 0 < len(raw.strip()) <= 40:
                return raw.strip()
        else:
            number = _number(raw)
            if number is not None and number == int(number) and 0 <= number < len(self.choices):
                return self.choices[int(number)]
        raise UserError(f"{self.name}: {raw!r} refused; it takes {self.allowed()}")

    def scale(self, raw: object) -> Value:
        """Return the value at position `raw`, 0..1, of the control's travel, rounded to its step.

        Raises UserError when raw is not a number from 0 to 1.
        """
        position = _number(raw)
        if position is None or not 0.0 <= position <= 1.0:
            raise UserError(f"{self.name}: {raw!r} refused; a normalised value is a number from 0 to 1")
        if self.kind == "choice":
            return self.choices[min(int(position * len(self.choices)), len(self.choices) - 1)]
        if self.curve == "log":
            number = self.low * math.pow(self.high / self.low, position)
        else:
            number = self.low + (self.high - self.low) * position
        number = round(math.floor(number / self.step + 0.5) * self.step, 9)
        return self.parse(min(max(number, self.low), self.high))

    def position(self, value: Value) -> float:
        """Return where `value` lies on the travel, 0..1; the inverse of `scale`."""
        if self.kind == "choice":
            place = self.choices.index(str(value)) if value in self.choices else 0
            return place / max(1, len(self.choices) - 1)
        number = float(value)
        if self.curve == "log":
            return math.log(number / self.low) / math.log(self.high / self.low)
        return (number - self.low) / (self.high - self.low)


def _number(raw: object) -> float | None:
    """Return raw as a finite float, or None. A boolean is no number: a surface that sends one is miswired."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        number = float(raw)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


T = TypeVar("T", float, int, str)


def _row(default: T, low: float, high: float, sentence: str, **more: Any) -> T:
    """Return a field of a record that is also a row of the table: a number, live."""
    kind = "int" if isinstance(default, int) else "float"
    control = Control("", kind, default, sentence, low, high, **{"live": True, "step": 1.0} | more)
    return field(default=default, metadata={"control": control})


def _choice(default: T, sentence: str, **more: Any) -> T:
    """Return a field that is also a row: a choice, live."""
    control = Control("", "choice", default, sentence, choices=(str(default),), live=True, **more)
    return field(default=default, metadata={"control": control})


@dataclass(frozen=True, slots=True)
class Sampling:
    """Hold what shapes the next draws; but for the key each field is a row of the table of controls.

    key: (tonic pitch class 0..11, the scale's pitch classes) as heard or set, None when there is none.
    """

    temperature: float = _row(
        1.0, 0.0, 2.0, "How freely notes are drawn: 0 always takes the likeliest.", step=0.01, cc=20
    )
    top_k: int = _row(
        20, 0, 128, "Only the k likeliest notes can be drawn; 0 lets all of them.", unit="notes", cc=21
    )
    top_p: float = _row(
        1.0, 0.05, 1.0, "Only the likeliest notes that together have this probability; 1 is off.", step=0.01
    )
    min_p: float = _row(
        0.0, 0.0, 0.5, "Drops notes less likely than this share of the likeliest; 0 is off.", step=0.005
    )
    loop_guard: float = _row(
        1.0, 0.0, 1.0, "How strongly a figure that has begun to circle is led out of its loop.", step=0.01
    )
    closeness: float = _row(
        0.0, 0.0, 1.0, "From free (0) to near the call: its motifs and rhythm come back.", step=0.01, cc=22
    )
    key_lock: float = _row(
        0.3, 0.0, 1.0, "From free (0) through a lean towards the key to nothing outside it (1).", step=0.01, cc=28
    )
    range_low: int = _row(
        0, 0, 127, "Lowest pitch of an answer; 0 with range_high 127 stays near the call.", unit="MIDI pitch"
    )
    range_high: int = _row(127, 0, 127, "Highest pitch of an answer.", unit="MIDI pitch")
    style: str = _choice(
        "any", "Manner of the answer, where the checkpoint knows any (essen: lied, irish, China, ..).", open=True
    )
    style_b: str = _choice("any", "The manner that style_mix leads to.", open=True)
    style_mix: float = _row(
        0.0, 0.0, 1.0, "How far the answer is on the way from style (0) to style_b (1).", step=0.01
    )
    key: tuple[int, tuple[int, ...]] | None = None

    @property
    def range(self) -> tuple[int, int]:
        """Return the MIDI range that answers stay in, inclusive; set crosswise it is taken in order."""
        return min(self.range_low, self.range_high), max(self.range_low, self.range_high)


DRAWING: tuple[Control, ...] = tuple(
    replace(each.metadata["control"], name=each.name) for each in fields(Sampling) if "control" in each.metadata
)
"""Every control that draws. A new one is a field of `Sampling` and the place that reads it."""


def sampling_of(values: Mapping[str, Value]) -> Sampling:
    """Return what these controls' values say of drawing, by name; those not given have their defaults."""
    named: dict[str, Any] = {row.name: values[row.name] for row in DRAWING if row.name in values}
    return Sampling(**named)
