"""The search behind bridge/rhythm.py: which note values explain a row of onsets best."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.durations import ELSEWHERE_LOG, INTERVAL_LOGS, LEVEL_LOGS, START_LOGS, TICKS, TICKS_PER_BEAT

_ONSET_NOISE_S = 0.022
_BEAM = 40
_BEAM_NATS = 12.0
# Change of the beat's length from one beat to the next, as a share of it.
_WANDER = 0.008
_SLOWEST_BPM, _FASTEST_BPM = 30.0, 300.0
_TEMPO_LOW_BPM, _TEMPO_HIGH_BPM, _TEMPO_SHOULDER_OCTAVES = 85.0, 150.0, 0.2
_GATE = 14.0
_PAUSE_LOG = -9.0

_NONE = len(TICKS)
_BEATS = tuple(ticks / TICKS_PER_BEAT for ticks in TICKS)
_ORDER = tuple(sorted(range(len(TICKS)), key=lambda index: TICKS[index]))
_SORTED_BEATS = tuple(_BEATS[index] for index in _ORDER)
# A hypothesis: (score, place, period, p00, p01, p11, position in the beat in ticks, last index, level, trail);
# place and period in the unit of the onsets, p.. their covariance, trail a linked list (index, period, trail).
_Hypothesis = tuple[float, float, float, float, float, float, int, int, int, Any]


@dataclass(frozen=True, slots=True)
class Path:
    """Hold the best reading of n onsets.

    ticks: the n - 1 intervals in 24ths of a beat; start_tick: place of the first onset; beat_s: the length of
    a beat in seconds at each onset; confidence: 0..1 in the tempo.
    """

    ticks: tuple[int, ...]
    start_tick: int
    beat_s: tuple[float, ...]
    confidence: float


def tempo_log(bpm: float, prior_bpm: float | None, prior_octaves: float) -> float:
    """Return the log prior of a tempo: flat from 85 to 150 bpm with soft shoulders, or about prior_bpm."""
    if prior_bpm is not None:
        return max(-30.0, -0.5 * (math.log2(bpm / prior_bpm) / prior_octaves) ** 2)
    outside = max(math.log2(_TEMPO_LOW_BPM / bpm), math.log2(bpm / _TEMPO_HIGH_BPM), 0.0)
    return -0.5 * (outside / _TEMPO_SHOULDER_OCTAVES) ** 2


def follow_playing(onsets_s: Sequence[float], prior_bpm: float | None, prior_octaves: float) -> Path:
    """Return the best reading of onsets in seconds, finding the tempo among them."""
    if len(onsets_s) < 2:
        return Path((), 0, (60.0 / (prior_bpm or 120.0),) * len(onsets_s), 0.0)
    beam = _first_beam(onsets_s[0], onsets_s[1], prior_bpm, prior_octaves)
    for onset_s in onsets_s[2:]:
        beam = _step(beam, onset_s, _ONSET_NOISE_S**2, _WANDER**2, True)
    best = beam[0]
    return _path(best, 0, _confidence(beam))


def follow_clock(onsets_beats: Sequence[float], beat_s: float) -> Path:
    """Return the best reading of onsets given in beats of a clock; beat_s in the path is 1 a beat."""
    noise = _ONSET_NOISE_S / beat_s
    beam: list[_Hypothesis] = []
    starts: dict[int, int] = {}
    first = onsets_beats[0]
    for level, level_log in enumerate(LEVEL_LOGS):
        for tick in range(
            math.floor(first * TICKS_PER_BEAT / 6) * 6 - 6, math.ceil(first * TICKS_PER_BEAT) + 12, 6
        ):
            place = tick / TICKS_PER_BEAT
            spread = 2.0 * noise**2
            error = first - place
            log = level_log + START_LOGS.get(tick % TICKS_PER_BEAT, ELSEWHERE_LOG) - 0.5 * error * error / spread
            gain = 0.5
            beam.append(
                (
                    log,
                    place + gain * error,
                    1.0,
                    gain * noise**2,
                    0.0,
                    0.0,
                    tick % TICKS_PER_BEAT,
                    _NONE,
                    level,
                    (tick, 1.0, None),
                )
            )
    beam.sort(key=_score, reverse=True)
    for onset in onsets_beats[1:]:
        beam = _step(beam, onset, noise**2, 0.0, False)
    del starts
    return _path(beam[0], None, 1.0)


def _score(hypothesis: _Hypothesis) -> float:
    return hypothesis[0]


def _first_beam(
    first_s: float, second_s: float, prior_bpm: float | None, prior_octaves: float
) -> list[_Hypothesis]:
    noise = _ONSET_NOISE_S**2
    gap_s = max(second_s - first_s, 0.01)
    beam: list[_Hypothesis] = []
    for index, beats in enumerate(_BEATS):
        beat_s = gap_s / beats
        if not _SLOWEST_BPM <= 60.0 / beat_s <= _FASTEST_BPM:
            continue
        base = tempo_log(60.0 / beat_s, prior_bpm, prior_octaves)
        for level, level_log in enumerate(LEVEL_LOGS):
            for position in (0, 12):
                end = (position + TICKS[index]) % TICKS_PER_BEAT
                log = base + level_log + START_LOGS[position] + INTERVAL_LOGS[level][position][_NONE][index]
                trail = (index, beat_s, (position, beat_s, None))
                spread = 2.0 * noise / beats**2
                beam.append((log, second_s, beat_s, noise, noise / beats, spread, end, index, level, trail))
    if not beam:
        # Slower or faster than anything that is read: take the gap for the nearest of the extremes.
        index = _ORDER[-1] if gap_s > 1.0 else _ORDER[0]
        beat_s = 60.0 / (prior_bpm or 120.0)
        trail = (index, beat_s, (0, beat_s, None))
        beam.append((0.0, second_s, beat_s, noise, 0.0, (0.2 * beat_s) ** 2, 0, index, 1, trail))
    beam.sort(key=_score, reverse=True)
    return beam


def _step(beam: list[_Hypothesis], onset: float, noise: float, wander: float, free: bool) -> list[_Hypothesis]:
    """Extend every hypothesis by one onset and keep the best of those that agree in state."""
    kept: dict[int, _Hypothesis] = {}
    log_, sorted_beats, order = math.log, _SORTED_BEATS, _ORDER
    n = len(sorted_beats)
    for score, place, period, p00, p01, p11, position, last, level, trail in beam:
        ratio = (onset - place) / period
        row = INTERVAL_LOGS[level][position][last]
        at = bisect_left(sorted_beats, ratio * 0.7)
        found = False
        while at < n:
            beats = sorted_beats[at]
            if found and beats > ratio * 1.45 + 0.1:
                break
            index = order[at]
            at += 1
            error = onset - place - beats * period
            q00 = p00 + 2.0 * beats * p01 + beats * beats * p11 + 0.02 * noise
            spread = q00 + noise
            off = error * error / spread
            if off > _GATE:
                if error < 0.0:
                    break
                continue
            found = True
            end = (position + TICKS[index]) % TICKS_PER_BEAT
            new_score = score + row[index] - 0.5 * (off + log_(spread / noise))
            q01 = p01 + beats * p11
            gain, turn = q00 / spread, q01 / spread
            new_period = period + turn * error
            key = (((level * 17 + index) * 24 + end) << 8) + (int(24.0 * log_(new_period)) + 128 if free else 0)
            other = kept.get(key)
            if other is None or other[0] < new_score:
                kept[key] = (
                    new_score,
                    place + beats * period + gain * error,
                    new_period,
                    (1.0 - gain) * q00,
                    (1.0 - gain) * q01,
                    p11 - turn * q01 + wander * new_period * new_period * beats,
                    end,
                    index,
                    level,
                    (index, new_period, trail),
                )
    if not kept:
        return [_pause(hypothesis, onset, noise) for hypothesis in beam[:8]]
    beam = sorted(kept.values(), key=_score, reverse=True)
    floor = beam[0][0] - _BEAM_NATS
    return [hypothesis for hypothesis in beam[:_BEAM] if hypothesis[0] >= floor]


def _pause(hypothesis: _Hypothesis, onset: float, noise: float) -> _Hypothesis:
    """Take a gap that no note value explains for the nearest one, and count on from this onset."""
    score, place, period, _, _, p11, position, _, level, trail = hypothesis
    ratio = max((onset - place) / period, 0.01)
    index = min(range(len(_BEATS)), key=lambda each: abs(math.log(ratio / _BEATS[each])))
    end = (position + TICKS[index]) % TICKS_PER_BEAT
    return (score + _PAUSE_LOG, onset, period, noise, 0.0, p11, end, index, level, (index, period, trail))


def _confidence(beam: list[_Hypothesis]) -> float:
    """Return how much of the probability lies on readings whose tempo is within 6 % of the best one's."""
    best = beam[0]
    weights = [(math.exp(each[0] - best[0]), abs(math.log(each[2] / best[2])) < 0.06) for each in beam]
    return sum(weight for weight, near in weights if near) / sum(weight for weight, _ in weights)


def _path(hypothesis: _Hypothesis, start_tick: int | None, confidence: float) -> Path:
    ticks: list[int] = []
    beats_s: list[float] = []
    trail = hypothesis[9]
    while trail[2] is not None:
        index, beat_s, trail = trail
        ticks.append(TICKS[index])
        beats_s.append(beat_s)
    beats_s.append(trail[1])
    start = trail[0] if start_tick is None else start_tick
    return Path(tuple(reversed(ticks)), start, tuple(reversed(beats_s)), confidence)
