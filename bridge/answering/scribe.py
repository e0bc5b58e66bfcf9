"""The scribe writes down, while an answer is asked for, drawn and played, what its take is to hold. Pure."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.answering.answer import Answer
from bridge.answering.encore import Piece
from bridge.answering.standing import Standing
from bridge.answering.takes import Cue, Known, Takes
from bridge.engine.mirror import Order
from bridge.hearing.call import Phrase
from bridge.moment import Moment, Settings
from bridge.take import Drawing, InTime, Model, Take
from bridge.time.bars import Place, beats
from engine.messages import Drawn
from engine.notes import Note, figure

HEARD_ANSWERS = 500
"""Latest answers that are not drawn again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a request for notes, and where the model's reading began when it was served."""

    order: Order
    read_from: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """Hold what held when the turn of an answer passed."""

    cue: Cue
    settings: Settings
    time: InTime


class Scribe:
    """Write takes, and remember which answers were heard."""

    def __init__(self) -> None:
        self.takes = Takes()
        self._asked: dict[int, Asked] = {}
        self._begun: Begun | None = None
        self._heard: deque[tuple[int, tuple[int, ...]]] = deque(maxlen=HEARD_ANSWERS)

    def piece(self, answer: Answer) -> Piece | None:
        """Return the answer that sounds, all of which is scheduled, to be repeated under its coming number."""
        if self._begun is None:
            return None
        notes = answer.whole((), self._begun.settings.playing)
        return Piece(self.takes.next_number, notes, self._begun.time)

    @property
    def time(self) -> InTime | None:
        """Return how the answer in progress lies in time; None where there is none."""
        return self._begun.time if self._begun is not None else None

    @property
    def heard(self) -> tuple[tuple[int, ...], ...]:
        """Return the figures of the answers that were heard, none of which is to be drawn again."""
        return tuple(heard for _, heard in self._heard)

    def forget(self) -> None:
        """Forget which answers were heard; the takes stay."""
        self._heard.clear()

    def draft_begins(self) -> None:
        """Enter that notes are drawn anew for the next answer: what was asked for before is no part of it."""
        self._asked.clear()

    def asked(self, request: int | None, order: Order) -> None:
        """Enter a request; None: it was not sent."""
        if request is not None and order.count:
            self._asked[request] = Asked(order)

    def drawn(self, request: int, read_from: int) -> None:
        """Enter that a note came for a request, and where the model's reading began."""
        asked = self._asked.get(request)
        if asked is not None and asked.read_from != read_from:
            self._asked[request] = replace(asked, read_from=read_from)

    def answer_begins(self, cue: Cue, settings: Settings, time: InTime) -> None:
        """Enter that a turn has passed."""
        self._begun = Begun(cue, settings, time)

    def answer_ends(self, answer: Answer, coming: Iterable[Drawn], model: Model) -> None:
        """Make a take of an answer of which something sounded. coming: of it, drawn and not yet scheduled."""
        begun, self._begun = self._begun, None
        if begun is None or not answer.heard:
            self.takes.keep_no_next()
            return
        number = self.takes.next_number
        take = self._take(answer, begun, model)
        self.takes.add(Known(take, begun.cue, answer.whole(coming, begun.settings.playing)))
        self._heard.append((number, figure(answer.heard)))
        self._asked.clear()

    def _take(self, answer: Answer, begun: Begun, model: Model) -> Take:
        """Return the take of an answer, its number still 0."""
        drawn = [each for each in answer.begun if each.request in self._asked]
        order = self._asked[drawn[0].request].order if drawn else None
        context = order.context[: len(order.context) - order.goal.drawn_notes] if order is not None else ()
        return Take(
            number=0,
            seed=(order.seed or 0) if order is not None else 0,
            model=model,
            context=context,
            call_notes=order.goal.call_notes if order is not None else 0,
            heard=tuple(number for number, _ in self._heard),
            drawings=drawings(drawn, self._asked),
            notes=answer.as_sounded(),
            time=replace(begun.time, begun_s=answer.begun_s),
            settings=begun.settings.values,
        )


def drawings(begun: Sequence[Drawn], asked: Mapping[int, Asked]) -> tuple[Drawing, ...]:
    """Return the drawings behind the notes of an answer, in order.

    Notes belong together that were drawn for one request, in one plan or singly behind it.
    """
    found: list[Drawing] = []
    for (request, behind), group in itertools.groupby(begun, lambda drawn: (drawn.request, drawn.behind)):
        found.append(_drawing(asked[request], behind, list(group), found))
    return tuple(found)


def _drawing(asked: Asked, behind: int, drawn: Sequence[Drawn], earlier: Sequence[Drawing]) -> Drawing:
    """Return one drawing; earlier: those before it, the last of which this one's request may have planned."""
    order, stood = asked.order, asked.order.goal.drawn_notes
    before = order.context[len(order.context) - stood :]
    planned_of_it = behind > stood
    if planned_of_it:  # the plan did not reach the end, and the rest was drawn singly
        before = (*before, *earlier[-1].notes) if earlier else before
    first_rest = before[0].rest_beats if before and not behind else order.goal.lead_rest_beats
    goal = replace(order.goal, drawn_notes=behind, lead_rest_beats=first_rest if not behind else 0.0)
    drafts = 1 if planned_of_it else order.drafts
    return Drawing(
        sampling=order.sampling,
        goal=goal,
        metre=order.metre,
        drafts=drafts,
        count=order.count,
        before=before[:behind],
        skip=max(0, stood - behind),
        notes=tuple(each.note for each in drawn),
        read_from=asked.read_from,
        draft=drawn[0].draft if drafts == 1 else None,
    )


def in_time(
    moment: Moment,
    phrase: Phrase,
    stands: Standing,
    before: Sequence[Note],
    answer: Answer,
    where: Place,
    rest_beats: float,
) -> InTime:
    """Return how an answer that begins now lies in time; when it will sound is not known yet.

    before: what was heard before the call; where: the place of the call, rest_beats: between call and answer.
    """
    lines, clocked = stands.lines, moment.tempo.running
    bar = lines.bar_beats if lines is not None else 0.0
    call_beat = (where.upbeat_beats or 0.0) + beats(before) + (stands.call[0].rest_beats if stands.call else 0.0)
    begin_beat = (where.upbeat_beats or 0.0) + beats((*before, *stands.call)) + rest_beats
    last = phrase.line[len(phrase.notes) - 1] if phrase.notes else None
    return InTime(
        bpm=(answer.steady or moment.tempo.map).bpm,
        begun_s=moment.now_s,
        call_s=phrase.line[0].onset_s if last is not None else None,
        call_last_s=last.onset_s if last is not None else None,
        clocked=clocked,
        bar_beats=bar,
        pulse_beats=lines.pulse_beats if lines is not None else 0.0,
        call_place_beats=call_beat % bar if bar else 0.0,
        place_beats=begin_beat % bar if bar else 0.0,
        clock_place_beats=answer.start_beat % bar if bar and clocked else 0.0,
    )
