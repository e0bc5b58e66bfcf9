"""Where a session's seconds stand in bars and beats, so that its file lies on a DAW's grid. Pure.

A clock's beats are the file's. Without a clock each call and each answer is a stretch of its own tempo, on beats
and bar lines as they were heard; in the silence between, the tempo gives way, so that the next one begins in its
place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

NEAR_S = 0.002
"""A tempo that leads within this of where a beat was is the same tempo: a clock trembles."""
SLOWEST, FASTEST = 0.2, 4.5
"""A gap takes no tempo beyond these shares of the one before it; where it would, what follows is off the grid."""
LEAST_BPM, MOST_BPM = 5.0, 1000.0
LEAST_GAP_S = 0.02
TOUCHING_S = 1e-6


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold a time in which a tempo is known.

    start_s, end_s: of its first and last onset, equal for a single beat of a clock; place_beats: where in bars of
    bar_beats it begins; signature: of these bars, as "3/4", or "" where nobody knows: bar_beats is then a beat.
    """

    start_s: float
    end_s: float
    bpm: float
    place_beats: float = 0.0
    bar_beats: float = 1.0
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Knot:
    """Hold a place where the tempo may change: a time and its beat, and the bpm behind it."""

    time_s: float
    beat: float
    bpm: float


class Timeline:
    """Map seconds to beats by knots; before the first and behind the last the nearest tempo is drawn on.

    signatures: (beat, time signature) wherever bars of another kind begin, on a bar line of those before.
    """

    def __init__(self, stretches: Sequence[Stretch], begin_s: float, bpm: float = 120.0) -> None:
        """begin_s: the first that is to have a beat, at 0 or later; bpm: where no stretch says it."""
        self.signatures: list[tuple[float, str]] = []
        self._origin, self._bar_beats, self._signature = 0.0, 4.0, ""
        knots: list[Knot] = []
        for stretch in sorted(stretches, key=lambda each: each.start_s):
            self._add(knots, stretch, begin_s)
        self.knots = _fewer(knots) or [Knot(begin_s, 0.0, bpm)]
        self._times_s = [knot.time_s for knot in self.knots]

    def beat_at(self, time_s: float) -> float:
        """Return the beat at a time."""
        knot = self.knots[max(0, bisect_right(self._times_s, time_s) - 1)]
        return knot.beat + (time_s - knot.time_s) * knot.bpm / 60.0

    def _add(self, knots: list[Knot], stretch: Stretch, begin_s: float) -> None:
        """Put a stretch behind the knots there are."""
        if not knots:
            lead_beats = max(0.0, stretch.start_s - begin_s) * stretch.bpm / 60.0
            self._change(0.0, stretch)
            beat = stretch.place_beats
            while beat < lead_beats - 1e-9:
                beat += stretch.bar_beats
            if stretch.start_s - begin_s > TOUCHING_S:
                knots.append(Knot(begin_s, beat - lead_beats, stretch.bpm))
        else:
            last = knots[-1]
            gap_s = stretch.start_s - last.time_s
            if gap_s < LEAST_GAP_S:
                return  # it overlaps what is there, or nearly
            expected = last.beat + gap_s * last.bpm / 60.0
            beat = self._fitting(last, stretch, expected)
            bpm = (beat - last.beat) / gap_s * 60.0
            if not (max(LEAST_BPM, SLOWEST * last.bpm) <= bpm <= min(MOST_BPM, FASTEST * last.bpm)):
                beat, bpm = expected, last.bpm
            knots[-1] = Knot(last.time_s, last.beat, bpm)
        knots.append(Knot(stretch.start_s, beat, stretch.bpm))
        if stretch.end_s - stretch.start_s > LEAST_GAP_S:
            length_beats = (stretch.end_s - stretch.start_s) * stretch.bpm / 60.0
            knots.append(Knot(stretch.end_s, beat + length_beats, stretch.bpm))

    def _fitting(self, last: Knot, stretch: Stretch, expected: float) -> float:
        """Return the beat nearest to the expected one, behind the last knot, that has the stretch's place."""
        if stretch.signature and stretch.signature != self._signature:
            passed = (last.beat - self._origin) / self._bar_beats
            self._change(self._origin + self._bar_beats * -(-passed // 1), stretch)
        unit = stretch.bar_beats
        beat = (
            self._origin
            + stretch.place_beats
            + round((expected - self._origin - stretch.place_beats) / unit) * unit
        )
        while beat <= last.beat:
            beat += unit
        return beat

    def _change(self, beat: float, stretch: Stretch) -> None:
        """Let bars of another kind begin on a beat."""
        if stretch.signature:
            self._origin, self._bar_beats, self._signature = beat, stretch.bar_beats, stretch.signature
            self.signatures = [each for each in self.signatures if each[0] < beat]
            self.signatures.append((beat, stretch.signature))


def _fewer(knots: Sequence[Knot]) -> list[Knot]:
    """Leave out knots between which the tempo hardly changes: no beat moves by more than NEAR_S."""
    kept: list[Knot] = []
    begin = 0
    while begin < len(knots):
        end = _straight_to(knots, begin)
        first, last = knots[begin], knots[end]
        bpm = (last.beat - first.beat) / (last.time_s - first.time_s) * 60.0 if end > begin else first.bpm
        kept.append(Knot(first.time_s, first.beat, bpm))
        begin = max(end, begin + 1)
    return kept


def _straight_to(knots: Sequence[Knot], begin: int) -> int:
    """Return the last knot to which a straight line leads by all between within NEAR_S; each is looked at once."""
    first, end = knots[begin], begin
    least_s, most_s = 0.0, float("inf")
    for knot in knots[begin + 1 :]:
        beats, seconds = knot.beat - first.beat, knot.time_s - first.time_s
        if not least_s <= seconds / beats <= most_s:
            break
        end += 1
        least_s = max(least_s, (seconds - NEAR_S) / beats)
        most_s = min(most_s, (seconds + NEAR_S) / beats)
    return end
