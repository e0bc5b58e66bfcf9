"""Whose turn is it? Pure rules: what was played and what the model thinks of it go in, a time comes out.

`passes_at_s` is asked again after every event and every new opinion of the model; nothing is remembered here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

PACE_UNSURE = 2.0
"""Waits this many of the player's own median onset intervals when the model is sure the phrase goes on."""
PACE_SURE = 0.5
"""And this many when it is sure that the phrase has ended."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold the settings of the wait: mode and times in seconds, as the table of controls names them."""

    mode: str = "adaptive"
    patience: float = 1.0
    fixed_s: float = 0.6
    min_s: float = 0.15
    max_s: float = 1.5
    hold_max_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold what is known of the call so far.

    onsets_s: onset times of the melody; last_off_s: when the last key or pedal was released, None while one
    sounds; held: something sounds and is not older than hold_max; phrase_end: P(phrase has ended) or None.
    """

    onsets_s: Sequence[float]
    last_off_s: float | None
    held: bool
    phrase_end: float | None = None


def adaptive_wait_s(phrase_end: float | None, onsets_s: Sequence[float], waiting: Waiting) -> float:
    """Return the seconds to wait after the last note-off.

    Between min_s and max_s: the player's median onset interval times a pace that falls geometrically from
    PACE_UNSURE to PACE_SURE as P(phrase end) rises; without an opinion (None) 0.5 is taken.
    """
    intervals = [after - before for before, after in pairwise(onsets_s)]
    usual_s = median(intervals[-12:]) if intervals else waiting.fixed_s
    certainty = 0.5 if phrase_end is None else phrase_end
    pace = PACE_UNSURE * math.pow(PACE_SURE / PACE_UNSURE, certainty)
    return min(max(usual_s * pace * waiting.patience, waiting.min_s), waiting.max_s)


def passes_at_s(heard: Heard, waiting: Waiting, bar_end_s: float | None = None) -> float | None:
    """Return when the turn passes if nothing more is played, or None while that is not decided.

    bar_end_s: in bars mode, when the listening bars are over.
    """
    if not heard.onsets_s or waiting.mode == "ask":
        return None
    if waiting.mode == "bars":
        return bar_end_s
    if heard.held:
        return None
    last_onset_s = heard.onsets_s[-1]
    since_s = heard.last_off_s
    if since_s is None or since_s < last_onset_s:
        since_s = last_onset_s + waiting.hold_max_s
    if waiting.mode == "fixed":
        return since_s + waiting.fixed_s
    if waiting.mode == "free":
        return since_s + waiting.min_s
    return since_s + adaptive_wait_s(heard.phrase_end, heard.onsets_s, waiting)
