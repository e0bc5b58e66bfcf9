"""The one table of the integer columns that the model reads of each step.

A column's value comes by its rule from one small view of the melody so far, the `SoFar` (tracker.py makes it).
Most columns say in numbers what a small net does not find by itself: what followed the last time that the melody
went like this (*match features*), what stood one, two, four and eight bars ago, and where in the bar the next step
will begin.

Columns that hold a pitch hold token + 1, 0 meaning none, except `token` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.errors import UserError
from engine.tokenizer import TICKS_PER_BEAT, Step, Tokenizer

Rows = npt.NDArray[np.int16]

_N_LENGTHS = 16
_INTERVAL_CAP = 24
_N_INTERVALS = 2 * _INTERVAL_CAP + 2
SIXTEENTH_TICKS = TICKS_PER_BEAT // 4
_N_BAR_POSITIONS = 48 + 1
METRES_BEATS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 9.0, 12.0, 16.0)
PULSES_BEATS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_N_PULSE_POSITIONS = 24 + 1


class Found(NamedTuple):
    """Hold what stands at an earlier place, as column values: token + 1, duration + 1, and for a match how long
    it is; all 0 for nowhere."""

    token: int = 0
    duration: int = 0
    length: int = 0


class InBar(NamedTuple):
    """Say where in the bars the next step begins.

    metre, pulse: the numbers of the bar's length and of its pulse's, 0 where not told; since_pulse_sixteenths:
    from the last pulse.
    """

    metre: int = 0
    since_sixteenths: int = -1
    until_sixteenths: int = -1
    number: int = -1
    pulse: int = 0
    since_pulse_sixteenths: int = -1


class SoFar(NamedTuple):
    """Hold what a row is made of: the newest step, and what is known of the melody up to it.

    step, step_1, step_2: the newest step and those before it; token and duration -1 where there is none.
    last: the last sounding token, -1 for none; rise: semitones up to this step, from_first: from the first
    sounding token to the last, both None for none.
    same_pitches, same_intervals, same_figure (intervals with durations), same_rhythm: what followed the longest,
    latest match of this kind; by intervals and figure moved by as much as the melody is since then.
    other_intervals: the best match on intervals that went on otherwise. same_motif: what followed the longest,
    latest match on steps of the scale with durations, moved along the scale.
    lag_1, lag_2: what stood four and eight bars before the next step; bar_1, bar_2: one and two (with the metre
    unknown 16, 12, 4 and 6 beats). lag_1_moved, bar_1_moved, bar_2_moved: the same, moved along the scale by as
    much as the melody is since then.
    ticks: when the next step begins; in_bar: where; any_key, style: of the whole melody, style as a number.
    """

    step: Step
    step_1: Step
    step_2: Step
    last: int
    rise: int | None
    from_first: int | None
    same_pitches: Found
    same_intervals: Found
    other_intervals: Found
    same_figure: Found
    same_rhythm: Found
    same_motif: Found
    lag_1: Found
    lag_2: Found
    lag_1_moved: Found
    bar_1: Found
    bar_2: Found
    bar_1_moved: Found
    bar_2_moved: Found
    ticks: int
    in_bar: InBar
    any_key: bool
    style: int


@dataclass(frozen=True, slots=True)
class Column:
    """Describe one column of the rows.

    size: how many values it can have with a vocabulary, 0 to size - 1; rule: its value behind a melody; shift: its
    values when the melody stands some semitones higher, of (values, number of pitches, semitones), None where
    they do not change; points_at: whether it holds a candidate for the next token or duration, which the
    model's heads see.
    """

    name: str
    size: Callable[[Tokenizer], int]
    rule: Callable[[SoFar], int]
    shift: Callable[[Rows, int, int], Rows] | None = None
    points_at: Literal["token", "duration"] | None = None


def _a_token(tokenizer: Tokenizer) -> int:
    return tokenizer.vocab_size


def _maybe_token(tokenizer: Tokenizer) -> int:
    return tokenizer.vocab_size + 1


def _maybe_duration(tokenizer: Tokenizer) -> int:
    return tokenizer.n_durations + 1


def _maybe_style(tokenizer: Tokenizer) -> int:
    return len(tokenizer.styles) + 1


def _always(size: int) -> Callable[[Tokenizer], int]:
    return lambda _: size


def _token_up(values: Rows, n_pitches: int, semitones: int) -> Rows:
    return np.where(values < n_pitches, values + semitones, values)


def _pitch_up(values: Rows, n_pitches: int, semitones: int) -> Rows:
    pitched = (values >= 1) & (values <= n_pitches)
    shifted = values + semitones
    shifted = np.where((shifted >= 1) & (shifted <= n_pitches), shifted, 0)
    return np.where(pitched, shifted, values)


def _marked(values: Rows, n_pitches: int, semitones: int) -> Rows:
    return np.ones_like(values)


def _interval(semitones: int | None) -> int:
    return 0 if semitones is None else min(max(semitones, -_INTERVAL_CAP), _INTERVAL_CAP) + _INTERVAL_CAP + 1


def _place(sixteenths: int) -> int:
    return min(sixteenths + 1, _N_BAR_POSITIONS - 1)


def number_of(beats: float, lengths: Sequence[float]) -> int:
    """Return the number of a length among those that have one, from 1 on; behind the last for any other."""
    near = [abs(beats - length) < 1e-3 for length in lengths]
    return near.index(True) + 1 if any(near) else len(lengths) + 1


_lengths, _intervals, _places = _always(_N_LENGTHS), _always(_N_INTERVALS), _always(_N_BAR_POSITIONS)

_PITCH_TABLE = (
    Column("token", _a_token, lambda now: now.step.token, _token_up),
    Column("last", _maybe_token, lambda now: now.last + 1, _pitch_up, "token"),
    Column("token_1", _maybe_token, lambda now: now.step_1.token + 1, _pitch_up),
    Column("token_2", _maybe_token, lambda now: now.step_2.token + 1, _pitch_up),
    Column("interval", _intervals, lambda now: _interval(now.rise)),
    Column("from_first", _intervals, lambda now: _interval(now.from_first)),
    Column("any_key", _always(2), lambda now: int(now.any_key), _marked),
    Column("pitch_match", _maybe_token, lambda now: now.same_pitches.token, _pitch_up, "token"),
    Column("pitch_match_length", _lengths, lambda now: now.same_pitches.length),
    Column("interval_match", _maybe_token, lambda now: now.same_intervals.token, _pitch_up, "token"),
    Column("interval_match_length", _lengths, lambda now: now.same_intervals.length),
    Column("interval_match_2", _maybe_token, lambda now: now.other_intervals.token, _pitch_up, "token"),
    Column("interval_match_2_length", _lengths, lambda now: now.other_intervals.length),
)
_TIME_TABLE = (
    Column("style", _maybe_style, lambda now: now.style),
    Column("duration", _maybe_duration, lambda now: now.step.duration + 1, None, "duration"),
    Column("duration_1", _maybe_duration, lambda now: now.step_1.duration + 1, None, "duration"),
    Column("metre", _always(len(METRES_BEATS) + 2), lambda now: now.in_bar.metre),
    Column("bar_position", _places, lambda now: _place(now.in_bar.since_sixteenths)),
    Column("to_barline", _places, lambda now: _place(now.in_bar.until_sixteenths)),
    Column("bar_index", _always(9), lambda now: now.in_bar.number % 8 + 1 if now.in_bar.metre else 0),
    Column("beat_phase", _always(24), lambda now: now.ticks % TICKS_PER_BEAT // 2),
    Column("elapsed_mod_4", _always(16), lambda now: now.ticks // SIXTEENTH_TICKS % 16),
    Column("elapsed_mod_3", _always(12), lambda now: now.ticks // SIXTEENTH_TICKS % 12),
    Column("joint_match", _maybe_token, lambda now: now.same_figure.token, _pitch_up, "token"),
    Column("joint_match_duration", _maybe_duration, lambda now: now.same_figure.duration, None, "duration"),
    Column("joint_match_length", _lengths, lambda now: now.same_figure.length),
    Column("interval_match_duration", _maybe_duration, lambda now: now.same_intervals.duration, None, "duration"),
    Column("rhythm_match", _maybe_duration, lambda now: now.same_rhythm.duration, None, "duration"),
    Column("rhythm_match_length", _lengths, lambda now: now.same_rhythm.length),
    Column("lag_1", _maybe_token, lambda now: now.lag_1.token, _pitch_up, "token"),
    Column("lag_1_duration", _maybe_duration, lambda now: now.lag_1.duration, None, "duration"),
    Column("lag_2", _maybe_token, lambda now: now.lag_2.token, _pitch_up, "token"),
    Column("lag_2_duration", _maybe_duration, lambda now: now.lag_2.duration, None, "duration"),
    Column("pulse", _always(len(PULSES_BEATS) + 2), lambda now: now.in_bar.pulse),
    Column(
        "in_pulse",
        _always(_N_PULSE_POSITIONS),
        lambda now: min(now.in_bar.since_pulse_sixteenths + 1, _N_PULSE_POSITIONS - 1),
    ),
    Column("motif_match", _maybe_token, lambda now: now.same_motif.token, _pitch_up, "token"),
    Column("motif_match_duration", _maybe_duration, lambda now: now.same_motif.duration, None, "duration"),
    Column("motif_match_length", _lengths, lambda now: now.same_motif.length),
    Column("lag_1_moved", _maybe_token, lambda now: now.lag_1_moved.token, _pitch_up, "token"),
    Column("bar_1", _maybe_token, lambda now: now.bar_1.token, _pitch_up, "token"),
    Column("bar_1_duration", _maybe_duration, lambda now: now.bar_1.duration, None, "duration"),
    Column("bar_1_moved", _maybe_token, lambda now: now.bar_1_moved.token, _pitch_up, "token"),
    Column("bar_2", _maybe_token, lambda now: now.bar_2.token, _pitch_up, "token"),
    Column("bar_2_duration", _maybe_duration, lambda now: now.bar_2.duration, None, "duration"),
    Column("bar_2_moved", _maybe_token, lambda now: now.bar_2_moved.token, _pitch_up, "token"),
)
TABLE = {column.name: column for column in (*_PITCH_TABLE, *_TIME_TABLE)}
"""Every column by name. A checkpoint's config names those that it reads, in its own order."""

