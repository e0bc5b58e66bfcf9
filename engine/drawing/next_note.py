"""Draw candidates for an answer's next note: its rest, its pitch, its duration.

What is drawn is said here, and nothing of how the model is read: `candidates` asks for logits, and for what comes
of them when they are pulled at, and is sent both, so that one answer after the other and many at a time are drawn
by the same lines.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

from engine.drawing.continuation import Continuation
from engine.drawing.ending import Wish
from engine.drawing.row import Row
from engine.drawing.sampler import Pull, pick, probabilities
from engine.messages import Sampling
from engine.notes import Note
from engine.octaves import into_range
from engine.tokenizer import Step

Steps = tuple[Step, ...]

RECENT_NOTES = 128
"""Notes that the loop guard looks back on."""


class Ask(NamedTuple):
    """Ask for logits behind these steps: of the next token, (V,), or, of a token, for its duration, (D,)."""

    steps: Steps
    token: int | None = None


class Weigh(NamedTuple):
    """Ask for the distributions that are drawn from: of logits, (V,) each, and what pulls at each of them."""

    logits: list[Row]
    pulls: list[Pull]


class Found(NamedTuple):
    """Hold a candidate: the steps that stand for it, and the note."""

    steps: Steps
    note: Note


Asks = list[Ask] | Weigh
Asking = Generator[Asks, Sequence[Row], list[Found]]


class _Opening(NamedTuple):
    """Hold what is drawn of a candidate but its duration, and the point at which that is drawn."""

    steps: Steps
    token: int
    rest_beats: float
    point: float


_Openings = Generator[Asks, Sequence[Row], list[_Opening]]


def candidates(
    answer: Continuation, wish: Wish, recent_pitches: list[int], first: Row, chance: Callable[[], float]
) -> Asking:
    """Draw as many candidates as are wished for, all behind the same notes.

    recent_pitches: those last heard, for the loop guard; first: the logits of the next token, (V,); chance: gives
    numbers, 0..1. Each list of asks is of one kind, tokens or durations, no two are the same, and the longer steps
    follow ones asked before.
    """
    draws = _Draws(answer, wish, recent_pitches, first, chance)
    if not answer.lengths.beats.size:
        return (yield from draws.of_pitches())
    openings = yield from draws.openings()
    return (yield from draws.lengths(openings))


def settled(asking: Asking, sampling: Sampling, replies: Callable[[list[Ask]], list[Row]]) -> list[Found]:
    """Return what is found when every ask is replied to, and what is to be weighed is, under this sampling."""
    try:
        asks = next(asking)
        while True:
            if isinstance(asks, Weigh):
                weighed = [probabilities(row, sampling, pull) for row, pull in zip(*asks, strict=True)]
                asks = asking.send(weighed)
            else:
                asks = asking.send(replies(asks))
    except StopIteration as end:
        found: list[Found] = end.value
        return found


class _Draws:
    def __init__(
        self, answer: Continuation, wish: Wish, recent_pitches: list[int], first: Row, chance: Callable[[], float]
    ) -> None:
        self._answer, self._wish, self._point, self._first = answer, wish, chance, first
        self._pull = answer.pull_on_pitch(wish, recent_pitches)

    def of_pitches(self) -> Asking:
        """Return candidates for a checkpoint that draws no durations: the call's own rhythm is borrowed."""
        beats, rest_beats = self._answer.borrowed_rhythm(self._wish)
        [distribution] = yield Weigh([self._first], [self._pull])
        tokens = [pick(distribution, self._point()) for _ in range(self._wish.candidates)]
        return [Found((Step(token),), Note(self._pitch(token), beats, rest_beats)) for token in tokens]

    def openings(self) -> _Openings:
        """Return the rest and the pitch of each candidate."""
        answer, wish, shortest = self._answer, self._wish, float(self._answer.lengths.beats[0])
        if not answer.notes:
            return (yield from self._behind_the_lead())
        rest = answer.sounding.tokenizer.rest
        room = min(wish.longest_rest_beats, wish.longest_beats - shortest)
        if rest is None or room < shortest:
            return (yield from self._pitched((), self._first, 0.0))
        return (yield from self._rested(rest, room))

    def _behind_the_lead(self) -> _Openings:
        """Return openings behind the rest before the answer, which is given and not drawn."""
        rest_beats = self._answer.lead_rest_beats
        lead = tuple(self._answer.sounding.tokenizer.encode([Note(0, 1.0, rest_beats)])[:-1])
        logits = (yield [Ask(lead)])[0] if lead else self._first
        return (yield from self._pitched(lead, logits, rest_beats))

    def _pitched(self, steps: Steps, logits: Row, rest_beats: float) -> _Openings:
        [distribution] = yield Weigh([logits], [self._pull])
        return [
            _Opening(steps, pick(distribution, self._point()), rest_beats, self._point())
            for _ in range(self._wish.candidates)
        ]

    def _rested(self, rest: int, room_beats: float) -> _Openings:
        """Return openings of which some have a rest, where the token drawn is one."""
        pull, bias = self._pull, self._pull.bias.copy()
        bias[rest] = 0.0
        [distribution] = yield Weigh([self._first], [Pull(bias, pull.remembered, pull.share)])
        drawn: list[tuple[int, list[float]]] = []
        for _ in range(self._wish.candidates):
            token = pick(distribution, self._point())
            drawn.append((token, [self._point() for _ in range(3 if token == rest else 1)]))
        if all(token != rest for token, _ in drawn):
            return [_Opening((), token, 0.0, points[0]) for token, points in drawn]
        durations = self._answer.lengths.beats
        [logits] = yield [Ask((), rest)]
        [of_rest] = yield Weigh([logits], [self._answer.pull_on_rest(self._wish, room_beats)])
        rests = {index: pick(of_rest, points[0]) for index, (token, points) in enumerate(drawn) if token == rest}
        lengths = list(dict.fromkeys(rests.values()))
        logits_behind = yield [Ask((Step(rest, length),)) for length in lengths]
        weighed = yield Weigh(list(logits_behind), [pull] * len(lengths))
        behind = dict(zip(lengths, weighed, strict=True))
        openings = []
        for index, (token, points) in enumerate(drawn):
            if index in rests:
                length = rests[index]
                token = pick(behind[length], points[1])
                openings.append(_Opening((Step(rest, length),), token, float(durations[length]), points[2]))
            else:
                openings.append(_Opening((), token, 0.0, points[0]))
        return openings

    def lengths(self, openings: list[_Opening]) -> Asking:
        """Return the candidates, each as long as is drawn for its pitch and its rest."""
        answer, wish, durations = self._answer, self._wish, self._answer.lengths.beats
        asks = list(dict.fromkeys(Ask(opening.steps, opening.token) for opening in openings))
        logits = yield asks
        pulls = []
        for ask in asks:
            assert ask.token is not None
            rest_beats = next(opening.rest_beats for opening in openings if opening.steps == ask.steps)
            pulls.append(answer.pull_on_duration(wish, rest_beats, self._pitch(ask.token)))
        of_length = dict(zip(asks, (yield Weigh(list(logits), pulls)), strict=True))
        found = []
        for steps, token, rest_beats, at in openings:
            duration = pick(of_length[Ask(steps, token)], at)
            note = Note(self._pitch(token), float(durations[duration]), rest_beats)
            found.append(Found((*steps, Step(token, duration)), note))
        return found

    def _pitch(self, token: int) -> int:
        return into_range(int(self._answer.sounding.pitches[token]), *self._answer.sampling.range)
