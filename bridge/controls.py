"""The one table of live controls; OSC addresses, CC map, YAML keys, flags, view and README all come from it.

What reads a control is not known here. Values are validated in one place, `Control.parse`, whatever they come
from; a refused value raises UserError and leaves the old one.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.errors import UserError

Value = float | int | str

PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "blues": (0, 3, 5, 6, 7, 10),
}
"""Semitones above the tonic."""


@dataclass(frozen=True, slots=True)
class Control:
    """Describe one live control.

    kind: "float", "int" or "choice"; low, high: its closed range (numbers); choices: its values (choice);
    default: of the same kind; unit: of a number, or ""; curve: "linear" or "log", how 0..1 maps onto the
    range;
    cc: the MIDI controller that moves it, or None; sentence: what it does, for a player. open: its choices are
    not all known yet, so any short text is taken until `Controls.with_choices` says what they are.
    """

    name: str
    kind: str
    default: Value
    sentence: str
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    curve: str = "linear"
    choices: tuple[str, ...] = ()
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

        Numbers may come as int, float or their text (a float for a whole number is taken when it is whole);
        choices as their text in any case, or as their index.

        Raises UserError for anything else: booleans, NaN, infinities, out of range, unknown choices.
        """
        if self.kind == "choice":
            return self._parse_choice(raw)
        number = _number(raw)
        if number is None or not self.low <= number <= self.high:
            raise UserError(f"{self.name}: {raw!r} refused; it takes {self.allowed()}")
        if self.kind == "int":
            if number != int(number):
                raise UserError(f"{self.name}: {raw!r} refused; it takes {self.allowed()}")
            return int(number)
        return number

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
        """Return the value at position `raw`, 0..1, of the control's travel.

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
        return round(number) if self.kind == "int" else min(max(number, self.low), self.high)

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


def _f(
    name: str, default: float, low: float, high: float, sentence: str, unit: str = "", **more: object
) -> Control:
    return Control(name, "float", default, sentence, low, high, unit, **more)  # type: ignore[arg-type]


def _i(name: str, default: int, low: int, high: int, sentence: str, unit: str = "", **more: object) -> Control:
    return Control(name, "int", default, sentence, low, high, unit, **more)  # type: ignore[arg-type]


def _c(name: str, choices: tuple[str, ...], sentence: str, **more: object) -> Control:
    return Control(name, "choice", choices[0], sentence, choices=choices, **more)  # type: ignore[arg-type]


TABLE: tuple[Control, ...] = (
    # What is drawn
    _f("temperature", 0.9, 0.0, 2.0, "How freely notes are drawn: 0 always takes the likeliest.", cc=20),
    _i("top_k", 20, 0, 128, "Only the k likeliest notes can be drawn; 0 lets all of them.", "notes", cc=21),
    _f("top_p", 1.0, 0.05, 1.0, "Only the likeliest notes that together have this probability; 1 is off."),
    _f("min_p", 0.0, 0.0, 0.5, "Drops notes less likely than this share of the likeliest; 0 is off."),
    _f("loop_guard", 1.0, 0.0, 1.0, "How strongly a figure that has begun to circle is led out of its loop."),
    _f("closeness", 0.0, 0.0, 1.0, "From free (0) to near the call: its motifs and rhythm come back.", cc=22),
    # When
    _c(
        "turn",
        ("adaptive", "fixed", "ask", "bars", "free"),
        "When the answer comes: the phrase decides, a fixed wait, when asked, every few bars, or always.",
    ),
    _f("patience", 1.0, 0.25, 4.0, "Scales the adaptive wait: below 1 comes in sooner.", curve="log", cc=23),
    _f("wait", 0.6, 0.1, 5.0, "The wait after the last note, in fixed mode.", "s", curve="log"),
    _f("wait_min", 0.15, 0.05, 2.0, "The shortest adaptive wait.", "s", curve="log"),
    _f("wait_max", 1.5, 0.2, 5.0, "The longest adaptive wait.", "s", curve="log"),
    _f("hold_max", 4.0, 0.5, 30.0, "A key held longer than this no longer keeps the answer waiting.", "s"),
    _i("turn_bars", 2, 1, 16, "Bars of listening before the answer, in bars mode.", "bars"),
    _c(
        "barge_in",
        ("yield", "finish", "overlap"),
        "When you play into the answer: it stops at once, ends its phrase, or plays on.",
    ),
    # How long
    _c(
        "length_mode",
        ("proportion", "bars", "phrase"),
        "The answer's length: in proportion to the call, a number of bars, or until its phrase ends.",
    ),
    _f(
        "length",
        1.0,
        0.25,
        4.0,
        "Length of the answer as a multiple of the call's.",
        "calls",
        curve="log",
        cc=24,
    ),
    _i("length_bars", 2, 1, 32, "Length of the answer in bars mode.", "bars"),
    # In whose time
    _c(
        "tempo_from",
        ("auto", "clock", "link", "player", "fixed", "tap"),
        "Where the tempo comes from; auto takes the first at hand: clock, Link, taps, your playing, the bpm.",
    ),
    _f("bpm", 120.0, 20.0, 400.0, "The fixed tempo.", "bpm", cc=25),
    _c("grid", ("beat", "bar", "sixteenth", "off"), "Where the answer may start when a clock runs."),
    _f("quantise", 0.0, 0.0, 1.0, "How far the answer's onsets are pulled onto sixteenths.", cc=26),
    _f("swing", 0.0, 0.0, 0.5, "Delays every second eighth by this share of an eighth.", "eighths", cc=27),
    _f("offset", 0.0, -250.0, 250.0, "Shifts all output against the clock; negative is earlier.", "ms"),
    _f("bar", 0.0, 0.0, 12.0, "Beats in a bar; 0 is unknown.", "beats"),
    # In which key
    _c("key", ("follow", *PITCH_NAMES), "The tonic: estimated from the call, or fixed."),
    _c("scale", ("follow", *SCALES), "The scale over the tonic: estimated from the call, or fixed."),
    _f(
        "key_lock",
        0.3,
        0.0,
        1.0,
        "From free (0) through a lean towards the key to nothing outside it (1).",
        cc=28,
    ),
    # Like the player
    _i(
        "range_low",
        0,
        0,
        127,
        "Lowest pitch of an answer; 0 with range_high 127 stays near the call.",
        "MIDI pitch",
    ),
    _i("range_high", 127, 0, 127, "Highest pitch of an answer.", "MIDI pitch"),
    _f(
        "dynamics",
        1.0,
        0.0,
        1.0,
        "How much the answer's velocities follow the call's level and accents.",
        cc=29,
    ),
    _i("velocity", 0, 0, 127, "A fixed velocity for all answer notes; 0 follows the call.", "velocity"),
    _f("articulation", 0.0, 0.0, 1.0, "How much of each note sounds; 0 follows the call.", "of its length"),
    _i("out_channel", 0, 0, 16, "MIDI channel of the answer; 0 is the call's.", "channel"),
    _c("style", ("any",), "Manner of the answer, where the checkpoint knows any (essen: regions).", open=True),
)
"""Every control. A new one is a row here and a reader elsewhere."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for a near miss, else the list of what is known."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"


