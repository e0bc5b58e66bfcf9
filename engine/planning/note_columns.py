"""What the critic reads of each note of a call and of a candidate answer to it: integers that tell no key.

The figures (engine/planning/figures.py) say of a candidate as a whole what somebody thought of; from these
columns a net learns what nobody did. Bars are four beats where none are known, and shorter ones are taken in
twos.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.planning.pair import Pair
from engine.tokenizer import TICKS_PER_BEAT

Ints = npt.NDArray[np.int64]

MOST_NOTES = 64
"""Latest notes of a call, and first ones of a candidate, that are read."""
_VALUES_TICKS = (6, 8, 12, 16, 18, 24, 32, 36, 48, 60, 72, 84, 96, 120, 144, 168, 192, 240, 288, 384)
_EDGES = np.sqrt(np.multiply(_VALUES_TICKS[:-1], _VALUES_TICKS[1:], dtype=np.float64))
_N_VALUES = len(_VALUES_TICKS) + 1
_WIDEST, _HEIGHTS, _FROM_LAST = 13, 20, 12
_PLACE_TICKS, _N_PLACES = TICKS_PER_BEAT // 8, 96
_BARS_TICKS = np.array((1.5, 2.0, 3.0, 4.0, 6.0)) * TICKS_PER_BEAT
_MOST_BARS, _MOST_LEFT, _MOST_BARS_LEFT, _MOST_INDEX = 19, 8, 11, 16
_ECHOES = 7

COLUMNS: tuple[tuple[str, int], ...] = (
    ("answer", 2),
    ("interval", 2 * _WIDEST + 2),
    ("degree", 12),
    ("height", 2 * _HEIGHTS),
    ("onset_interval", _N_VALUES),
    ("duration", _N_VALUES),
    ("rest", _N_VALUES),
    ("place", _N_PLACES + 1),
    ("bar", len(_BARS_TICKS) + 1),
    ("minor", 2),
    ("bars_before", _MOST_BARS + 1),
    ("notes_left", _MOST_LEFT + 1),
    ("bars_left", _MOST_BARS_LEFT + 1),
    ("index", _MOST_INDEX + 1),
    ("as_call", _ECHOES),
    ("echo_1", _ECHOES),
    ("echo_2", _ECHOES),
    ("echo_4", _ECHOES),
    ("echo_8", _ECHOES),
    ("from_last", 2 * _FROM_LAST + 1),
)
"""(name, cardinality): answer: whether it is the candidate's; degree: semitones above the tonic; height: from the
call's mean pitch; place: in the bar, in eighths of a beat, 0 without a bar; bars_before, bars_left: of call or
candidate, before this note and from it on; as_call: how the call's note at the same place resembles it (behind the
call's length, the candidate's own so long before); echo_N: the one N bars before; from_last: semitones above the
call's last note."""
ECHO_BARS = (1, 2, 4, 8)


class NoteColumns(NamedTuple):
    """Hold what is read of one call, (T, F), and of C candidates to it, (C, A, F), F being len(COLUMNS).

    there: which of the A places hold a note, (C, A); those at the end of shorter candidates hold none.
    """

    call: Ints
    answers: Ints
    there: npt.NDArray[np.bool_]


def note_columns(pairs: Sequence[Pair]) -> NoteColumns:
    """Return the columns of candidates to one call; raise ValueError without a pair."""
    if not pairs:
        raise ValueError("no candidate to read; give a pair at least")
    call = pairs[0].call
    before, unit, bar = call.line, call.line.segment, call.line.bar
    split, most = len(before.pitches), max(len(pair.line.pitches) for pair in pairs)
    counts = np.array([split + len(pair.line.pitches) for pair in pairs])
    size = split + most
    pitch, duration, onset = (
        _padded([getattr(before, name) + getattr(pair.line, name) for pair in pairs], size)
        for name in ("pitches", "durations", "onsets")
    )
    number = np.arange(size)
    there, answer = number < counts[:, None], np.broadcast_to(number >= split, pitch.shape)
    interval, since = (np.diff(each, axis=1, prepend=each[:, :1]) for each in (pitch, onset))
    rest = np.where(number > 0, since - np.roll(duration, 1, axis=1), 0)
    starts = np.where(answer, [[pair.line.start] for pair in pairs], before.start)
    ends = np.where(answer, [[pair.line.end] for pair in pairs], before.end)
    mean = math.floor(float(np.average(before.pitches, weights=before.durations)) + 0.5)
    lags_ticks = np.where(answer, starts - before.start, np.iinfo(np.int32).max)
    notes = (pitch, duration, onset, interval)
    columns = [
        answer,
        np.where(number > 0, np.clip(interval, -_WIDEST, _WIDEST) + _WIDEST + 1, 0),
        (pitch - call.tonic) % 12,
        np.clip(pitch - mean + _HEIGHTS, 0, 2 * _HEIGHTS - 1),
        _value(since),
        _value(duration),
        _value(rest),
        np.minimum(onset % bar // _PLACE_TICKS, _N_PLACES - 1) + 1 if bar else np.zeros_like(pitch),
        np.full_like(pitch, int(np.abs(_BARS_TICKS - bar).argmin()) + 1 if bar else 0),
        np.full_like(pitch, int(call.minor)),
        np.clip((onset - starts) // unit, 0, _MOST_BARS),
        np.clip(np.where(answer, counts[:, None], split) - 1 - number, 0, _MOST_LEFT),
        np.clip((ends - 1 - onset) // unit, 0, _MOST_BARS_LEFT),
        np.minimum(np.where(answer, number - split, number), _MOST_INDEX),
        _echo(notes, lags_ticks),
        *(_echo(notes, np.full_like(onset, bars * unit)) for bars in ECHO_BARS),
        np.clip(pitch - before.pitches[-1] + _FROM_LAST, 0, 2 * _FROM_LAST),
    ]
    found = np.stack(columns, 2).astype(np.int64)
    kept = slice(split, split + MOST_NOTES)
    return NoteColumns(found[0, max(0, split - MOST_NOTES) : split], found[:, kept], there[:, kept])


def _padded(rows: Sequence[Sequence[int]], size: int) -> Ints:
    """Return rows as one array, the shorter ones going on with their last number."""
    return np.array([[*row, *[row[-1]] * (size - len(row))] for row in rows], np.int64)


def _value(ticks: Ints) -> Ints:
    """Return the classes of lengths: 0 for none, else 1 + the nearest of the table by ratio."""
    return np.asarray(np.where(ticks > 0, np.searchsorted(_EDGES, ticks, side="right") + 1, 0))


def _echo(notes: tuple[Ints, Ints, Ints, Ints], lags_ticks: Ints) -> Ints:
    """Return how the note that began so many ticks before each resembles it.

    0: that is before the first; 1: none began there; 2: another; 3: one that was reached by the same interval; 4:
    one of its pitch; 5 and 6: as 3 and 4, of its length too.
    """
    pitch, duration, onset, interval = notes
    goal = onset - lags_ticks
    same = onset[:, None, :] == goal[:, :, None]
    place = same.argmax(2)
    line = np.arange(len(onset))[:, None]
    found = np.where(
        pitch[line, place] == pitch, 4, np.where((interval[line, place] == interval) & (place > 0), 3, 2)
    )
    found += 2 * ((found > 2) & (duration[line, place] == duration))
    return np.where(goal < onset[:, :1], 0, np.where(same.any(2), found, 1))
