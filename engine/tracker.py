"""Follow a melody step by step, and return what the model reads of each step: one integer a column.

Whole songs and live play come by their rows in the same way, and a row depends on the steps up to its own and
on nothing later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from engine.columns import (
    METRES_BEATS,
    PULSES_BEATS,
    SIXTEENTH_TICKS,
    TABLE,
    Found,
    InBar,
    Rows,
    SoFar,
    columns,
    number_of,
)
from engine.notes import Metre
from engine.scale_steps import moved_along, scale_steps
from engine.styles import ANY, Style, style_value
from engine.suffixes import Suffixes
from engine.tokenizer import TICKS_PER_BEAT, Step, Tokenizer, ticks_of

_LENGTH_BUCKETS = tuple(min(n, 12) if n <= 12 else 13 if n <= 16 else 14 if n <= 24 else 15 for n in range(33))
# With the metre unknown the look back is fixed: four bars of 4/4, and of 3/4.
_BLIND_LAGS_TICKS = (16 * TICKS_PER_BEAT, 12 * TICKS_PER_BEAT)
# And a bar of 4/4, and two of 3/4.
_BLIND_BARS_TICKS = (4 * TICKS_PER_BEAT, 6 * TICKS_PER_BEAT)
# Matches that are kept: on pitches, on intervals, on intervals with durations, on durations, on steps of the scale
# with durations.
_PITCH, _INTERVAL, _JOINT, _RHYTHM, _MOTIF = range(5)
_REST_SYMBOL, _ODD_SYMBOL, _FIRST_SYMBOL = 1000, 1001, 1002
_NO_STEP, _NOWHERE, _NO_BARS = Step(-1, -1), Found(), InBar()


@dataclass(frozen=True, slots=True)
class Conditions:
    """Hold what is said of a whole melody.

    metre: None when unknown; any_key: the melody may stand in a key that its kind seldom stands in (always
    so in live play); style: one of the tokenizer's, what lies between two, or any.
    """

    metre: Metre | None = None
    any_key: bool = True
    style: Style = ANY


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
        self._rules = [TABLE[name].rule for name, _ in self.columns]
        self._plain = [name for name, _ in self.columns] == ["token"]
        self._ticks = [ticks_of(beats) for beats in tokenizer.durations]
        self._suffixes = Suffixes(5)
        self._heard = [0] * 12  # how often each pitch class sounded
        self._steps: list[Step] = []
        # Per step: the last sounding token up to it (-1: none), its onset in ticks, the step of an onset.
        self._last: list[int] = []
        self._onsets: list[int] = []
        self._first = -1
        self._at: dict[int, int] = {}
        self._take(conditions or Conditions())

    def _take(self, conditions: Conditions) -> None:
        """Turn what is said of the whole melody into the numbers that rules read."""
        self._any_key = conditions.any_key
        names = [name for name, _ in self.columns]
        behind = sum(size for _, size in self.columns[names.index("style") :]) if "style" in names else 0
        self._style = style_value(conditions.style, self.tokenizer.styles, behind)
        metre = conditions.metre
        self._bar_ticks = max(1, ticks_of(metre.beats_per_bar)) if metre else 0
        self._upbeat_ticks = ticks_of(metre.upbeat_beats) if metre else 0
        self._pulse_ticks = ticks_of(metre.pulse_beats) if metre else 0
        self._metre = number_of(metre.beats_per_bar, METRES_BEATS) if metre else 0
        self._pulse = number_of(metre.pulse_beats, PULSES_BEATS) if metre else 0

    def __len__(self) -> int:
        """Return the number of steps so far, start steps included."""
        return len(self._steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps so far."""
        return tuple(self._steps)

    def copy(self) -> Tracker:
        """Return a tracker that stands where this one does and goes on by itself."""
        other = copy(self)
        other._steps, other._last, other._onsets = self._steps.copy(), self._last.copy(), self._onsets.copy()
        other._at, other._suffixes, other._heard = self._at.copy(), self._suffixes.copy(), self._heard.copy()
        return other

    def append(self, step: Step) -> list[int]:
        """Add a step and return its row, one integer a column."""
        self.enter(step)
        if self._plain:
            return [step.token]
        now = self._so_far()
        return [rule(now) for rule in self._rules]

    def rewind(self, count: int) -> None:
        """Forget all steps but the first `count`."""
        if count < 0 or count >= len(self._steps):
            return
        for place, onset in enumerate(self._onsets[count:], count):
            if self._at.get(onset) == place:
                del self._at[onset]
        if not self._plain:
            for token, _ in self._steps[count:]:
                if token < self.tokenizer.n_pitches:
                    self._heard[token % 12] -= 1
        del self._steps[count:], self._last[count:], self._onsets[count:]
        if not self._plain:
            self._suffixes.rewind(count)
            if not self._last or self._last[-1] < 0:
                self._first = -1

    def enter(self, step: Step) -> None:
        """Add a step whose row nobody wants."""
        if self._plain:  # GPT-2's form: no other column is worth a look back
            self._steps.append(step)
            return
        last = self._last[-1] if self._last else -1
        onset = self._next_onset()
        sounds = step.token < self.tokenizer.n_pitches
        if sounds:
            interval = step.token - last if last >= 0 else _FIRST_SYMBOL
            self._heard[step.token % 12] += 1
        else:
            interval = _REST_SYMBOL if step.token == self.tokenizer.rest else _ODD_SYMBOL
        along = scale_steps(interval) if sounds and last >= 0 else interval
        if step.duration >= 0:
            self._at.setdefault(onset, len(self._steps))
        # Rests keep a rhythm symbol of their own, so that a rhythm match is one of sound and silence.
        rhythm = step.duration + (0 if sounds else 100)
        joint, motif = ((kind + 2000) * 256 + rhythm for kind in (interval, along))
        self._suffixes.append((step.token, interval, joint, rhythm, motif))
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

    def _so_far(self) -> SoFar:
        """Return the melody as it stands behind its newest step."""
        steps, n = self._steps, len(self._steps)
        step, last = steps[-1], self._last[-1]
        before = self._last[-2] if n > 1 else -1
        sounds = step.token < self.tokenizer.n_pitches
        places, lengths = self._suffixes.best()
        other = self._suffixes.second(_INTERVAL, places[_INTERVAL]) if lengths[_INTERVAL] else (0, 0)
        ticks, bar = self._next_onset(), self._bar_ticks
        lags = (4 * bar, 8 * bar) if bar else _BLIND_LAGS_TICKS
        bars = (bar, 2 * bar) if bar else _BLIND_BARS_TICKS
        four, one, two = (self._place_at(ticks - back) for back in (lags[0], *bars))
        return SoFar(
            step=step,
            step_1=steps[-2] if n > 1 else _NO_STEP,
            step_2=steps[-3] if n > 2 else _NO_STEP,
            last=last,
            rise=step.token - before if sounds and before >= 0 else None,
            from_first=last - self._first if last >= 0 else None,
            same_pitches=self._found(places[_PITCH], lengths[_PITCH]),
            same_intervals=self._moved(places[_INTERVAL], lengths[_INTERVAL]),
            other_intervals=self._moved(*other),
            same_figure=self._moved(places[_JOINT], lengths[_JOINT]),
            same_rhythm=self._found(places[_RHYTHM], lengths[_RHYTHM]),
            same_motif=self._along(places[_MOTIF], lengths[_MOTIF]),
            lag_1=self._there(four),
            lag_2=self._there(self._place_at(ticks - lags[1])),
            lag_1_moved=self._along(four),
            bar_1=self._there(one),
            bar_2=self._there(two),
            bar_1_moved=self._along(one),
            bar_2_moved=self._along(two),
            ticks=ticks,
            in_bar=self._in_bar(ticks),
            any_key=self._any_key,
            style=self._style,
        )

    def _found(self, place: int, length: int) -> Found:
        """Return what stands at `place`, as it stands there, behind a match of this length."""
        if not length:
            return _NOWHERE
        step = self._steps[place]
        return Found(step.token + 1, step.duration + 1, _LENGTH_BUCKETS[length])

    def _moved(self, place: int, length: int, along: bool = False) -> Found:
        """Return what stands at `place`, moved by as much as the melody is since then, `along` the scale."""
        if not length or place < 1:
            return _NOWHERE
        token, duration = self._steps[place]
        n_pitches = self.tokenizer.n_pitches
        if token < n_pitches:
            before, last = self._last[place - 1], self._last[-1]
            rise = moved_along(token - before, last, self._heard) if along else token - before
            moved = last + rise if before >= 0 and last >= 0 else -1
            token = moved if 0 <= moved < n_pitches else -1
        return Found(token + 1, duration + 1, _LENGTH_BUCKETS[length])

    def _along(self, place: int, length: int = 1) -> Found:
        """Return the same along the scale; without a match, of the step that stands there."""
        return self._moved(place, length, along=True)

    def _place_at(self, ticks: int) -> int:
        """Return the place of the step that began at this tick, 0 where none did; the start step is none."""
        return self._at.get(ticks, 0)

    def _there(self, place: int) -> Found:
        """Return what stands at `place`, 0 being nowhere."""
        return Found(self._steps[place].token + 1, self._steps[place].duration + 1) if place > 0 else _NOWHERE

    def _in_bar(self, ticks: int) -> InBar:
        bar = self._bar_ticks
        if not bar:
            return _NO_BARS
        number, since = divmod(ticks + self._upbeat_ticks, bar)
        place = (self._metre, since // SIXTEENTH_TICKS, (bar - since) // SIXTEENTH_TICKS, number)
        if not self._pulse_ticks:
            return InBar(*place)
        return InBar(*place, self._pulse, since % self._pulse_ticks // SIXTEENTH_TICKS)


def song_rows(
    tokenizer: Tokenizer,
    steps: Iterable[Step],
    conditions: Conditions | None = None,
    names: Sequence[str] | None = None,
) -> Rows:
    """Return the rows of a whole melody, shape (T, F), start steps first: T = start steps + steps."""
    tracker = Tracker(tokenizer, names, conditions)
    return np.array([tracker.append(step) for step in (*tokenizer.start_steps(), *steps)], np.int16)
