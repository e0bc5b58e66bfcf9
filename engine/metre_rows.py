"""What the metre's net reads of a melody: integers a note, none of which tells the key. No torch."""

from __future__ import annotations

from bisect import bisect_left

from engine.bars import STEP_TICKS
from engine.notes import Note
from engine.suffixes import Suffixes
from engine.tokenizer import ticks_of

_VALUES = (6, 8, 12, 16, 18, 24, 32, 36, 48, 60, 72, 84, 96, 120, 144, 168, 192, 240, 288, 384)
_N_VALUES = len(_VALUES) + 1
_ECHOES_BEATS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
_ECHOES_TICKS = tuple(ticks_of(beats) for beats in _ECHOES_BEATS)
_N_LAGS = 66
_INTERVAL_CAP = 13
_LONGEST_MATCH = 8

FEATURES: tuple[tuple[str, int], ...] = (
    ("interval", 2 * _INTERVAL_CAP + 2),
    ("from_first", 12),
    ("onset_interval", _N_VALUES),
    ("duration_1", _N_VALUES),
    ("rest", _N_VALUES),
    ("duration", _N_VALUES),
    ("index", 17),
    ("match_lag", _N_LAGS),
    ("match_length", _LONGEST_MATCH + 1),
    ("rhythm_lag", _N_LAGS),
    ("rhythm_length", _LONGEST_MATCH + 1),
    ("pitch_lag", _N_LAGS),
    ("longer_lag", _N_LAGS),
    ("elapsed", _N_LAGS),
    ("phrase_length", _N_LAGS),
    *((f"echo_{beats:g}", 6) for beats in _ECHOES_BEATS),
)
"""(name, cardinality) of the integers that the net reads of a note."""

_MOST_TICKS = 4096
"""Ticks up to which lengths are told apart when matches are sought: more than twenty bars."""


class Listener:
    """Turn notes into the net's rows, one at a time; what is heard can be taken back from the end."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.onsets: list[int] = []
        self.ends: list[bool] = []
        # Where the phrase began that each note stands in, in ticks.
        self._begins: list[int] = []
        self._at: dict[int, int] = {}
        self._by_pitch: dict[int, list[int]] = {}
        self._suffixes = Suffixes(2)

    def append(self, note: Note, ended: bool = False) -> list[int]:
        """Add a note and return its row, an integer a feature. ended: a phrase is known to end with it."""
        index = len(self.notes)
        before = self.notes[-1] if index else None
        # Silence before the first note is no part of the melody.
        rest, duration = ticks_of(note.rest_beats) if before else 0, ticks_of(note.duration_beats)
        since = ticks_of(before.duration_beats + note.rest_beats) if before else 0
        onset = self.onsets[-1] + since if before else 0
        interval = note.pitch - before.pitch if before else None
        begin = onset if not index or self.ends[-1] else self._begins[-1]
        self.notes.append(note)
        self.onsets.append(onset)
        self.ends.append(ended)
        self._begins.append(begin)
        self._at.setdefault(onset, index)
        symbol = _capped(interval)
        # A silence of an hour must not outgrow the numbers that matches are sought in; so long ones are all alike.
        long, apart = min(duration, _MOST_TICKS - 1), min(since, _MOST_TICKS - 1)
        self._suffixes.append([symbol * _MOST_TICKS + long, apart * _MOST_TICKS + long])
        places, lengths = self._suffixes.best()
        earlier = self._by_pitch.setdefault(note.pitch, [])
        pitch_lag = _lag(onset - self.onsets[earlier[-1]]) if earlier else 0
        earlier.append(index)
        row = [
            symbol,
            (note.pitch - self.notes[0].pitch) % 12,
            _value(since),
            _value(ticks_of(before.duration_beats)) if before else 0,
            _value(rest),
            _value(duration),
            min(index, 16),
        ]
        for place, length in zip(places, lengths, strict=True):
            row += [_lag(onset - self.onsets[place - 1]) if length else 0, min(length, _LONGEST_MATCH)]
        row += [pitch_lag, self._longer_lag(duration), _lag(onset - begin)]
        row.append(_lag(onset + duration - begin) if ended else 0)
        row += [self._echo(onset - ticks, duration, interval) for ticks in _ECHOES_TICKS]
        return row

    def rewind(self, count: int) -> None:
        """Forget all notes but the first `count`."""
        for index in range(len(self.notes) - 1, count - 1, -1):
            self._by_pitch[self.notes[index].pitch].pop()
            if self._at.get(self.onsets[index]) == index:
                del self._at[self.onsets[index]]
        del self.notes[count:], self.onsets[count:], self.ends[count:], self._begins[count:]
        self._suffixes.rewind(count)

    def _longer_lag(self, duration: int) -> int:
        """Return how long ago a note began that is longer than this one, itself left out."""
        last = len(self.notes) - 1
        for index in range(last - 1, max(-1, last - 33), -1):
            if ticks_of(self.notes[index].duration_beats) > duration:
                return _lag(self.onsets[last] - self.onsets[index])
        return 0

    def _echo(self, onset: int, duration: int, interval: int | None) -> int:
        """Return how a note that began at `onset` resembles the one just added: 0 (before the first) to 5."""
        if onset < 0:
            return 0
        index = self._at.get(onset)
        if index is None:
            return 1
        note = self.notes[index]
        if ticks_of(note.duration_beats) != duration:
            return 2
        if note.pitch == self.notes[-1].pitch:
            return 5
        return 4 if index and note.pitch - self.notes[index - 1].pitch == interval else 3


def _capped(interval: int | None) -> int:
    return 0 if interval is None else min(max(interval, -_INTERVAL_CAP), _INTERVAL_CAP) + _INTERVAL_CAP + 1


def _value(ticks: int) -> int:
    """Return the class of a length: 0 for none, else 1 + the nearest of the table by ratio."""
    if ticks <= 0:
        return 0
    above = bisect_left(_VALUES, ticks)
    if above in (0, len(_VALUES)):
        return min(above, len(_VALUES) - 1) + 1
    return above if ticks * ticks < _VALUES[above - 1] * _VALUES[above] else above + 1


def _lag(ticks: int) -> int:
    """Return a distance in time in eighths, 1 for none at all, capped."""
    return min(round(ticks / (2 * STEP_TICKS)) + 1, _N_LAGS - 1)
