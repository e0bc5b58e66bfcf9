"""Where in its bars an answer enters, and how many of them it has: one rule for whoever asks for answers. Pure.

Beats are counted from any bar line. An answer has a whole number of units: of bars, or of halves of long ones.
"""

from __future__ import annotations

import math

SURE_BARS = 0.5
"""Found bars that are less sure than this count as unknown."""
LONG_BAR_BEATS = 6.0
"""Bars of this length and more are told from two shorter ones no better than by chance."""
MOST_BREATH_BEATS = 2.0
"""More silence than this behind a call is no breath before the next phrase."""
HELD_OVER = 0.3
"""A last note that is held for less than this share of a bar beyond its bars begins no other."""
MOST_NOTES = 96
"""Most notes of an answer that are planned at once: dense drafts, too, are to come to their ends."""
MOST_BEATS = 64.0
"""An answer in proportion to its call lasts no longer."""


def unit_beats(bar_beats: float, *, told: bool = False) -> float:
    """Return the unit of a bar, above 0; told: its length is given and sure, not found."""
    return bar_beats if told or bar_beats < LONG_BAR_BEATS else bar_beats / 2


def entry_beat(call_beat: float, after_beat: float, unit: float) -> float:
    """Return the first beat from `after_beat` on at which an answer enters: where the call's upbeat stands.

    call_beat: of the call's first note. A call that begins in the first half of its unit has no upbeat; it is
    answered on a bar line.
    """
    place = call_beat % unit
    upbeat = place if place >= unit / 2 - 1e-9 else 0.0
    return upbeat + math.ceil((after_beat - upbeat) / unit - 1e-6) * unit


def whole_units(call_beats: float, unit: float, length: float = 1.0) -> float | None:
    """Return the beats of an answer `length` times as long as its call, in whole units; None if it has not one.

    The call's units are counted up to its next upbeat.
    """
    count = math.floor(_units(call_beats, unit) * length + 0.5)
    return unit * min(count, max(1, MOST_BEATS // unit)) if count else None


def breath_beats(call_beats: float, unit: float) -> float:
    """Return how long a call is silent at the end of its last unit; 0 where it fills it or ends long before."""
    breath = round(_units(call_beats, unit) * unit - call_beats, 6)
    return breath if 0.0 < breath <= min(MOST_BREATH_BEATS, unit / 2) else 0.0


def _units(call_beats: float, unit: float) -> int:
    return max(1, math.ceil(call_beats / unit - HELD_OVER))
