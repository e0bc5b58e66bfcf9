"""Turn steps into the integer columns that the model reads: one rule for whole songs and for live steps.

The `Tracker` takes one step at a time and returns its row; a whole song is the rows of its steps. A row
depends on the steps up to its own and on nothing later. Most columns say in numbers what a small net does
not find by itself: what followed the last time that the melody went like this (*match features*), what
stood four bars ago, and where in the bar the next step will begin.

Columns that hold a pitch hold token + 1, 0 meaning none, except `token` itself; `shift_rows` relies on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.errors import UserError
from engine.notes import Metre
from engine.suffixes import Suffixes
from engine.tokenizer import TICKS_PER_BEAT, Step, Tokenizer, ticks_of

Rows = npt.NDArray[np.int16]

_LENGTH_BUCKETS = tuple(min(n, 12) if n <= 12 else 13 if n <= 16 else 14 if n <= 24 else 15 for n in range(33))
_N_LENGTHS = 16
_INTERVAL_CAP = 24
_N_INTERVALS = 2 * _INTERVAL_CAP + 2
_SIXTEENTH = TICKS_PER_BEAT // 4
_N_BAR_POSITIONS = 48 + 1
_METRES_BEATS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 9.0, 12.0, 16.0)
# With the metre unknown the look back is fixed: four bars of 4/4, and of 3/4.
_BLIND_LAGS_TICKS = (16 * TICKS_PER_BEAT, 12 * TICKS_PER_BEAT)

# Matches that are kept: on pitches, on intervals, on intervals with durations, on durations.
_PITCH, _INTERVAL, _JOINT, _RHYTHM = range(4)

TOKEN_COLUMNS = ("token",)
PITCH_COLUMNS = (
    "token", "last", "token_1", "token_2", "interval", "from_first", "any_key",
    "pitch_match", "pitch_match_length", "interval_match", "interval_match_length",
    "interval_match_2", "interval_match_2_length",
)  # fmt: skip
NOTE_COLUMNS = (
    *PITCH_COLUMNS, "style", "duration", "duration_1", "metre", "bar_position", "to_barline", "bar_index",
    "beat_phase", "elapsed_mod_4", "elapsed_mod_3", "joint_match", "joint_match_duration",
    "joint_match_length", "interval_match_duration", "rhythm_match", "rhythm_match_length",
    "lag_1", "lag_1_duration", "lag_2", "lag_2_duration",
)  # fmt: skip
POINTERS = ("last", "interval_match", "pitch_match", "interval_match_2", "joint_match", "lag_1", "lag_2")
"""Columns that hold a candidate for the next token, `last` (the last sounding pitch) first."""
DURATION_POINTERS = (
    "duration", "duration_1", "interval_match_duration", "joint_match_duration", "rhythm_match",
    "lag_1_duration", "lag_2_duration",
)  # fmt: skip
"""Columns that hold a candidate for the next duration."""
_SHIFTED = frozenset(
    ("last", "token_1", "token_2", "pitch_match", "interval_match", "interval_match_2", "joint_match", "lag_1",
     "lag_2")
)  # fmt: skip
_UNKNOWN_METRE = {"metre": 0, "bar_position": 0, "to_barline": 0, "bar_index": 0}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Hold what is said of a whole melody.

    metre: None when unknown; any_key: the melody may stand in a key that its kind seldom stands in (always
    so in live play); style: a name of the tokenizer's styles, or "any".
    """

    metre: Metre | None = None
    any_key: bool = True
    style: str = "any"


def columns(tokenizer: Tokenizer, names: Sequence[str] | None = None) -> tuple[tuple[str, int], ...]:
    """Return (name, cardinality) for each column; all that fit the tokenizer when no names are given.

    Raises UserError for a name that is none.
    """
    if names is None:
        names = NOTE_COLUMNS if tokenizer.n_durations else PITCH_COLUMNS
    pitch, duration = tokenizer.vocab_size + 1, tokenizer.n_durations + 1
    known = dict.fromkeys(_SHIFTED, pitch)
    known |= {name: _N_LENGTHS for name in NOTE_COLUMNS if name.endswith("_length")}
    known |= {name: duration for name in NOTE_COLUMNS if "duration" in name or name == "rhythm_match"}
    known |= {
        "token": tokenizer.vocab_size,
        "interval": _N_INTERVALS,
        "from_first": _N_INTERVALS,
        "any_key": 2,
    }
    known |= {"style": len(tokenizer.styles) + 1, "metre": len(_METRES_BEATS) + 2, "bar_index": 9}
    known |= {"bar_position": _N_BAR_POSITIONS, "to_barline": _N_BAR_POSITIONS, "beat_phase": 24}
    known |= {"elapsed_mod_4": 16, "elapsed_mod_3": 12}
    for name in names:
        if name not in known:
            raise UserError(f"features: unknown column {name!r}; known are {', '.join(sorted(known))}")
    return tuple((name, known[name]) for name in names)


