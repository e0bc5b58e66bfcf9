"""The one table of live controls; OSC addresses, CC map, YAML keys, flags, view and README all come from it.

The rows that draw are the engine's own, in engine/controls.py. What reads a control is not known here. Values are
validated in one place, `Control.parse`, whatever they come from; a refused value leaves the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.controls import DRAWING
from engine.controls import Control as Control
from engine.controls import Value as Value
from engine.errors import UserError
from engine.key import PITCH_NAMES as PITCH_NAMES

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

LONGEST_BAR_BEATS = 12.0


def _f(
    name: str, default: float, low: float, high: float, step: float, sentence: str, unit: str = "", **more: Any
) -> Control:
    return Control(name, "float", default, sentence, low, high, step, unit, **more)


def _i(name: str, default: int, low: int, high: int, sentence: str, unit: str = "", **more: Any) -> Control:
    return Control(name, "int", default, sentence, low, high, 1.0, unit, **more)


def _c(name: str, choices: tuple[str, ...], sentence: str, **more: Any) -> Control:
    return Control(name, "choice", choices[0], sentence, choices=choices, **more)


# fmt: off
TABLE: tuple[Control, ...] = (
    # What is drawn
    *DRAWING,
    _c("key", ("follow", *PITCH_NAMES), "The tonic: estimated from the call, or fixed.", live=True),
    _c("scale", ("follow", *SCALES), "The scale over the tonic: estimated from the call, or fixed.", live=True),
    _i("drafts", 16, 1, 32, "Whole answers drawn to choose one from; a slow machine draws fewer.", "answers"),
    # What is heard
    _i("split", 0, 0, 127, "Notes below this one are your left hand's, not the melody's; 0 is off.", "MIDI pitch"),
    # When
    _c(
        "turn",
        ("adaptive", "fixed", "ask", "bars", "free"),
        "When the answer comes: the phrase decides, a fixed wait, when asked, every few bars, or always.",
    ),
    _f("patience", 1.0, 0.25, 4.0, 0.05, "Scales the adaptive wait: below 1 comes in sooner.", curve="log", cc=23),
    _f("wait", 0.6, 0.1, 5.0, 0.01, "The wait after the last note, in fixed mode.", "s", curve="log"),
    _f("wait_min", 0.15, 0.05, 2.0, 0.01, "The shortest adaptive wait.", "s", curve="log"),
    _f("wait_max", 1.5, 0.2, 5.0, 0.01, "The longest adaptive wait.", "s", curve="log"),
    _f("hold_max", 4.0, 0.5, 30.0, 0.1, "A key held longer than this no longer keeps the answer waiting.", "s"),
    _i("turn_bars", 2, 1, 16, "Bars of listening before the answer, in bars mode.", "bars"),
    _i("count_in", 0, 0, 4, "Bars counted before your first ones when the song starts, in bars mode.", "bars"),
    _i("click_channel", 10, 0, 16, "MIDI channel of the count's clicks; 0 shows it and plays none.", "channel"),
    _i("click_note", 76, 0, 126, "Click on a bar's first beat; the others are the note above.", "MIDI pitch"),
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
        live=True,
    ),
    _f(
        "length", 1.0, 0.25, 4.0, 0.05,
        "Length of the answer as a multiple of the call's.", "calls", curve="log", live=True, cc=24
    ),
    _i("length_bars", 2, 1, 32, "Length of the answer in bars mode.", "bars", live=True),
    # In whose time
    _c(
        "tempo_from",
        ("auto", "clock", "link", "player", "fixed", "tap"),
        "Where the tempo comes from; auto takes the first at hand: clock, Link, taps, your playing, the bpm.",
    ),
    _f("bpm", 120.0, 20.0, 400.0, 0.1, "The fixed tempo.", "bpm", cc=25),
    _c(
        "grid",
        ("beat", "bar", "sixteenth", "off"),
        "Where the answer may start: by a clock, else on your own beat if that is near.",
    ),
    _f(
        "quantise", 0.0, 0.0, 1.0, 0.01,
        "How far the answer's onsets are pulled onto sixteenths.", live=True, cc=26
    ),
    _f(
        "swing", 0.0, 0.0, 0.5, 0.005,
        "Delays every second eighth by this share of an eighth.", "eighths", live=True, cc=27
    ),
    _f(
        "offset", 0.0, -250.0, 250.0, 1.0,
        "Shifts all output against the clock; negative is earlier.", "ms", live=True
    ),
    _f(
        "bar", 0.0, 0.0, LONGEST_BAR_BEATS, 0.5,
        "Beats in a bar, or a time signature as 6/8; 0 finds them in what is played.", "beats", live=True
    ),
    _f(
        "pulse", 0.0, 0.0, 4.0, 0.25,
        "The beat felt in a bar that is told: of 3 beats 1.5 makes 6/8, 1 makes 3/4; 0 finds it.",
        "beats", live=True
    ),
    # Like the player
    _f(
        "dynamics", 1.0, 0.0, 1.0, 0.01,
        "How much the answer's velocities follow the call's level and accents.", live=True, cc=29
    ),
    _i("velocity", 0, 0, 127, "A fixed velocity for all answer notes; 0 follows the call.", "velocity", live=True),
    _f(
        "articulation", 0.0, 0.0, 1.0, 0.01,
        "How much of each note sounds; 0 follows the call.", "of its length", live=True
    ),
    _i("out_channel", 0, 0, 16, "MIDI channel of the answer; 0 is the call's.", "channel", live=True),
)
# fmt: on
"""Every control. A new one is a row here, or in engine/controls.py where it draws, and a reader elsewhere."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for a near miss, else the list of what is known."""
    import difflib  # only when something is wrong

    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"


def spelled_out(values: Mapping[str, object]) -> dict[str, object]:
    """Return the same values with a bar that is told as a time signature turned into its length and its pulse.

    A pulse that is told beside it holds.
    """
    found = dict(values)
    parts = str(values.get("bar", "")).split("/")
    if len(parts) == 2 and all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        count, unit = (int(part) for part in parts)
        if unit in (1, 2, 4, 8, 16) and 0.0 < count * 4.0 / unit <= LONGEST_BAR_BEATS:
            found["bar"] = count * 4.0 / unit
            found.setdefault("pulse", _pulse_of(count, unit))
    return found


def _pulse_of(count: int, unit: int) -> float:
    """Return the beat of a time signature in quarters; 0 where its beats are uneven, as in 5/8 and 7/8."""
    if count % 3 == 0 and count > 3 and unit >= 4:
        return 12.0 / unit
    return 0.0 if unit > 4 and count % 2 and count > 3 else 4.0 / unit


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
        parsed = {name: self.find(name).parse(raw) for name, raw in spelled_out(values).items()}
        self._values.update(parsed)

    def with_choices(self, name: str, choices: tuple[str, ...]) -> None:
        """Say what the choices of a control are.

        Raises UserError when its value is not among them; the first then holds.
        """
        old = self.find(name)
        self.table[name] = replace(old, default=choices[0], choices=choices, open=False)
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
