"""A take that sounds again beside the answers: it follows one, yields to the player, and was heard. Pure."""

from __future__ import annotations

from bridge.answering.encore import Encore
from bridge.answering.partner import Partner
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.time.scheduler import Due


class Repeats:
    """Have a take sound again, and let the partner know what of it was heard.

    loop_next: the answer that sounds is to go round as soon as all of it stands.
    """

    def __init__(self, partner: Partner, announce: Announcer) -> None:
        self._partner, self._announce = partner, announce
        self.encore = Encore()
        self.loop_next = False

    def follow_answer(self, moment: Moment) -> None:
        """Have the answer that sounds, if it is to go round, repeated behind itself."""
        sounding = self._partner.sounding() if self.loop_next else None
        if sounding is not None:
            self.loop_next = False
            self.encore.follow(moment, *sounding)
            number = sounding[0].number
            self._announce.tell(lambda observer: observer.on_again(number, True))

    def proceed(self, moment: Moment) -> list[Due]:
        """Keep it supplied; return what is to be sent when it is over."""
        return self.end(moment.now_s) if self.encore.proceed(moment) else []

    def yields(self, moment: Moment) -> list[Due]:
        """Do what the control says when the player comes into it."""
        self.loop_next = False
        if moment.settings.on_return == "yield" or not self.encore.sounded:
            return self.end(moment.now_s)
        self.encore.last_round()
        return []

    def end(self, now_s: float) -> list[Due]:
        """Silence it; what was heard of it becomes part of the transcript."""
        piece = self.encore.piece
        dues, heard = self.encore.end(now_s)
        if piece is not None and heard:
            self._partner.mind.enter_again(heard, piece)
        return dues

    def hush(self, moment: Moment) -> list[Due]:
        """Silence it; by a running clock a loop goes on, for DAWs ask for silence as they jump back."""
        if self.encore.looping and moment.tempo.running:
            return self.encore.release(moment.now_s)
        return self.end(moment.now_s)
