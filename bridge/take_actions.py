"""What is done with takes while it plays: again, vary, undo, keep, loop, and which one is in hand. Pure.

Whatever is asked for that is not there is told in a sentence and changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridge.answering.encore import Piece
from bridge.answering.likeness import likeness, towards
from bridge.answering.takes import Known
from bridge.duet import Duet
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.take import Take
from bridge.time.scheduler import Due
from engine.errors import UserError

NAMES = ("again", "vary", "undo", "keep", "loop", "take")
"""The actions that are done here; `more` moves a control."""


class TakeActions:
    """Do with the takes of a duet what a player asks for; each returns the messages to send."""

    def __init__(self, duet: Duet, announce: Announcer) -> None:
        self._duet, self._announce = duet, announce
        self._takes = duet.partner.scribe.takes

    def act(self, name: str, arguments: Sequence[object], moment: Moment) -> list[Due]:
        """Do one of NAMES."""
        try:
            return self._act(name, arguments, moment)
        except UserError as error:
            self._announce.error(str(error))
            return []

    def _act(self, name: str, arguments: Sequence[object], moment: Moment) -> list[Due]:
        match name:
            case "again":
                return self._again(moment)
            case "vary":
                return self._vary(moment)
            case "undo":
                return self._undo(moment)
            case "keep":
                return self._keep()
            case "loop":
                return self._loop(moment)
            case _:
                return self._choose(arguments)

    def tell_news(self) -> None:
        """Tell of takes that were made or marked since."""
        for take in self._takes.take_news():
            self._tell(take)

    def _tell(self, take: Take) -> None:
        self._announce.tell(lambda observer: observer.on_take(take))

    def closeness(self, now: float) -> float:
        """Return where the control closeness, at `now`, goes for more answers like the take in hand.

        Raises UserError when there is none, or nothing to compare it with.
        """
        take = self._takes.find().take
        share = likeness(take.call, take.melody)
        if share is None:
            raise UserError(f"take {take.number} or its call is too short to say how near they are")
        closeness = towards(now, share)
        self._announce.log(
            f"more like take {take.number}, which has {share:.0%} of its call: closeness {now:g} → {closeness:g}"
        )
        return closeness

    def _again(self, moment: Moment) -> list[Due]:
        dues = self._duet.make_way(moment) if self._duet.partner.sounded else []
        known = self._takes.find()
        return dues + self._sound(known, moment)

    def _sound(self, known: Known, moment: Moment, *, looping: bool = False) -> list[Due]:
        dues = self._duet.make_way(moment)
        number = known.take.number
        self._duet.encore.begin(moment, Piece(number, known.whole, known.take.time), looping=looping)
        self._announce.log(f"take {number} " + ("goes round until you play" if looping else "again"))
        self._announce.tell(lambda observer: observer.on_again(number, looping))
        return dues + self._duet.due(moment.now_s)

    def _vary(self, moment: Moment) -> list[Due]:
        dues = self._duet.make_way(moment) if self._duet.partner.sounded else []
        known = self._takes.find()
        dues += self._duet.make_way(moment)
        self._announce.log(f"another answer to the call of take {known.take.number}")
        self._duet.vary(moment, known.cue)
        return dues + self._duet.due(moment.now_s)

    def _undo(self, moment: Moment) -> list[Due]:
        partner = self._duet.partner
        called_off = partner.answering and not partner.sounded
        dues = self._duet.end_answer(moment.now_s)
        if called_off:
            self._announce.log("the answer on its way was called off")
        elif partner.undo(moment):
            self._announce.log("the last answer is taken out of what was heard")
        else:
            self._announce.log("no answer is left to take back")
        self._duet.listen_again(moment)
        return dues

    def _keep(self) -> list[Due]:
        piece = self._duet.encore.piece
        if piece is not None and piece.number < self._takes.next_number:
            number = self._takes.keep(piece.number)
        elif self._duet.partner.sounded:
            number = self._takes.keep_next()
        else:
            number = self._takes.keep()
        self._announce.log(f"take {number} is kept")
        return []

    def _choose(self, arguments: Sequence[object]) -> list[Due]:
        number = arguments[0] if arguments else None
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise UserError(f"take: {number!r} refused; it takes the number of a take")
        known = self._takes.choose(round(number))
        kept, chosen = ", kept" if known.take.kept else "", known.take.number
        self._announce.tell(lambda observer: observer.on_in_hand(chosen))
        self._announce.log(f"take {known.take.number} in hand: {len(known.take.notes)} notes{kept}")
        return []

    def _loop(self, moment: Moment) -> list[Due]:
        encore = self._duet.encore
        if encore.looping:
            encore.last_round()
            self._announce.log("the loop ends with this round")
            return []
        wanted = self._takes.to_loop
        if wanted is None and self._duet.partner.sounded:
            self._duet.repeats.loop_next = not self._duet.repeats.loop_next
            does = "goes round" if self._duet.repeats.loop_next else "does not go round"
            self._announce.log(f"take {self._takes.next_number} {does} when it has sounded")
            return []
        return self._sound(self._takes.find(wanted), moment, looping=True)
