"""Where on the beat grid things may happen: the start of an answer, quantised and swung onsets. Pure."""

from __future__ import annotations

import math

GRID_BEATS = {"sixteenth": 0.25, "beat": 1.0}
"""The grids of fixed width; "bar" is as long as a bar is, "off" has none."""

JUST_PASSED_BEATS = 0.06
"""A grid line passed by no more than this still counts as now (30 ms at 120 bpm): the turn passes when its
timer fires, a little late."""

_SIXTEENTH_BEATS = 0.25


def next_start(now_beat: float, grid: str, beats_per_bar: float) -> float:
    """Return the beat at which something may start: the next line of the grid, counted from beat 0.

    A line passed by at most JUST_PASSED_BEATS is returned itself, so the result may lie that little in the
    past. grid: "off", "sixteenth", "beat" or "bar"; a bar of unknown length (0, or less than a sixteenth)
    counts as four beats. With "off", and for anything else, it is now.
    """
    bar = beats_per_bar if beats_per_bar >= _SIXTEENTH_BEATS else 4.0
    step = bar if grid == "bar" else GRID_BEATS.get(grid, 0.0)
    if step <= 0:
        return now_beat
    return math.ceil((now_beat - JUST_PASSED_BEATS) / step) * step


def place(beat: float, quantise: float, swing: float) -> float:
    """Return where an onset written at `beat` is played.

    quantise: 0..1, how far it is pulled onto the nearest sixteenth. swing: 0..0.5, by what share of an eighth
    the off-beat eighth is delayed; what lies between beat and off-beat moves along in proportion, so the
    order of onsets never changes and full beats stay.
    """
    nearest = math.floor(beat / _SIXTEENTH_BEATS + 0.5) * _SIXTEENTH_BEATS
    pulled = beat + (nearest - beat) * min(max(quantise, 0.0), 1.0)
    return _swung(pulled, min(max(swing, 0.0), 0.5) * 0.5)


def _swung(beat: float, delay_beats: float) -> float:
    whole = math.floor(beat)
    part = beat - whole
    if part <= 0.5:
        return whole + part * (0.5 + delay_beats) / 0.5
    return whole + 0.5 + delay_beats + (part - 0.5) * (0.5 - delay_beats) / 0.5
