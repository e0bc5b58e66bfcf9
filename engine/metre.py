"""Find the metre of what is played: a posterior over bar length, subdivision and place in the bar. No torch.

A small recurrent net hears the melody note by note (intervals and lengths only, so the key and the origin of
time do not matter) and says of each note how well it would stand at every place of every kind of bar; a filter
carries this along (engine/metre_filter.py). Weights come from `melody-train metre`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from engine.bars import (
    AGREE,
    BARS,
    KIND,
    LENGTH,
    N_STATES,
    OFFSETS,
    PLACE,
    STEPS_PER_BEAT,
    agree,
    places,
    states_before,
)
from engine.messages import BarEvidence
from engine.metre_filter import Filter, Logs
from engine.metre_net import Net, log_softmax
from engine.notes import Metre, Note
from engine.tokenizer import TICKS_PER_BEAT, ticks_of

KEPT_KIND = 0.9
"""Chance that the next call has the bars of the one before."""

# How much less likely bar lines are that a clock contradicts: off its beats, and not at its song's bars.
_OFF_BEAT_LOG, _OFF_BAR_LOG = -7.0, -4.0

SHARED = 0.85
"""What net and melody model say together counts for so much of its sum: both heard the same notes. By their whole
sum 87.8 % of 5,474 calls of the validation part were believed to be found, where 85.5 % were; by this 85.3 %."""

LEAST_CHANCE = 1e-4
"""The least chance that is held for any bar lines."""
ON_DOWNBEAT = 0.8
"""Chance that a melody in bars which are told and of no kind that is heard, as 5/4 and 7/8, begins on a downbeat:
of the 15 in uneven bars in the Essen collection 12 do."""

NO_EVIDENCE = BarEvidence()


@dataclass(frozen=True, slots=True)
class Belief:
    """Hold one reading of the bars and how sure it is.

    metre: the upbeat is that of the first note followed; place_beats: where in the bar the latest note begins;
    probability: of this reading; confidence: that its bar lines are right, up to halving or doubling the bar;
    state: its number (engine/bars.py) at the latest note.
    """

    metre: Metre
    place_beats: float
    probability: float
    confidence: float
    state: int


def _ticks_to_next(note: Note, after: Note) -> int:
    return ticks_of(note.duration_beats + after.rest_beats)


def _evidence_logs(evidence: BarEvidence) -> npt.NDArray[np.float64]:
    """Return what is known beside the notes as log weights of the states, shape (N_STATES,)."""
    logs = np.zeros(N_STATES)
    if evidence.bar_beats:
        logs[~_told_kinds(evidence)[KIND]] = -np.inf
    if evidence.clock_beat is not None:
        begins = round(evidence.clock_beat * STEPS_PER_BEAT) - PLACE
        # Bars of whole beats begin on beats; a bar of 3/8 may begin on half of one.
        on_beat = begins % np.where(LENGTH % STEPS_PER_BEAT == 0, STEPS_PER_BEAT, STEPS_PER_BEAT // 2) == 0
        logs += np.where(on_beat, 0.0, _OFF_BEAT_LOG)
        if evidence.from_start:
            logs += np.where(begins % LENGTH == 0, 0.0, _OFF_BAR_LOG)
    return logs


def _told_kinds(evidence: BarEvidence) -> npt.NDArray[np.bool_]:
    """Return which kinds fit the bar as told: of its length, else the longest that divide it, else all."""
    pulses = [evidence.pulse_beats in (0.0, pulse) for _, pulse in BARS]
    for fits in (pulses, [True] * len(BARS)):
        lengths = [beats for (beats, _), fit in zip(BARS, fits, strict=True) if fit]
        whole = [beats for beats in lengths if evidence.bar_beats % beats == 0.0]
        if whole:
            return np.array([fit and beats == max(whole) for (beats, _), fit in zip(BARS, fits, strict=True)])
    return np.ones(len(BARS), bool)


def _best_first(beliefs: Sequence[Belief]) -> list[Belief]:
    """Return beliefs by probability, but first the likeliest of those whose bar lines are surest to be right."""
    found = sorted(beliefs, key=lambda belief: -belief.probability)
    surest = max(found, key=lambda belief: belief.confidence).metre
    best = next(belief for belief in found if agree(belief.metre, surest))
    return [best, *(belief for belief in found if belief is not best)]


class Posterior:
    """Follow a melody and hold what is believed of its bars. Not safe to share among threads."""

    def __init__(self, net: Net, start: Logs | None = None) -> None:
        """Begin before the first note; start: log P of the states there, as `carried` tells, or the usual."""
        self._net = net
        self._filter = Filter(net, net.start if start is None else start)
        self._notes: list[Note] = []
        self._ends: list[bool] = []
        # What else speaks for the states at the first note, as logs, and how many notes it was said of.
        self._said: tuple[Logs, int] | None = None

    def __len__(self) -> int:
        """Return how many notes are followed."""
        return len(self._notes)

    def follow(self, notes: Sequence[Note], ends: Collection[int] = ()) -> None:
        """Make `notes` what was heard: what begins as before is kept, and only what differs is heard anew.

        ends: the notes, by index, with which a phrase is known to end, such as the last one of a call that is
        over; that says much, for phrases fill their bars.
        """
        same = 0
        for old, ended, new in zip(self._notes, self._ends, notes, strict=False):
            if old != new or ended != (same in ends):
                break
            same += 1
        # A last note's length is read anew when another follows; notes before it are others where the tempo is.
        if self._said is not None and same < self._said[1] - 1:
            self._said = None
        self._notes[same:] = notes[same:]
        self._ends[same:] = [index in ends for index in range(same, len(notes))]
        self._filter.rewind(same)
        for note, ended in zip(self._notes[same:], self._ends[same:], strict=True):
            self._filter.append(note, ended)

    def probabilities(self, evidence: BarEvidence = NO_EVIDENCE) -> npt.NDArray[np.float64]:
        """Return P of each state at the latest note (at the start before any), summing to 1."""
        log = self._filter.log
        if self._said is not None:
            log = SHARED * (log + self._said[0][self._at_first()])
        return np.exp(log_softmax(log + _evidence_logs(evidence)))

    def lines_log(self, place: int | None = None) -> Logs:
        """Return of each state at the latest note log P that its bar lines are right, up to halving and doubling.

        By what the net alone believed when the note at this place had been heard (None: the latest one).
        """
        last = len(self._notes) - 1
        log = self._filter.log_after(1 + (last if place is None else place))
        lines: Logs = np.log(AGREE @ np.exp(log) + LEAST_CHANCE)
        return lines if place is None else lines[states_before(self._steps(place, last))]

    def _steps(self, first: int, last: int) -> int:
        """Return how many sixteenths after one note another begins, both rounded from the first note on."""
        onsets = list(accumulate(map(_ticks_to_next, self._notes[:last], self._notes[1:]), initial=0))
        before, after = places([onsets[first], onsets[last]])
        return after - before

    def _at_first(self) -> npt.NDArray[np.int64]:
        """Return for each state at the latest note the one at the first."""
        return states_before(places([self._last_ticks()])[0])

    def _last_ticks(self) -> int:
        """Return when the latest note begins, in ticks from the first."""
        return sum(map(_ticks_to_next, self._notes, self._notes[1:]))

    def weigh(self, beliefs: Sequence[Belief], against: Sequence[float]) -> None:
        """Believe beside the net what speaks against these readings of the notes followed, in nats.

        Other readings are left where the worst of these is. It holds on while notes follow, until it is said anew
        (none: no more) or the notes it was said of turn out to be others.
        """
        self._said = None
        if beliefs and self._notes:
            logs = np.full(N_STATES, -max(against))
            logs[self._at_first()[[belief.state for belief in beliefs]]] = -np.asarray(against)
            self._said = logs, len(self._notes)

    def carried(self, kept: float = KEPT_KIND) -> Logs:
        """Return log P of the states at the start of a melody that follows after a pause of unknown length.

        It has the bars of this one with the chance `kept`, else any; where in them it begins is not known.
        """
        usual = np.exp(self._net.start)
        shares = np.add.reduceat(self.probabilities(), OFFSETS) / np.add.reduceat(usual, OFFSETS)
        return np.asarray(np.log(usual * (kept * shares[KIND] + 1.0 - kept)))

    def beliefs(self, evidence: BarEvidence = NO_EVIDENCE, count: int = 1) -> list[Belief]:
        """Return the `count` likeliest readings, the best one first; fewer when no more are possible.

        The best one is the likeliest of those whose bar lines, halved and doubled ones counted, are surest.
        A bar told by a control is taken as it is, whatever its length, and only its place is found. Of a bar that
        has several of the longest kind which goes into it an upbeat leads to the first; where none goes, the
        melody begins on a downbeat.
        """
        chances = self.probabilities(evidence)
        mass = AGREE @ chances
        order = np.argsort(-chances, kind="stable")[:count]
        found = [self._belief(int(state), chances, mass, evidence) for state in order if chances[state] > 0.0]
        return _best_first(found)

    def _belief(
        self, state: int, chances: npt.NDArray[np.float64], mass: npt.NDArray[np.float64], evidence: BarEvidence
    ) -> Belief:
        (beats, pulse), place = BARS[KIND[state]], PLACE[state] / STEPS_PER_BEAT
        # Counted from the first step, which is a rest where one stands before the first note.
        since_first = self._last_ticks() / TICKS_PER_BEAT + self._notes[0].rest_beats if self._notes else 0.0
        told, confidence = evidence.bar_beats, float(min(mass[state], 1.0))
        if told and told != beats:
            pulse = evidence.pulse_beats
            upbeat = (place - since_first) % beats
            if evidence.clock_beat is not None and evidence.from_start:
                place = evidence.clock_beat
            elif told % beats:
                place, confidence = since_first, ON_DOWNBEAT
            else:
                place = since_first + (upbeat - beats if upbeat else 0.0)
            beats = told
        metre = Metre(beats, float((place - since_first) % beats), evidence.pulse_beats or pulse)
        return Belief(metre, float(place % beats), float(chances[state]), confidence, state)
