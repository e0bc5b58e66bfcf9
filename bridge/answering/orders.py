"""What the engine is asked for: so many notes behind a context, singly or as a plan of the whole answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.answering.mind import Mind
from bridge.answering.requests import goal, sampling
from bridge.answering.scribe import Scribe
from bridge.engine.mirror import Order
from bridge.engine.talk import Talk
from bridge.moment import Moment
from bridge.time.bars import Place
from engine.entrance import MOST_NOTES
from engine.notes import Note


class Orders:
    """Ask the engine for notes of the answer to the call in mind, each answer with a seed of its own.

    planned: what was asked for last is a plan: no note of it comes before the whole of it stands.
    """

    def __init__(self, talk: Talk, mind: Mind, scribe: Scribe, seed: int) -> None:
        self._talk, self._mind, self._scribe, self._seed = talk, mind, scribe, seed
        self.planned = False

    def draft(self, moment: Moment, turn: int, notes: int) -> None:
        """Ask for an answer of number `turn` to the call as it stands; where none is planned, for its first notes.

        notes: how many; 0 lets the engine listen.
        """
        stands, drafts = self._mind.standing, self._drafts(moment)
        context = (*self._mind.transcript.notes, *stands.call)
        count = MOST_NOTES if notes and drafts > 1 else notes
        self._ask(moment, turn, context, (), stands.call, stands.place, count, drafts)

    def more(
        self, moment: Moment, turn: int, answer: Sequence[Note], notes: int, *, singly: bool, draft: int | None
    ) -> None:
        """Ask for the rest of an answer whose turn has passed; where none is planned, for so many notes of it.

        draft: the number of the one that a plan took for it, None without a plan.
        """
        mind, drafts = self._mind, 1 if singly else self._drafts(moment)
        count = MOST_NOTES if drafts > 1 else notes
        self._ask(moment, turn, (*mind.notes, *answer), answer, mind.call, mind.where, count, drafts, draft)

    def listen(self, moment: Moment, turn: int) -> None:
        """Let the engine have in mind what was heard, and nothing else."""
        heard = self._mind.transcript
        self._ask(moment, turn, heard.notes, (), (), heard.place, 0, 1)

    def _drafts(self, moment: Moment) -> int:
        """Return how many drafts to ask for: as many as the control says and the engine affords."""
        return min(moment.settings.drafts, self._talk.most_drafts)

    def _ask(
        self,
        moment: Moment,
        turn: int,
        context: Sequence[Note],
        answer: Sequence[Note],
        call: Sequence[Note],
        where: Place,
        count: int,
        drafts: int,
        draft: int | None = None,
    ) -> None:
        self.planned = drafts > 1
        mind, settings = self._mind, moment.settings
        stands = mind.standing
        order = Order(
            tuple(context),
            count,
            goal(
                settings,
                call,
                drawn_notes=len(answer),
                lead_rest_beats=mind.rest_beats,
                bar_beats=stands.bar_beats,
            ),
            sampling(settings, mind.key, call or mind.call),
            replace(stands, place=where).metre,
            (self._seed + 1_000_003 * turn) % 2**31,
            stands.evidence,
            drafts,
            self._scribe.heard if count and drafts > 1 else (),
            draft,
        )
        self._scribe.asked(self._talk.ask(moment.now_s, order), order)
