"""The search behind bridge/hearing/rhythm.py: which note values explain a row of onsets best."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.hearing.note_values import (
    ELSEWHERE_LOG,
    INTERVAL_LOGS,
    LANDING_LOGS,
    LEVEL_LOGS,
    START_LOGS,
    TICKS,
    TICKS_PER_BEAT,
)

# What a player's onsets miss their places by, until his own are known; it weighs as much as ten of them.
_ONSET_NOISE_S, _NOISE_WEIGHT = 0.022, 10.0
# Change of the beat's length within half a second, as a share of it.
_WANDER = 0.012
_SLOWEST_BPM, _FASTEST_BPM = 30.0, 300.0
_TEMPO_LOW_BPM, _TEMPO_HIGH_BPM, _TEMPO_SHOULDER_OCTAVES = 85.0, 150.0, 0.06
_END_PRIOR = 2.0
_BEAM, _BEAM_NATS = 40, 12.0
# An onset further off than this, in squared standard deviations, is not explained by a note value.
_GATE = 14.0
_PAUSE_LOG = -9.0
_SAME_ONSET = 0.002

_NONE = len(TICKS)
_BEATS = tuple(ticks / TICKS_PER_BEAT for ticks in TICKS)
_ORDER = tuple(sorted(range(len(TICKS)), key=lambda index: TICKS[index]))
_SORTED_BEATS = tuple(_BEATS[index] for index in _ORDER)

# A hypothesis: (score, place, period, p00, p01, p11, position in the beat in ticks, last index, level, trail,
# how far the last onset was off in squared standard deviations). Place and period are in the unit of the
# onsets, p.. their covariance; trail is a linked list (index, period, trail), at its root (start, period, None).
_Hypothesis = tuple[float, float, float, float, float, float, int, int, int, Any, float]
_Beam = list[_Hypothesis]


@dataclass(frozen=True, slots=True)
class Path:
    """Hold the best reading of n onsets.

    ticks: the n - 1 intervals in 24ths of a beat; start_tick: place of the first onset; beat_s: the length of
    a beat at each onset, in seconds (in beats, so about 1, where the onsets were); confidence: 0..1 in the
    tempo.
    """

    ticks: tuple[int, ...]
    start_tick: int
    beat_s: tuple[float, ...]
    confidence: float


class Search:
    """Follow onsets one by one; what is already read is kept, so a call that grows costs one step a note."""

    def __init__(self, noise: float, wander: float) -> None:
        self._noise, self._wander = noise, wander
        self._onsets: list[float] = []
        # After each onset: the beam, and the learnt variance of onsets.
        self._states: list[tuple[_Beam, float]] = []

    def follow(self, onsets: Sequence[float]) -> Path:
        """Follow these onsets, at least one, rising, as far as they are new; return the best reading of them."""
        same = 0
        for old, new in zip(self._onsets, onsets, strict=False):
            if abs(old - new) > _SAME_ONSET:
                break
            same += 1
        del self._onsets[same:], self._states[same:]
        for onset in onsets[same:]:
            self._add(onset)
        beam = self._judged(self._states[-1][0])
        return _path(beam[0], _confidence(beam))

    def _add(self, onset: float) -> None:
        if self._onsets and onset <= self._onsets[-1]:
            onset = self._onsets[-1] + 1e-3
        if len(self._onsets) < self._needs:
            beam, noise = self._begin([*self._onsets, onset]), self._noise**2
        else:
            before, noise = self._states[-1]
            beam = _step(before, onset, noise, self._wander**2, self._free)
            weight = _NOISE_WEIGHT + len(self._onsets)
            noise += (min(beam[0][10], 9.0) - 1.0) * noise / (weight + 1.0)
        self._onsets.append(onset)
        self._states.append((beam, noise))

    _needs = 1
    _free = False

    def _begin(self, onsets: Sequence[float]) -> _Beam:
        raise NotImplementedError

    def _judged(self, beam: _Beam) -> _Beam:
        """Return the beam, best first, in the light of what only the whole tells."""
        return beam


class PlayingSearch(Search):
    """Read onsets in seconds and find the tempo among them.

    prior_bpm, prior_octaves: a tempo it is expected near, and the standard deviation of its binary logarithm;
    without it 85 to 150 bpm is taken for equally likely and the rest for less, since a tempo and its double
    are told apart by little else.
    """

    _needs = 2
    _free = True

    def __init__(self, prior_bpm: float | None = None, prior_octaves: float = 0.08) -> None:
        super().__init__(_ONSET_NOISE_S, _WANDER)
        self._prior_bpm, self._prior_octaves = prior_bpm, prior_octaves

    def _tempo_log(self, bpm: float) -> float:
        if self._prior_bpm is not None:
            return max(-30.0, -0.5 * (math.log2(bpm / self._prior_bpm) / self._prior_octaves) ** 2)
        outside = max(math.log2(_TEMPO_LOW_BPM / bpm), math.log2(bpm / _TEMPO_HIGH_BPM), 0.0)
        return -0.5 * (outside / _TEMPO_SHOULDER_OCTAVES) ** 2

    def _begin(self, onsets: Sequence[float]) -> _Beam:
        if len(onsets) == 1:
            beat_s = 60.0 / (self._prior_bpm or 120.0)
            trail: Any = (0, beat_s, None)
            return [(0.0, onsets[0], beat_s, self._noise**2, 0.0, 0.0, 0, _NONE, 1, trail, 1.0)]
        noise, gap_s = self._noise**2, onsets[1] - onsets[0]
        beam: _Beam = []
        for index, beats in enumerate(_BEATS):
            beat_s = gap_s / beats
            if not _SLOWEST_BPM <= 60.0 / beat_s <= _FASTEST_BPM:
                continue
            tempo_log = self._tempo_log(60.0 / beat_s)
            for level, level_log in enumerate(LEVEL_LOGS):
                for start in (0, 12):
                    end = (start + TICKS[index]) % TICKS_PER_BEAT
                    log = tempo_log + level_log + START_LOGS[start] + INTERVAL_LOGS[level][start][_NONE][index]
                    trail = (index, beat_s, (start, beat_s, None))
                    spread = 2.0 * noise / beats**2
                    state = (onsets[1], beat_s, noise, noise / beats, spread, end, index, level, trail, 1.0)
                    beam.append((log, *state))
        if not beam:
            # Slower or faster than anything that is read: the gap says nothing about the tempo.
            beat_s = 60.0 / (self._prior_bpm or 120.0)
            index = _ORDER[-1] if gap_s > 1.0 else _ORDER[0]
            trail = (index, beat_s, (0, beat_s, None))
            beam.append((0.0, onsets[1], beat_s, noise, 0.0, (0.2 * beat_s) ** 2, 0, index, 1, trail, 1.0))
        return sorted(beam, key=_score, reverse=True)

    def _judged(self, beam: _Beam) -> _Beam:
        # The first two onsets alone set the prior of the tempo; the tempo since found is better known.
        again = [(one[0] + _END_PRIOR * self._tempo_log(60.0 / one[2]), *one[1:]) for one in beam]
        return sorted(again, key=_score, reverse=True)


class ClockSearch(Search):
    """Read onsets in beats of a running clock: only how far the player is ahead or behind is unknown."""

    def __init__(self, beat_s: float) -> None:
        super().__init__(_ONSET_NOISE_S / beat_s, 0.0)

    def _begin(self, onsets: Sequence[float]) -> _Beam:
        first, noise = onsets[0], self._noise**2
        beam: _Beam = []
        sixteenth = TICKS_PER_BEAT // 4
        nearest = round(first * 4) * sixteenth
        for tick in range(nearest - 2 * sixteenth, nearest + 3 * sixteenth, sixteenth):
            error = first - tick / TICKS_PER_BEAT
            # Half of the miss is put down to being ahead or behind altogether, half to this onset alone.
            log = START_LOGS.get(tick % TICKS_PER_BEAT, ELSEWHERE_LOG) - 0.25 * error * error / noise
            place = tick / TICKS_PER_BEAT + 0.5 * error
            for level, level_log in enumerate(LEVEL_LOGS):
                trail = (tick, 1.0, None)
                at = tick % TICKS_PER_BEAT
                beam.append((log + level_log, place, 1.0, 0.5 * noise, 0.0, 0.0, at, _NONE, level, trail, 1.0))
        return sorted(beam, key=_score, reverse=True)


def _score(hypothesis: _Hypothesis) -> float:
    return hypothesis[0]


def _step(beam: _Beam, onset: float, noise: float, wander: float, free: bool) -> _Beam:
    """Extend every hypothesis by one onset and keep the best of those that agree in state."""
    kept: dict[int, _Hypothesis] = {}
    log, sorted_beats, order, n = math.log, _SORTED_BEATS, _ORDER, len(_SORTED_BEATS)
    for score, place, period, p00, p01, p11, position, last, level, trail, _ in beam:
        ratio = (onset - place) / period
        row, landing = INTERVAL_LOGS[level][position][last], LANDING_LOGS[level]
        found = False
        for at in range(bisect_left(sorted_beats, ratio * 0.7), n):
            beats = sorted_beats[at]
            if found and beats > ratio * 1.45 + 0.1:
                break
            error = onset - place - beats * period
            q00 = p00 + 2.0 * beats * p01 + beats * beats * p11 + 0.02 * noise
            spread = q00 + noise
            off = error * error / spread
            if off > _GATE:
                if error < 0.0:
                    break
                continue
            found = True
            index = order[at]
            end = (position + TICKS[index]) % TICKS_PER_BEAT
            new_score = score + row[index] + landing[end] - 0.5 * (off + log(spread / noise))
            q01 = p01 + beats * p11
            gain, turn = q00 / spread, q01 / spread
            moved = period + turn * error
            key = ((level * 17 + index) * 24 + end) * 256
            if free:
                key += int(24.0 * log(moved)) + 128
            other = kept.get(key)
            if other is None or other[0] < new_score:
                kept[key] = (
                    new_score,
                    place + beats * period + gain * error,
                    moved,
                    (1.0 - gain) * q00,
                    (1.0 - gain) * q01,
                    # In seconds, so that a tempo and its double may wander equally.
                    p11 - turn * q01 + wander * moved * moved * beats * 2.0 * moved,
                    end,
                    index,
                    level,
                    (index, moved, trail),
                    off,
                )
    if not kept:
        return [_pause(hypothesis, onset, noise) for hypothesis in beam[:8]]
    best = sorted(kept.values(), key=_score, reverse=True)[:_BEAM]
    floor = best[0][0] - _BEAM_NATS
    return [hypothesis for hypothesis in best if hypothesis[0] >= floor]


def _pause(hypothesis: _Hypothesis, onset: float, noise: float) -> _Hypothesis:
    """Take a gap that no note value explains for the nearest one, and count on from this onset."""
    score, place, period, _, _, p11, position, _, level, trail, _ = hypothesis
    ratio = max((onset - place) / period, 0.01)
    index = min(range(len(_BEATS)), key=lambda each: abs(math.log(ratio / _BEATS[each])))
    end = (position + TICKS[index]) % TICKS_PER_BEAT
    return (score + _PAUSE_LOG, onset, period, noise, 0.0, p11, end, index, level, (index, period, trail), 1.0)


def _confidence(beam: _Beam) -> float:
    """Return how much of the probability lies on readings whose tempo is within 6 % of the best one's."""
    best = beam[0]
    weights = [(math.exp(each[0] - best[0]), abs(math.log(each[2] / best[2])) < 0.06) for each in beam]
    return sum(weight for weight, near in weights if near) / sum(weight for weight, _ in weights)


def _path(hypothesis: _Hypothesis, confidence: float) -> Path:
    ticks: list[int] = []
    beats_s: list[float] = []
    trail = hypothesis[9]
    while trail[2] is not None:
        index, beat_s, trail = trail
        ticks.append(TICKS[index])
        beats_s.append(beat_s)
    beats_s.append(trail[1])
    return Path(tuple(reversed(ticks)), trail[0], tuple(reversed(beats_s)), confidence)
