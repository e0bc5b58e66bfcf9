"""How much of its time a note sounds: legato, detached, staccato. Pure.

Whoever reads the note values of a call, waits for its next note or plays the answer like it asks here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from bridge.hearing.transcribe import PlayedNote

STACCATO = 0.5
"""Notes that usually sound a smaller share than this are played short; other players hold theirs."""

_LEAST_SHARE = 0.05
_BREATH_GAPS = 2.0


def sounding_shares(line: Sequence[PlayedNote]) -> list[float]:
    """Return for each note but the last the share of the time to the next onset that it sounds, 0.05..1."""
    return [share for _, share in _gaps_and_shares(line)]


def usual_share(line: Sequence[PlayedNote]) -> float | None:
    """Return the share that the notes of a line usually sound, 0.05..1; None where no note follows another.

    A gap of more than twice the usual one is a breath and says nothing.
    """
    gaps = _gaps_and_shares(line)
    if not gaps:
        return None
    longest_s = _BREATH_GAPS * median(gap_s for gap_s, _ in gaps)
    return median(share for gap_s, share in gaps if gap_s <= longest_s)


def written_length(sounding: float, share: float, usual_gap: float) -> float:
    """Return how long a note that sounds so long is meant to be, where no onset ends it; in their unit.

    share: what the player's notes usually sound of their time; usual_gap: the usual time between onsets. Staccato
    notes are all alike, whatever their length: the shorter they are, the less their sound tells and the more the
    pulse does.
    """
    told = min(1.0, share / STACCATO) ** 2
    return max(sounding, math.pow(sounding / share, told) * math.pow(usual_gap, 1.0 - told))


def _gaps_and_shares(line: Sequence[PlayedNote]) -> list[tuple[float, float]]:
    gaps = []
    for note, after in pairwise(line):
        gap_s = after.onset_s - note.onset_s
        if gap_s > 0.0:
            sounding_s = gap_s if note.end_s is None else note.end_s - note.onset_s
            gaps.append((gap_s, min(1.0, max(_LEAST_SHARE, sounding_s / gap_s))))
    return gaps
