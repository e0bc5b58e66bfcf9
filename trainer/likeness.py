"""Compare continuations with real ones: what a melody does, counted, and how far two sets are apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.drawing.loop_guard import LOOP_PERIODS
from engine.notes import Note
from engine.tokenizer import ticks_of

RUN_INTERVALS = 12
"""Length of an interval sequence that, found in a training song, counts as copied."""
STUCK_NOTES = 16
"""Notes in a row that equal those 1 to 4 places earlier: this melody is stuck in a loop."""
_GRAM = 4

# Krumhansl and Kessler (1982): how well each degree fits a key.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))


@dataclass(frozen=True)
class Continued:
    """Hold a prompt and what followed it."""

    prompt: tuple[Note, ...]
    notes: tuple[Note, ...]

    @property
    def pitches(self) -> list[int]:
        """Return the pitches of both."""
        return [note.pitch for note in (*self.prompt, *self.notes)]


def key_of(notes: Sequence[Note]) -> frozenset[int]:
    """Return the pitch classes of the scale that fits the notes best, weighted by their durations."""
    weights = [0.0] * 12
    for note in notes:
        weights[note.pitch % 12] += note.duration_beats
    best, scale = -math.inf, frozenset(_SCALES[0])
    for profile, degrees in zip((_MAJOR, _MINOR), _SCALES, strict=True):
        for tonic in range(12):
            fit = _correlation(weights, [profile[(pitch - tonic) % 12] for pitch in range(12)])
            if fit > best:
                best, scale = fit, frozenset((tonic + degree) % 12 for degree in degrees)
    return scale


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    above = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    below = math.sqrt(sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b))
    return above / below if below else 0.0


def divergence(a: Counter[Hashable], b: Counter[Hashable]) -> float:
    """Return the Jensen-Shannon divergence of two counts, in bits: 0 (the same) to 1 (nothing shared)."""
    total_a, total_b = sum(a.values()), sum(b.values())
    if not total_a or not total_b:
        return 0.0
    bits = 0.0
    for value in a.keys() | b.keys():
        p, q = a[value] / total_a, b[value] / total_b
        middle = (p + q) / 2
        bits += sum(share * math.log2(share / middle) / 2 for share in (p, q) if share)
    return max(0.0, bits)


def pitch_classes(songs: Iterable[Continued]) -> Counter[Hashable]:
    """Count the continuations' pitch classes."""
    return Counter(note.pitch % 12 for song in songs for note in song.notes)


def intervals(songs: Iterable[Continued]) -> Counter[Hashable]:
    """Count the intervals that lead to the continuations' notes, in semitones, an octave at most."""
    counts: Counter[Hashable] = Counter()
    for song in songs:
        line = song.pitches[len(song.prompt) - 1 :]
        counts.update(max(-13, min(13, after - before)) for before, after in pairwise(line))
    return counts


def durations(songs: Iterable[Continued]) -> Counter[Hashable]:
    """Count the continuations' durations, in ticks of a 48th of a beat."""
    return Counter(ticks_of(note.duration_beats) for song in songs for note in song.notes)


def repetition(song: Continued) -> tuple[int, int]:
    """Return (4-grams of pitches that end in the continuation and were heard before, all such 4-grams)."""
    pitches, heard, repeated, count = song.pitches, set(), 0, 0
    for end in range(_GRAM, len(pitches) + 1):
        gram = tuple(pitches[end - _GRAM : end])
        if end > len(song.prompt):
            count += 1
            repeated += gram in heard
        heard.add(gram)
    return repeated, count


def is_stuck(song: Continued) -> bool:
    """Say whether the continuation goes round in circles: STUCK_NOTES in a row equal those 1..4 before."""
    pitches = song.pitches
    for period in LOOP_PERIODS:
        run = 0
        for place in range(max(period, len(song.prompt)), len(pitches)):
            run = run + 1 if pitches[place] == pitches[place - period] else 0
            if run >= STUCK_NOTES:
                return True
    return False


def interval_runs(pitches: Sequence[int]) -> list[bytes]:
    """Return each stretch of RUN_INTERVALS intervals of a melody, a byte an interval."""
    line = bytes((after - before) & 0xFF for before, after in pairwise(pitches))
    return [line[start : start + RUN_INTERVALS] for start in range(len(line) - RUN_INTERVALS + 1)]


def runs_of(melodies: Iterable[Sequence[int]]) -> frozenset[bytes]:
    """Return all stretches of the melodies' intervals, to look copies up in."""
    return frozenset(run for pitches in melodies for run in interval_runs(pitches))


def statistics_of(
    songs: Sequence[Continued],
    real: Sequence[Continued],
    training_runs: frozenset[bytes],
    timed: bool = True,
) -> dict[str, Any]:
    """Return what some continuations do, and how far they are from the real ones.

    The divergences are in bits (None for durations when not `timed`); all else are shares, 0..1. Runs that
    are copied are counted within the continuations alone.
    """
    notes = sum(len(song.notes) for song in songs)
    in_key = same = repeated = grams = copied = runs = 0
    for song in songs:
        scale = key_of(song.prompt)
        in_key += sum(note.pitch % 12 in scale for note in song.notes)
        same += sum(before == after for before, after in pairwise(song.pitches[len(song.prompt) - 1 :]))
        more_repeated, more_grams = repetition(song)
        repeated, grams = repeated + more_repeated, grams + more_grams
        own = interval_runs([note.pitch for note in song.notes])
        copied, runs = copied + sum(run in training_runs for run in own), runs + len(own)
    counts: tuple[tuple[str, Callable[[Iterable[Continued]], Counter[Hashable]]], ...]
    counts = (("pitch_class", pitch_classes), ("interval", intervals), ("duration", durations))
    report: dict[str, Any] = {"songs": len(songs), "notes": notes}
    report |= {f"{name}_divergence": divergence(count(songs), count(real)) for name, count in counts}
    if not timed:
        report["duration_divergence"] = None
    return report | {
        "in_key": in_key / max(1, notes),
        "repeated_notes": same / max(1, notes),
        "repeated_4grams": repeated / max(1, grams),
        "stuck": sum(is_stuck(song) for song in songs) / max(1, len(songs)),
        "copied_runs": copied / max(1, runs),
    }


def distance(generated: dict[str, Any], real: dict[str, Any]) -> float:
    """Return one figure for how far a set is from the real one: divergences and differences of shares, added."""
    apart = sum(generated[f"{name}_divergence"] or 0.0 for name in ("pitch_class", "interval", "duration"))
    shares = ("in_key", "repeated_notes", "repeated_4grams", "stuck", "copied_runs")
    return float(apart + sum(abs(generated[name] - real[name]) for name in shares))
