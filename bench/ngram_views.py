"""A song as an n-gram reads it: what comes next, seen in several ways, each with the contexts that tell it.

The events are a checkpoint's own steps, so that costs can be compared note for note: a token (pitch, rest, end),
then its duration. A *view* says what is counted (the token, or its interval from the last pitch, so that a tune is
the same in every key; the duration) and behind what: rows of features, the most telling first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.kneser_ney import ABSENT, Floats, Ints
from engine.notes import Metre, Song
from engine.tokenizer import Tokenizer, ticks_of

_BEGIN = 5000
"""What stands where a song begins."""
# Krumhansl and Kessler (1982): how well each degree fits a key.
_PROFILES = (
    (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
)


class View(NamedTuple):
    """Hold a way to see what comes next: its name, whether intervals are counted, the contexts (T, K)."""

    name: str
    moved: bool
    chain: Ints


@dataclass(frozen=True)
class Line:
    """Hold a song as arrays, of T steps and the end.

    tokens: (T + 1,); durations: (T,), empty without any; ticks: (T + 1,) where each begins, from the song's start;
    last: (T + 1,) the pitch token that sounded last before it, -1: none.
    """

    tokens: Ints
    durations: Ints
    ticks: Ints
    last: Ints
    metre: Metre | None
    pitches: int

    @classmethod
    def of(cls, song: Song, tokenizer: Tokenizer, metre_known: bool) -> Line:
        """Return a song as its steps are; its metre only where it is known."""
        steps = tokenizer.encode(song.notes)
        tokens = np.array([*(step.token for step in steps), tokenizer.eos], np.int64)
        durations = np.array([step.duration for step in steps] if tokenizer.n_durations else [], np.int64)
        lengths = np.array([ticks_of(beats) for beats in tokenizer.durations], np.int64)
        ticks = np.zeros(len(tokens), np.int64)
        if len(durations):
            ticks[1:] = np.cumsum(lengths[durations])
        sounding = np.where(tokens < tokenizer.n_pitches, np.arange(len(tokens)), -1)
        before = np.concatenate(([-1], np.maximum.accumulate(sounding)[:-1]))
        last = np.where(before >= 0, tokens[before], -1)
        return cls(tokens, durations, ticks, last, song.metre if metre_known else None, tokenizer.n_pitches)

    @property
    def intervals(self) -> Ints:
        """Return each token as an interval from the pitch before, counted from 0; specials lie behind them."""
        return intervals_of(self.tokens, self.last, self.pitches)


def intervals_of(tokens: Ints, last: Ints, pitches: int) -> Ints:
    """Return tokens as intervals; the first pitch of a song is counted from the middle of the vocabulary."""
    base = np.where(last >= 0, last, pitches // 2)
    return np.where(tokens < pitches, tokens - base + pitches - 1, tokens - pitches + 2 * pitches - 1)


def unmoved(by_interval: Floats, last: Ints, pitches: int, tokens: int) -> Floats:
    """Return probabilities of tokens, (Q, V), for those of intervals; what no pitch is left for is shared out."""
    columns = intervals_of(np.arange(tokens)[None], last[:, None], pitches)
    found = np.take_along_axis(by_interval, columns, axis=1)
    return np.asarray(found / found.sum(1, keepdims=True))


def _before(values: Ints, count: int) -> Ints:
    """Return the values before each place, (T, count), the last one first; one mark where the song begins."""
    padded = np.concatenate((np.full(count - 1, ABSENT), [_BEGIN], values[:-1]))
    return np.stack([padded[count - 1 - back : len(padded) - back] for back in range(count)], axis=1)


def _places(line: Line) -> tuple[Ints, Ints]:
    """Return where each step begins in its bar, together with the metre, and in which bar.

    Without a metre: in four beats, as if the song began with a bar.
    """
    metre = line.metre
    bar, upbeat, pulse = (
        (ticks_of(metre.beats_per_bar), ticks_of(metre.upbeat_beats), ticks_of(metre.pulse_beats))
        if metre
        else (ticks_of(4.0), 0, 0)
    )
    number, within = np.divmod(line.ticks + upbeat, max(bar, 1))
    kind = 1 + bar * 1024 + pulse if metre else 0
    return within + 4096 * kind, number


def _tonics(line: Line) -> Ints:
    """Return the key that fits best what was heard before each step: a pitch class, with 12 added in minor."""
    weights = line.durations + 1.0 if len(line.durations) else np.ones(len(line.tokens) - 1)
    heard = np.zeros((len(line.tokens), 12))
    sounds = np.flatnonzero(line.tokens[:-1] < line.pitches)
    heard[sounds + 1, line.tokens[sounds] % 12] = weights[sounds]
    heard = np.cumsum(heard, axis=0)
    profiles = np.array([np.roll(profile, tonic) for profile in _PROFILES for tonic in range(12)])
    profiles = (profiles - profiles.mean(1, keepdims=True)) / profiles.std(1, keepdims=True)
    return np.asarray(np.argmax(heard @ profiles.T, axis=1), np.int64)


def _columns(*parts: Ints) -> Ints:
    return np.concatenate([part if part.ndim > 1 else part[:, None] for part in parts], axis=1)


def _woven(*parts: Ints) -> Ints:
    """Return rows with the first of each part, then the second of each, and so on."""
    return np.stack(parts, axis=2).reshape(len(parts[0]), -1)


def token_views(line: Line) -> list[View]:
    """Return the ways to see which token comes next."""
    pitches, intervals = _before(line.tokens, 9), _before(line.intervals, 12)
    tonic = _tonics(line)
    degree = np.where(line.last >= 0, (line.last - tonic) % 12 + 12 * (tonic // 12), _BEGIN)
    views = [
        View("pitch", False, pitches),
        View("interval", True, intervals),
        View("degree", True, _columns(degree, intervals[:, :5])),
    ]
    if not len(line.durations):
        return views
    rhythm = _before(np.append(line.durations, 0), 12)
    place, number = _places(line)
    four, eight, far = number % 4, number % 8, np.minimum(number, 40)
    figure = _woven(intervals[:, :7], rhythm[:, :7])
    return [
        *views,
        View("figure", True, figure),
        View("place", True, _columns(place, figure)),
        View("place of degree", True, _columns(place, degree, figure[:, :6])),
        View("place of pitch", False, _columns(place, pitches[:, :4])),
        View("bar", True, _columns(place, four, eight, degree, rhythm[:, 0], far)),
    ]


def duration_views(line: Line) -> list[View]:
    """Return the ways to see how long a token lasts, itself being known."""
    sounds = (line.tokens[:-1] < line.pitches).astype(np.int64)
    rhythm = _before(line.durations, 12)
    intervals = line.intervals[:-1]
    woven = _woven(np.concatenate((intervals[:, None], _before(intervals, 6)), axis=1), rhythm[:, :7])
    place, number = (each[:-1] for each in _places(line))
    return [
        View("rhythm", False, _columns(sounds, rhythm)),
        View("figure", False, woven),
        View("place", False, _columns(sounds, place, rhythm[:, :8])),
        View("place of figure", False, _columns(sounds, place, woven)),
        View("bar", False, _columns(sounds, place, number % 4, number % 8, rhythm[:, 0], np.minimum(number, 40))),
    ]
