"""In which key: tonic and scale of a call, with a confidence. Pure Python.

Each of the 24 keys is scored by the log likelihood of the melody in it: of its first and last note's scale degree
and of its steps from degree to degree, the longer notes counting more. The profiles were counted on 7,616 tunes of
the Essen collection (ABC edition), relative to the written tonic and apart for tunes with more major or more minor
thirds; the weights are those of a logistic regression on calls of one, two and four phrases of these tunes, which
makes the confidence mean what it says. On 898 other tunes the tonic is right for 82 % of first phrases, 86 % of
two, 91 % of four and 90 % of whole tunes; `python -m bench.keys` shows it and counts anew. The scale follows from
what the call has on the degrees that tell scales apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

MAJOR_SCALES = ("major", "lydian", "mixolydian")
"""The scales that can be heard and have a major third; the others heard are minor."""
PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_FIRST_WEIGHT, _LAST_WEIGHT, _STEP_WEIGHT = 0.625, 0.436, 0.262
# The corpus's own is -1.37: one tune in eight is in minor. Players are not from one country only.
_MINOR_PRIOR = -1.0

# Minus ten times the natural logarithm of a probability; rows of the steps: from each degree, in semitones.
_FIRST = {
    "major": (13, 95, 33, 84, 22, 54, 95, 7, 95, 33, 84, 59),
    "minor": (8, 75, 42, 27, 64, 38, 75, 10, 64, 59, 30, 59),
}
_LAST = {
    "major": (12, 86, 19, 87, 17, 33, 71, 15, 87, 27, 70, 40),
    "minor": (10, 76, 19, 24, 68, 26, 92, 15, 43, 47, 27, 40),
}
_STEPS = {
    "major": (
        (32, 95, 32, 99, 37, 59, 92, 38, 105, 37, 75, 39),
        (109, 101, 77, 122, 97, 140, 140, 140, 140, 100, 112, 110),
        (28, 82, 34, 94, 31, 50, 87, 41, 116, 51, 95, 51),
        (97, 115, 90, 99, 90, 105, 140, 119, 126, 140, 140, 140),
        (38, 98, 28, 94, 33, 38, 73, 33, 100, 51, 121, 73),
        (73, 117, 44, 99, 33, 43, 105, 41, 123, 54, 100, 66),
        (99, 140, 89, 125, 80, 95, 81, 59, 111, 79, 140, 107),
        (34, 108, 46, 102, 32, 35, 64, 28, 93, 35, 83, 55),
        (126, 140, 140, 140, 101, 106, 111, 97, 94, 80, 118, 103),
        (41, 97, 51, 114, 55, 57, 80, 30, 86, 39, 80, 49),
        (79, 140, 101, 126, 118, 109, 140, 85, 116, 73, 82, 107),
        (39, 106, 53, 140, 74, 79, 101, 56, 101, 43, 109, 55),
    ),
    "minor": (
        (31, 67, 32, 39, 87, 51, 96, 38, 59, 61, 38, 43),
        (55, 81, 98, 74, 118, 90, 118, 118, 118, 118, 84, 118),
        (27, 118, 42, 31, 77, 53, 99, 45, 91, 84, 59, 63),
        (39, 61, 27, 36, 81, 32, 118, 45, 66, 81, 59, 84),
        (83, 118, 75, 91, 96, 68, 104, 84, 118, 118, 118, 118),
        (57, 79, 46, 30, 71, 38, 99, 30, 59, 82, 62, 94),
        (108, 118, 118, 118, 118, 118, 99, 61, 118, 118, 118, 106),
        (37, 90, 51, 40, 83, 29, 65, 28, 43, 49, 46, 69),
        (73, 98, 91, 72, 118, 57, 118, 39, 57, 87, 54, 90),
        (68, 118, 86, 85, 99, 71, 94, 45, 92, 65, 51, 66),
        (42, 82, 63, 49, 102, 65, 118, 45, 50, 49, 45, 92),
        (40, 101, 67, 81, 118, 118, 102, 63, 83, 75, 95, 64),
    ),
}


class Pitched(Protocol):
    """A note as far as its key is concerned: engine.notes.Note is one."""

    @property
    def pitch(self) -> int:
        """Return the MIDI pitch, 0..127."""

    @property
    def duration_beats(self) -> float:
        """Return the length, > 0, in any unit."""


@dataclass(frozen=True, slots=True)
class KeyEstimate:
    """Hold the key that a melody is probably in.

    tonic: pitch class 0..11; scale: a name of the table of scales (bridge/controls.py); confidence: P(tonic and
    its third are right), 0..1.
    """

    tonic: int
    scale: str
    confidence: float

    @property
    def name(self) -> str:
        """Return the key as people say it, such as "G major"."""
        return f"{PITCH_NAMES[self.tonic]} {self.scale}"


def estimate_key(notes: Sequence[Pitched]) -> KeyEstimate | None:
    """Return the key of a melody; None without notes.

    A melody that is transposed gets the transposed key, with the same scale and confidence.
    """
    if not notes:
        return None
    odds = key_odds(notes)
    tonic, minor = max(odds, key=lambda key: odds[key])
    lengths = _lengths(notes, tonic)
    return KeyEstimate(tonic, _scale("minor" if minor else "major", lengths), odds[tonic, minor])


def key_odds(notes: Sequence[Pitched]) -> dict[tuple[int, bool], float]:
    """Return how likely each key is: by tonic pitch class and whether its third is minor, summing to 1.

    Nothing without notes. The likeliest comes first among equals in every transposition alike.
    """
    if not notes:
        return {}
    # Counted from the first note, so that a tie between keys is broken alike in every transposition.
    home = notes[0].pitch
    degrees = tuple((note.pitch - home) % 12 for note in notes)
    weights = tuple(math.sqrt(max(note.duration_beats, 1e-6)) for note in notes)
    mean = sum(weights) / len(weights)
    steps: dict[tuple[int, int], float] = {}
    for pair, weight in zip(pairwise(degrees), weights[1:], strict=True):
        steps[pair] = steps.get(pair, 0.0) + weight / mean
    scores = {
        (third, tonic): _score(third, tonic, degrees, steps) for third in ("major", "minor") for tonic in range(12)
    }
    best = max(scores.values())
    shares = {key: math.exp(score - best) for key, score in scores.items()}
    total = sum(shares.values())
    return {((home + tonic) % 12, third == "minor"): share / total for (third, tonic), share in shares.items()}


@lru_cache(maxsize=1)
def _profiles() -> dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[tuple[float, ...], ...]]]:
    """Return the profiles as weighted log likelihoods."""

    def scaled(row: Sequence[int], weight: float) -> tuple[float, ...]:
        return tuple(-0.1 * weight * value for value in row)

    return {
        third: (
            scaled(_FIRST[third], _FIRST_WEIGHT),
            scaled(_LAST[third], _LAST_WEIGHT),
            tuple(scaled(row, _STEP_WEIGHT) for row in _STEPS[third]),
        )
        for third in _STEPS
    }


def _score(third: str, tonic: int, degrees: Sequence[int], steps: dict[tuple[int, int], float]) -> float:
    first, last, table = _profiles()[third]
    score = first[(degrees[0] - tonic) % 12] + last[(degrees[-1] - tonic) % 12]
    for (before, after), weight in steps.items():
        score += weight * table[(before - tonic) % 12][(after - tonic) % 12]
    return score + (_MINOR_PRIOR if third == "minor" else 0.0)


def _lengths(notes: Sequence[Pitched], tonic: int) -> list[float]:
    """Return how long each degree above the tonic sounds."""
    lengths = [0.0] * 12
    for note in notes:
        lengths[(note.pitch - tonic) % 12] += note.duration_beats
    return lengths


def _scale(third: str, lengths: Sequence[float]) -> str:
    """Return the scale over a tonic that fits what the melody has on the degrees that tell scales apart."""
    sharp_seventh = lengths[11] > lengths[10]
    if third == "major":
        if lengths[6] > lengths[5]:
            return "lydian"
        return "mixolydian" if lengths[10] > lengths[11] else "major"
    if lengths[1] > lengths[2]:
        return "phrygian"
    if lengths[9] > lengths[8] and not sharp_seventh:
        return "dorian"
    return "harmonic" if sharp_seventh else "minor"
