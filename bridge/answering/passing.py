"""When a turn passes: the rules of turn_taking.py, by the clock's lines where one runs. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import median

from bridge.hearing.turn_taking import Heard, passes_at_s
from bridge.moment import Moment
from bridge.time.grid import ON_TIME_S

EARLY_BEATS = 0.25
"""A first note this little before a bar line belongs to the bar that it leads into."""
ON_LINE_BEATS = 0.125
"""A later note this little before a bar line is meant for the line; a run of sixteenths that ends there is not."""
GRACE_S = 0.025
"""So long after a bar line a player's note may still be meant for it; an answer can still begin on the line."""
AT_THE_LINE = 0.5
"""The patience at a bar line where the answer could enter, as a share of the usual: for odds of two to one, for to
miss the line costs a bar of silence."""

Lines = Callable[[Moment, float], float | None]


def passing_s(moment: Moment, heard: Heard, line_before_s: Lines, *, asked: bool) -> float | None:
    """Return when the turn passes if nothing more is played; None while that is not decided.

    line_before_s: the last time up to another at which an answer best enters by a running clock, or None. asked:
    the player has asked for the answer and then gone on, so it comes when his phrase has ended, at the latest
    line before that time which he leaves free.
    """
    rules = moment.settings.waiting
    if asked and rules.mode == "ask":
        rules = replace(rules, mode="adaptive")
    passes_s = passes_at_s(heard, rules, bar_end_s(moment, heard) if rules.mode == "bars" else None)
    waits_for_lines = moment.tempo.running and rules.mode == "adaptive"
    if passes_s is None or heard.last_off_s is None or not waits_for_lines:
        return passes_s
    line_s = line_before_s(moment, passes_s)
    if line_s is None or max(heard.last_off_s, moment.now_s) > line_s + ON_TIME_S:
        return passes_s
    if asked:
        return max(heard.last_off_s, line_s)
    likely_s = passes_at_s(heard, replace(rules, patience=rules.patience * AT_THE_LINE, min_s=0.0))
    if likely_s is not None and likely_s <= line_s + ON_TIME_S:
        return max(likely_s, line_s)
    return passes_s


def bar_end_s(moment: Moment, heard: Heard) -> float | None:
    """Return when the bars of listening are over: at the first bar line behind them that is left free.

    They begin with the bar of the first note, or where a count has ended, whatever came before as an upbeat.
    Where the next note of even playing would fall on the line, it is a moment later, to hear whether it does.
    """
    if not heard.line:
        return None
    tempo, bar = moment.tempo, moment.settings.usual_bar_beats
    beats = tempo.beats or tempo.map
    onsets = [beats.beat_at(note.onset_s) for note in heard.line]
    start = (onsets[0] + EARLY_BEATS) // bar * bar if tempo.running else onsets[0]
    if moment.bars_from is not None and start < moment.bars_from + moment.settings.turn_bars * bar:
        start = moment.bars_from
    end = start + moment.settings.turn_bars * bar
    while onsets[-1] > end - ON_LINE_BEATS:
        end += bar
    usual = median(after - before for before, after in pairwise(onsets)) if len(onsets) > 1 else 0.0
    expects_note = onsets[-1] + usual > end - ON_LINE_BEATS
    return tempo.map.time_at(end) + (GRACE_S if expects_note else 0.0)
