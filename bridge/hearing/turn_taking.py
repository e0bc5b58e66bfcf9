"""Whose turn is it, and how long to wait before answering? Pure; times in seconds, lengths in beats.

What was played and what the model thinks of it go in, a time comes out. `passes_at_s` is asked again after every
event and every new opinion of the model; nothing is remembered here.

The adaptive rule weighs two things. How likely is it that the phrase ended with the last note? The model's
P(phrase end), the length of the call so far, whether it fills pairs of bars, the length of earlier calls and
of the last note say it together, as log odds. And how likely would this silence be if the player went on? The
last note has one of a few written lengths, most of which it sounded, and the next one is due when that is
over: with every such time that goes by, going on is less likely; a few gaps are breaths and rests and last
longer. By Bayes' rule the odds that the phrase has ended grow as the silence does; when they reach SURE_ODDS
(times the square of `patience`), the turn passes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from bridge.hearing.articulation import STACCATO, sounding_shares, usual_share, written_length
from bridge.hearing.transcribe import PlayedNote

SURE_ODDS = 8.0
"""Odds for the end of the phrase at which the turn passes, at patience 1."""

# The log odds of an end, by logistic regression on the corpus's validation part as performed by bench/turns.py:
# constant, log odds of the model's P, log of the number of notes, fewer than four notes (which no phrase of the
# corpus has: by hand), log of the beats against eight, log of the last note's length against the usual interval.
_CONSTANT, _MODEL, _NOTES, _FEW, _BEATS, _LONG = -1.6, 0.5, 0.41, -1.5, 0.42, 0.67
# Where the bar is known: the call fills a pair of bars, or pairs, but for so many beats.
_PAIRS, _PAIR_BEATS = 0.8, 0.55
# Against earlier calls: as long in beats, shorter, any call at all; and from first to last onset in seconds, which
# no misread tempo disturbs: within 7 % of one of them, shorter than all, log of the ratio to the median.
_AS_LONG, _SHORTER, _KNOWN = 0.59, -0.86, 0.18
_SAME_SPAN, _BELOW_SPANS, _SPAN = 0.85, -0.56, 1.48
_NO_OPINION_LOG = -2.5

# What a player's notes are like until they are known: how many of 11 have which length, in beats.
_VALUES = {0.25: 2.0, 0.5: 4.0, 0.75: 0.5, 1.0: 3.0, 1.5: 0.5, 2.0: 0.7, 3.0: 0.2, 4.0: 0.1}
# How far an onset misses its place after the one before: in seconds, and as a share of the time between them.
_NOISE_S, _UNSTEADY = 0.028, 0.04
# A last note that was struck further off its place by a clock was not meant for that place.
_MOST_LATE_S = 0.05
# How fast shares get unlikely beyond the player's; how many notes a breath or rest follows, and how many usual
# intervals it lasts.
_SHARE_EDGE, _BREATH, _BREATH_INTERVALS = 0.05, 0.2, 0.5
# The least share of its length that a note sounds for, until the player's own shares are known.
_LEAST_SHARE, _SHARE_WEIGHT = 0.4, 8.0
_USUAL_SHARE = 0.75
_RECENT = 12
_USUAL_CALLS = 4


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

    line: as played; last_off_s: when the last key or pedal was released, None while one sounds; held: something
    sounds and is not older than hold_max; phrase_end: P(phrase has ended) or None; beats: its length as read, or
    None; usual_beats: the lengths of the calls before it; usual_spans_s: their spans from first to last onset;
    beat_s: how long a beat of it was read to be, None while nothing is read; bar_beats: the length of a bar, None
    where that is not sure; late_s: how much later than usual the last note was struck, by a clock.
    """

    line: Sequence[PlayedNote]
    last_off_s: float | None
    held: bool
    phrase_end: float | None = None
    beats: float | None = None
    usual_beats: Sequence[float] = ()
    usual_spans_s: Sequence[float] = ()
    beat_s: float | None = None
    bar_beats: float | None = None
    late_s: float = 0.0


def passes_at_s(heard: Heard, waiting: Waiting, bar_end_s: float | None = None) -> float | None:
    """Return when the turn passes if nothing more is played, or None while that is not decided.

    bar_end_s: in bars mode, when the listening bars are over.
    """
    if not heard.line or waiting.mode == "ask":
        return None
    if waiting.mode == "bars":
        return bar_end_s
    if heard.held:
        return None
    last_onset_s = heard.line[-1].onset_s
    since_s = heard.last_off_s
    if since_s is None or since_s < last_onset_s:
        since_s = last_onset_s + waiting.hold_max_s
    if waiting.mode == "fixed":
        return since_s + waiting.fixed_s
    if waiting.mode == "free":
        return since_s + waiting.min_s
    return since_s + adaptive_wait_s(heard, waiting)


def adaptive_wait_s(heard: Heard, waiting: Waiting) -> float:
    """Return the seconds to wait after the last note-off, between min_s and max_s.

    A staccato player is waited for as if he held his notes for half of their length: his next note is due by the
    pulse, not soon after he lets go. A bisection finds when the silence has made the end sure enough.
    """
    recent = heard.line[-_RECENT - 1 :]
    intervals = [after.onset_s - before.onset_s for before, after in pairwise(recent)]
    usual_s = max(0.05, median(intervals)) if intervals else waiting.fixed_s
    lasted_s = _lasted_s(heard, usual_s)
    usual = usual_share(recent) or _USUAL_SHARE
    value_s = written_length(lasted_s, usual, usual_s)
    held_s = max(lasted_s, STACCATO * value_s)
    longer = max(1.0, STACCATO / usual)
    least = _least_share([share * longer for share in sounding_shares(recent)])

    going_on = _going_on(heard, lasted_s, held_s, least, usual_s)
    needed = math.exp(min(_end_log_odds(heard, value_s / usual_s), 50.0)) / (SURE_ODDS * waiting.patience**2)
    low_s, high_s = waiting.min_s, max(waiting.min_s, waiting.max_s)
    if going_on(low_s) <= needed:
        return low_s
    if going_on(high_s) > needed:
        return high_s
    while high_s - low_s > 0.002:
        middle_s = (low_s + high_s) / 2
        if going_on(middle_s) > needed:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s