_REST_SYMBOL, _ODD_SYMBOL, _FIRST_SYMBOL = 1000, 1001, 1002


class Tracker:
    """Follow a melody step by step and return each step's row of integer columns.

    Start with the tokenizer's start steps, as the model was trained to. Not safe to share among threads.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        names: Sequence[str] | None = None,
        conditions: Conditions | None = None,
    ) -> None:
        """Prepare for one melody; names: the columns wanted, in order (default: all that fit)."""
        self.tokenizer = tokenizer
        self.columns = columns(tokenizer, names)
        self._names = [name for name, _ in self.columns]
        self._timed = tokenizer.n_durations > 0
        self._plain = self._names == ["token"]
        self._ticks = [ticks_of(beats) for beats in tokenizer.durations]
        self._suffixes = Suffixes(4 if self._timed else 2)
        self._steps: list[Step] = []
        # Per step: the last sounding token up to it (-1: none), its onset in ticks, the step of an onset.
        self._last: list[int] = []
        self._onsets: list[int] = []
        self._first = -1
        self._at: dict[int, int] = {}
        self.set_conditions(conditions or Conditions())

    def __len__(self) -> int:
        """Return the number of steps so far, start steps included."""
        return len(self._steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps so far."""
        return tuple(self._steps)

    def set_conditions(self, conditions: Conditions) -> None:
        """Say what holds for the whole melody. Rows returned before are not changed: replay if it matters."""
        self.conditions = conditions
        styles = self.tokenizer.styles
        self._style = styles.index(conditions.style) + 1 if conditions.style in styles else 0
        metre = conditions.metre
        self._bar_ticks = max(1, ticks_of(metre.beats_per_bar)) if metre else 0
        self._upbeat_ticks = ticks_of(metre.upbeat_beats) if metre else 0
        self._metre = 0
        if metre:
            near = [abs(metre.beats_per_bar - beats) < 1e-3 for beats in _METRES_BEATS]
            self._metre = near.index(True) + 1 if any(near) else len(_METRES_BEATS) + 1

    def append(self, step: Step) -> list[int]:
        """Add a step and return its row, one integer a column."""
        if self._plain:
            self._steps.append(step)
            return [step.token]
        self._note(step)
        values = self._pitch_values(step)
        if self._timed:
            values |= self._time_values(step)
        return [values[name] for name in self._names]

    def rewind(self, count: int) -> None:
        """Forget all steps but the first `count`."""
        if count < 0 or count >= len(self._steps):
            return
        for place, onset in enumerate(self._onsets[count:], count):
            if self._at.get(onset) == place:
                del self._at[onset]
        del self._steps[count:], self._last[count:], self._onsets[count:]
        if not self._plain:
            self._suffixes.rewind(count)
            if not self._last or self._last[-1] < 0:
                self._first = -1

    def _note(self, step: Step) -> None:
        """Enter a step into the histories."""
        last = self._last[-1] if self._last else -1
        onset = self._next_onset() if self._timed else 0
        sounds = step.token < self.tokenizer.n_pitches
        if sounds:
            interval = step.token - last if last >= 0 else _FIRST_SYMBOL
        else:
            interval = _REST_SYMBOL if step.token == self.tokenizer.rest else _ODD_SYMBOL
        symbols = [step.token, interval]
        if self._timed:
            if step.duration >= 0:
                self._at.setdefault(onset, len(self._steps))
            # Rests keep a rhythm symbol of their own, so that a rhythm match is one of sound and silence.
            rhythm = step.duration + (0 if sounds else 100)
            symbols += [(interval + 2000) * 256 + rhythm, rhythm]
        self._suffixes.append(symbols)
        if sounds and self._first < 0:
            self._first = step.token
        self._steps.append(step)
        self._last.append(step.token if sounds else last)
        self._onsets.append(onset)

    def _next_onset(self) -> int:
        """Return the tick at which the next step begins."""
        if not self._steps:
            return 0
        duration = self._steps[-1].duration
        return self._onsets[-1] + (self._ticks[duration] if duration >= 0 else 0)

    def _pitch_values(self, step: Step) -> dict[str, int]:
        steps, n = self._steps, len(self._steps)
        last, pitches = self._last[-1], self.tokenizer.n_pitches
        before = self._last[-2] if n > 1 else -1
        sounds = step.token < pitches
        places, lengths = self._suffixes.best()
        self._places, self._lengths = places, lengths
        second, second_length = 0, 0
        if lengths[_INTERVAL]:
            second, second_length = self._suffixes.second(_INTERVAL, places[_INTERVAL])
        return {
            "token": step.token,
            "last": last + 1,
            "token_1": steps[-2].token + 1 if n > 1 else 0,
            "token_2": steps[-3].token + 1 if n > 2 else 0,
            "interval": _interval(step.token - before) if sounds and before >= 0 else 0,
            "from_first": _interval(last - self._first) if last >= 0 else 0,
            "any_key": int(self.conditions.any_key),
            "pitch_match": steps[places[_PITCH]].token + 1 if lengths[_PITCH] else 0,
            "pitch_match_length": _LENGTH_BUCKETS[lengths[_PITCH]],
            "interval_match": self._moved(places[_INTERVAL], lengths[_INTERVAL]),
            "interval_match_length": _LENGTH_BUCKETS[lengths[_INTERVAL]],
            "interval_match_2": self._moved(second, second_length),
            "interval_match_2_length": _LENGTH_BUCKETS[second_length],
        }

    def _moved(self, place: int, length: int) -> int:
        """Return (token + 1) what stands at `place`, moved by as much as the melody is since then."""
        if not length:
            return 0
        token = self._steps[place].token
        if token >= self.tokenizer.n_pitches:
            return token + 1
        before, last = self._last[place - 1], self._last[-1]
        if before < 0 or last < 0:
            return 0
        moved = token - before + last
        return moved + 1 if 0 <= moved < self.tokenizer.n_pitches else 0

    def _time_values(self, step: Step) -> dict[str, int]:
        steps, places, lengths = self._steps, self._places, self._lengths
        ticks = self._next_onset()
        bar = self._bar_ticks
        lags = (4 * bar, 8 * bar) if bar else _BLIND_LAGS_TICKS
        lag_1, lag_2 = self._at.get(ticks - lags[0], -1), self._at.get(ticks - lags[1], -1)
        values = {
            "style": self._style,
            "duration": step.duration + 1,
            "duration_1": steps[-2].duration + 1 if len(steps) > 1 else 0,
            "beat_phase": ticks % TICKS_PER_BEAT // 2,
            "elapsed_mod_4": ticks // _SIXTEENTH % 16,
            "elapsed_mod_3": ticks // _SIXTEENTH % 12,
            "joint_match": self._moved(places[_JOINT], lengths[_JOINT]),
            "joint_match_duration": steps[places[_JOINT]].duration + 1 if lengths[_JOINT] else 0,
            "joint_match_length": _LENGTH_BUCKETS[lengths[_JOINT]],
            "interval_match_duration": steps[places[_INTERVAL]].duration + 1 if lengths[_INTERVAL] else 0,
            "rhythm_match": steps[places[_RHYTHM]].duration + 1 if lengths[_RHYTHM] else 0,
            "rhythm_match_length": _LENGTH_BUCKETS[lengths[_RHYTHM]],
            "lag_1": steps[lag_1].token + 1 if lag_1 > 0 else 0,
            "lag_1_duration": steps[lag_1].duration + 1 if lag_1 > 0 else 0,
            "lag_2": steps[lag_2].token + 1 if lag_2 > 0 else 0,
            "lag_2_duration": steps[lag_2].duration + 1 if lag_2 > 0 else 0,
        }
        if not bar:
            return values | _UNKNOWN_METRE
        since_bar = (ticks + self._upbeat_ticks) % bar
        values["metre"] = self._metre
        values["bar_position"] = min(since_bar // _SIXTEENTH + 1, _N_BAR_POSITIONS - 1)
        values["to_barline"] = min((bar - since_bar) // _SIXTEENTH + 1, _N_BAR_POSITIONS - 1)
        values["bar_index"] = (ticks + self._upbeat_ticks) // bar % 8 + 1
        return values


def _interval(semitones: int) -> int:
    return min(max(semitones, -_INTERVAL_CAP), _INTERVAL_CAP) + _INTERVAL_CAP + 1


def song_rows(
    tokenizer: Tokenizer,
    steps: Iterable[Step],
    conditions: Conditions | None = None,
    names: Sequence[str] | None = None,
) -> Rows:
    """Return the rows of a whole melody, shape (T, F), start steps first: T = start steps + steps."""
    tracker = Tracker(tokenizer, names, conditions)
    return np.array([tracker.append(step) for step in (*tokenizer.start_steps(), *steps)], np.int16)


def shift_rows(rows: Rows, names: Sequence[str], n_pitches: int, semitones: int) -> Rows:
    """Return the rows of the melody moved by `semitones` and marked as in any key.

    The caller sees to it that every pitch stays in the vocabulary. A match that pointed outside the
    vocabulary stays "none", the one thing in which these rows may differ from those of the moved melody.
    """
    moved = rows.copy()
    for column, name in enumerate(names):
        values = rows[:, column]
        if name == "token":
            moved[:, column] = np.where(values < n_pitches, values + semitones, values)
        elif name in _SHIFTED:
            pitched = (values >= 1) & (values <= n_pitches)
            shifted = values + semitones
            shifted = np.where((shifted >= 1) & (shifted <= n_pitches), shifted, 0)
            moved[:, column] = np.where(pitched, shifted, values)
        elif name == "any_key":
            moved[:, column] = 1
    return moved
