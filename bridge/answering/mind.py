"""What the partner has in mind: all that was heard, and the call that is answered, in its place there. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from bridge.answering.bar_lines import closing_bar_beats
from bridge.answering.encore import Piece
from bridge.answering.standing import Standing, standing
from bridge.answering.takes import Cue
from bridge.answering.transcript import Heard, Transcript
from bridge.hearing.call import Phrase
from bridge.hearing.key import KeyEstimate
from bridge.moment import Moment
from bridge.time.bars import Place
from engine.entrance import SURE_BARS
from engine.messages import FoundBars
from engine.notes import Metre, Note

UNDO_MOST = 100
"""Answers that can be taken back, one after the other."""


class Mind:
    """Keep what was heard, and know where the call stands behind it.

    The call of a turn that has passed is open, no part yet of what was heard, until `settle`. standing: of the
    call as it was last looked at; call: the last one that was answered; where: its place; key: as estimated of it;
    rest_beats: written between call and answer; phrase_end: P(the call has ended), None while that is not told.
    """

    def __init__(self) -> None:
        self.transcript = Transcript()
        self.standing = Standing()
        self.call: tuple[Note, ...] = ()
        self.where = Place()
        self.key: KeyEstimate | None = None
        self.rest_beats = 0.0
        self.phrase_end: float | None = None
        self._open_call: tuple[Note, ...] = ()
        self._found: FoundBars | None = None
        self._before: deque[Heard] = deque(maxlen=UNDO_MOST)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return what an answer follows: what was heard, and the open call."""
        return (*self.transcript.notes, *self._open_call)

    # The call

    def stands(self, moment: Moment, phrase: Phrase) -> Standing:
        """Return where a call stands now; nothing is entered."""
        return standing(moment, phrase, self.transcript, self._found, self.standing)

    def hear(self, moment: Moment, phrase: Phrase) -> Standing:
        """Take in a call as it is now; return where it stands."""
        self.phrase_end, self.key = None, phrase.key
        self.standing = self.stands(moment, phrase)
        return self.standing

    def listened(self, phrase_end: float | None, found: FoundBars | None) -> bool:
        """Take in what the engine makes of the call; return whether that changes what is to be drawn.

        phrase_end: P(it has ended), found: its bars; None where nothing is said.
        """
        self.phrase_end = self.phrase_end if phrase_end is None else phrase_end
        before, self._found = self._found, found or self._found
        return _sure_metre(before) != _sure_metre(self._found)

    def rest_beats_at(self, moment: Moment, stands: Standing, at_s: float | None) -> float:
        """Return the rest before an answer whose turn passes at `at_s`; None: after the shortest wait."""
        if not stands.call:
            return 0.0
        now_s = moment.now_s
        at_s = now_s + moment.settings.waiting.min_s if at_s is None else max(at_s, now_s)
        return stands.entrance(moment, at_s, self.transcript.notes).rest_beats

    def closing_bar_beats(self, moment: Moment) -> float | None:
        """Return the length of the bars that say where the call closes; None where they are not sure."""
        return closing_bar_beats(moment, self._found)

    def line_before_s(self, moment: Moment, at_s: float) -> float | None:
        """Return the last time up to `at_s` at which an answer to the call best enters; None: at any."""
        return self.standing.line_before_s(moment, at_s)

    def remember(self, moment: Moment, phrase: Phrase) -> None:
        """Enter a call, or the front of one that goes on too long, that is not answered: it was heard."""
        stands = self.stands(moment, phrase)
        self.transcript.add(stands.call, stands.place)
        self.transcript.trim()

    # Its turn

    def cue(self, phrase: Phrase, channel: int) -> Cue:
        """Return what an answer that comes in now comes in on. channel: the player's, 0..15."""
        return Cue(self.transcript.state, phrase, channel, self._found, self.standing, self.call)

    def recall(self, cue: Cue) -> None:
        """Have in mind what an answer came in on, as if what came behind it had never been heard."""
        self.transcript.restore(cue.before)
        self._found, self.standing, self.call = cue.found, cue.standing, cue.call

    def open(self, stands: Standing, key: KeyEstimate | None) -> None:
        """Let a call be open: its turn has passed."""
        self.phrase_end, self.key = None, key
        self.standing, self._open_call, self.where = stands, stands.call, stands.place
        self.call = stands.call or self.call

    def enters(self, moment: Moment, at_s: float) -> None:
        """Enter where an answer enters that begins in earnest, its turn passing at `at_s`: there all goes on."""
        entrance = self.standing.entrance(moment, at_s, self.transcript.notes)
        self.rest_beats = entrance.rest_beats
        self.where = replace(self.where, upbeat_beats=entrance.upbeat_beats)

    def take_back(self) -> None:
        """Let the open call be the player's again."""
        self._open_call = ()

    def settle(self) -> None:
        """Let the open call be past: its answer has entered, or never will."""
        if self._open_call or self.where.upbeat_beats is not None:
            self.transcript.add(self._open_call, self.where)
        self._open_call, self.where = (), self.transcript.place

    # Answers

    def enter(self, notes: Sequence[Note], where: Place) -> None:
        """Let notes that sounded as an answer become part of the transcript; `undo` takes them out again."""
        if notes:
            self._before.append(self.transcript.state)
        self.transcript.add(notes, where)
        self.transcript.trim()

    def enter_again(self, notes: Sequence[Note], piece: Piece) -> None:
        """Let notes of a take that sounded again become part of the transcript, in their place of the bar."""
        where, time = self.transcript.place, piece.time
        if time.bar_beats:
            where = self.transcript.placed(time.place_beats, time.bar_beats)
        self.enter((replace(notes[0], rest_beats=where.rest_beats), *notes[1:]), where)

    def undo(self) -> bool:
        """Take the last answer out of what was heard; return False without one."""
        if not self._before:
            return False
        self.transcript.restore(self._before.pop())
        return True

    def forget(self) -> None:
        """Forget all that was heard."""
        self.transcript.forget()
        self._before.clear()
        self._found, self.standing = None, Standing()


def _sure_metre(found: FoundBars | None) -> Metre | None:
    return found.metre if found is not None and found.confidence >= SURE_BARS else None