def _end_log_odds(heard: Heard, last_against_usual: float) -> float:
    """Return the log odds that the phrase ended with the last note, before any silence.

    last_against_usual: the last note's length over the usual interval.
    """
    notes = max(1, len(heard.line))
    model = _NO_OPINION_LOG
    if heard.phrase_end is not None:
        p = min(max(heard.phrase_end, 0.001), 0.999)
        model = math.log(p / (1.0 - p))
    log = _CONSTANT + _MODEL * model + _NOTES * math.log(notes) + (_FEW if notes < 4 else 0.0)
    log += _LONG * max(-1.5, min(1.5, math.log(max(last_against_usual, 0.01))))
    if heard.beats:
        log += _BEATS * min(math.log(heard.beats / 8.0), 0.3)
        log += _PAIRS if heard.bar_beats and _fills_pairs(heard.beats, heard.bar_beats) else 0.0
    return log + _against_earlier(heard)


def _fills_pairs(beats: float, bar_beats: float) -> bool:
    """Say whether so many beats are a whole number of pairs of bars, as most phrases are."""
    pair = 2.0 * bar_beats
    return beats > bar_beats and abs(beats - round(beats / pair) * pair) < _PAIR_BEATS


def _against_earlier(heard: Heard) -> float:
    """Return what the lengths of earlier calls add to the log odds: players trade phrases of like length."""
    log = 0.0
    if heard.beats and heard.usual_beats:
        usual = median(heard.usual_beats[-_USUAL_CALLS:])
        log += _KNOWN
        log += _AS_LONG if abs(heard.beats - usual) < 0.6 else _SHORTER if heard.beats < usual else 0.0
    spans_s = [span_s for span_s in heard.usual_spans_s[-_USUAL_CALLS:] if span_s > 0]
    if heard.line and spans_s:
        span_s = max(0.05, heard.line[-1].onset_s - heard.line[0].onset_s)
        log += _SPAN * max(-1.5, min(0.4, math.log(span_s / median(spans_s))))
        log += _SAME_SPAN if any(abs(span_s / each - 1.0) < 0.07 for each in spans_s) else 0.0
        log += _BELOW_SPANS if span_s < 0.93 * min(spans_s) else 0.0
    return log


def _going_on(
    heard: Heard, lasted_s: float, held_s: float, least_share: float, usual_s: float
) -> Callable[[float], float]:
    """Return P(still silent so many seconds after the release, if the player goes on) as a function, never rising.

    lasted_s: what the last note sounded; held_s: what it counts for, not less. Most notes sound for a share of
    their written length that lies between least_share and 1, and the next one is due when that is over; before
    the others comes a breath. By a clock it is due where it is written, however late the last one was.
    """
    late_s = max(-_MOST_LATE_S, min(_MOST_LATE_S, heard.late_s))
    beat_s = heard.beat_s or usual_s
    counts = dict(_VALUES)
    for before, after in pairwise(heard.line[-_RECENT - 1 :]):
        counts[_nearest((after.onset_s - before.onset_s) / beat_s)] += 1.0
    logs = {}
    for value, count in counts.items():
        share = held_s / (value * beat_s)
        beyond = max(least_share - share, share - 1.0, 0.0) / _SHARE_EDGE
        logs[value * beat_s] = math.log(count / value) - 0.5 * beyond**2
    top = max(logs.values())
    chances = {length_s: math.exp(log - top) for length_s, log in logs.items()}

    def due_after(since_onset_s: float) -> float:
        return sum(chance * _later(length_s, since_onset_s + late_s) for length_s, chance in chances.items())

    due_now = max(due_after(held_s), 1e-6)

    def silent(wait_s: float) -> float:
        breath = math.exp(-max(0.0, lasted_s + wait_s - held_s) / (_BREATH_INTERVALS * usual_s))
        return (1.0 - _BREATH) * min(1.0, due_after(lasted_s + wait_s) / due_now) + _BREATH * breath

    return silent


def _nearest(beats: float) -> float:
    return min(_VALUES, key=lambda value: abs(math.log(value / max(beats, 0.05))))


def _later(due_s: float, time_s: float) -> float:
    """Return P(an onset that is due at due_s after the last one comes later than time_s)."""
    spread_s = math.hypot(_NOISE_S, _UNSTEADY * due_s)
    return 0.5 * math.erfc((time_s - due_s) / (spread_s * math.sqrt(2.0)))


def _lasted_s(heard: Heard, usual_s: float) -> float:
    if heard.last_off_s is not None and heard.line and heard.last_off_s > heard.line[-1].onset_s:
        return heard.last_off_s - heard.line[-1].onset_s
    return usual_s


def _least_share(shares: Sequence[float]) -> float:
    """Return the least share a note of this player sounds for: what is usual, moved towards what was heard."""
    if not shares:
        return _LEAST_SHARE
    seen = min(0.9, max(0.3, min(shares)))
    return (_SHARE_WEIGHT * _LEAST_SHARE + len(shares) * seen) / (_SHARE_WEIGHT + len(shares))
