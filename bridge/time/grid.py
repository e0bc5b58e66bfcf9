"""Where on the beat grid things may happen: the start of an answer, quantised and swung onsets. Pure."""

from __future__ import annotations

import math

GRID_BEATS = {"sixteenth": 0.25, "beat": 1.0}
"""The grids of fixed width; "bar" is as long as a bar is, "off" has none."""

ON_TIME_S = 0.03
"""An onset this late is still on time: timers fire a little late, and below it nobody hears a lag. One rule for
both: whether a grid line that has passed still counts and whether a late note moves the rest of its answer."""

_SIXTEENTH_BEATS = 0.25


def next_line(now_beat: float, grid: str, bar_beats: float, on_time_beats: float = 0.0) -> float:
    """Return the beat at which something may start: the next line of the grid, counted from beat 0.

    A line passed by at most on_time_beats is returned itself, so the result may lie that little in the past.
    grid: "off", "sixteenth", "beat" or "bar"; a bar of unknown length (0, or less than a sixteenth) counts as
    four beats. With "off", and for anything else, it is now.
    """
    bar = bar_beats if bar_beats >= _SIXTEENTH_BEATS else 4.0
    step = bar if grid == "bar" else GRID_BEATS.get(grid, 0.0)
    if step <= 0:
        return now_beat
    return math.ceil((now_beat - on_time_beats) / step) * step