class Controls:
    """Hold the current values of a table of controls.

    Iteration order is the table's. `with_choices` fits a choice to what a checkpoint offers (style).
    """

    def __init__(self, table: Iterable[Control] = TABLE) -> None:
        self.table = {control.name: control for control in table}
        self._values: dict[str, Value] = {control.name: control.default for control in self.table.values()}

    def __getitem__(self, name: str) -> Value:
        return self._values[self.find(name).name]

    def number(self, name: str) -> float:
        """Return a numeric control's value as a float."""
        return float(self[name])

    def find(self, name: str) -> Control:
        """Return the control of this name.

        Raises UserError naming the nearest one when there is none.
        """
        try:
            return self.table[name]
        except KeyError:
            raise UserError(f"unknown control '{name}'" + suggest(name, self.table)) from None

    def set(self, name: str, raw: object, *, normalised: bool = False) -> Value:
        """Apply `raw` to a control and return the value that now holds.

        Raises UserError, the old value standing, when it is refused.
        """
        control = self.find(name)
        value = control.scale(raw) if normalised else control.parse(raw)
        self._values[name] = value
        return value

    def update(self, values: Mapping[str, object]) -> None:
        """Apply several values, all or none. Raises UserError for the first that is refused."""
        parsed = {name: self.find(name).parse(raw) for name, raw in values.items()}
        self._values.update(parsed)

    def with_choices(self, name: str, choices: tuple[str, ...]) -> None:
        """Say what the choices of a control are.

        Raises UserError when its value is not among them; the first then holds.
        """
        old = self.find(name)
        self.table[name] = Control(old.name, old.kind, choices[0], old.sentence, choices=choices, cc=old.cc)
        value, self._values[name] = self._values[name], choices[0]
        self._values[name] = self.table[name].parse(value)

    def values(self) -> dict[str, Value]:
        """Return a copy of all current values, in the table's order."""
        return dict(self._values)


def cc_map(table: Iterable[Control] = TABLE) -> dict[int, str]:
    """Return which controller number moves which control."""
    return {control.cc: control.name for control in table if control.cc is not None}


def as_markdown(table: Iterable[Control] = TABLE) -> str:
    """Return the table as the README shows it."""
    lines = ["| control | range | default | CC | what it does |", "|---|---|---|---|---|"]
    for control in table:
        is_choice = control.kind == "choice"
        values = " · ".join(control.choices) if is_choice else f"{control.low:g} .. {control.high:g}"
        unit = f" {control.unit}" if control.unit else ""
        default = control.default if is_choice else f"{control.default:g}"
        lines.append(
            f"| `{control.name}` | {values}{unit} | {default} | {control.cc or ''} | {control.sentence} |"
        )
    return "\n".join(lines)