PITCH_COLUMNS = tuple(column.name for column in _PITCH_TABLE)
NOTE_COLUMNS = tuple(TABLE)
POINTERS = tuple(column.name for column in TABLE.values() if column.points_at == "token")
"""Columns that hold a candidate for the next token, `last` (the last sounding pitch) first."""
DURATION_POINTERS = tuple(column.name for column in TABLE.values() if column.points_at == "duration")
"""Columns that hold a candidate for the next duration."""
PULSE_COLUMNS = ("pulse", "in_pulse")
"""Columns that are 0 where the bars are known and not how they are divided."""


def columns(tokenizer: Tokenizer, names: Sequence[str] | None = None) -> tuple[tuple[str, int], ...]:
    """Return (name, cardinality) for each column; all that fit the tokenizer when no names are given.

    Raises UserError for a name that is none.
    """
    if names is None:
        names = NOTE_COLUMNS if tokenizer.n_durations else PITCH_COLUMNS
    return tuple((name, _column(name).size(tokenizer)) for name in names)


def _column(name: str) -> Column:
    if name not in TABLE:
        raise UserError(f"features: unknown column {name!r}; known are {', '.join(sorted(TABLE))}")
    return TABLE[name]


def shift_rows(rows: Rows, names: Sequence[str], n_pitches: int, semitones: int) -> Rows:
    """Return the rows of the melody moved by `semitones` and marked as in any key.

    The caller sees to it that every pitch stays in the vocabulary. A match that pointed outside the
    vocabulary stays "none", the one thing in which these rows may differ from those of the moved melody.
    """
    moved = rows.copy()
    for place, name in enumerate(names):
        shift = TABLE[name].shift
        if shift is not None:
            moved[:, place] = shift(rows[:, place], n_pitches, semitones)
    return moved
