"""The listener: what the player plays becomes a call, is read, told to the engine, and passes its turn. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.answering.partner import Partner
from bridge.answering.passing import passing_s
from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.call import Call, Phrase
from bridge.hearing.left_hand import LeftHand
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Moment

EXPECT_S = 30.0
"""A call that waits for longer than this to be answered gets no fresh draft at every beat any more."""


class Listener:
    """Take in what both hands play, and let the partner hear the call of the melody.

    asked: the player has asked for an answer to the call, and then gone on; channel: his, 0..15.
    """

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self._call = Call()
        self._left_hand = LeftHand()
        self._unread = False
        self.asked = False
        self.channel = 0

    @property
    def phrase(self) -> Phrase:
        """Return the call as it was last read."""
        return self._call.phrase

    # What is played

    def struck_left(self, event: NoteOn, split: int) -> bool:
        """Take in a key that goes down if it is the left hand's; return whether. split: MIDI pitch, 0 for none."""
        if not self._left_hand.strikes(event, split):
            return False
        self._feed_melody(NoteOff(event.time_s, event.pitch, event.channel))  # it may have been the melody's
        return True

    def struck(self, event: NoteOn) -> None:
        """Take in a key of the melody that goes down."""
        self.channel = event.channel
        self._feed_melody(event)

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take in what else is played: keys that go up, pedals."""
        if not (isinstance(event, NoteOff) and self._left_hand.lifts(event)):
            self._feed_melody(event)

    def _feed_melody(self, event: NoteOn | NoteOff | ControlChange) -> None:
        before = self._call.phrase
        self._call.feed(event)
        self._unread = self._unread or self._call.phrase != before

    def interject(self, notes: Sequence[PlayedNote]) -> None:
        """Enter notes of an answer that came in before this call was over: they were heard, and it goes on."""
        self._call.interject(notes)

    def release(self) -> None:
        """Take every key and pedal for released; what was played stays."""
        self._call.release()
        self._left_hand.release()
        self._unread = self._call.phrase.started

    def clear(self) -> None:
        """Let the call be past."""
        self._call.clear()

    def forget(self) -> None:
        """Forget how long earlier calls were."""
        self._call.forget_earlier()

    # Reading it

    def read_news(self, moment: Moment) -> None:
        """Read what was played since this was last asked: once, however many notes came at a time."""
        if not self._call.phrase.started:
            self._unread = False
            return
        released = self._call.let_go(moment.now_s, moment.settings.waiting.hold_max_s)
        if self._unread or released:
            self._unread = False
            self.listen(moment)

    def listen(self, moment: Moment) -> None:
        """Read the call anew and let the engine hear it, unless an answer has the engine's ear."""
        if self._call.phrase.started and not self._partner.answering:
            self._read(moment)
            self.hear(moment)

    def hear(self, moment: Moment) -> None:
        """Let the engine hear the call as it was last read."""
        self._partner.hear(moment, self._call.phrase, self.passes_s(moment))

    def complete(self, moment: Moment) -> None:
        """Let a call whose turn passes now, with a note still held or unread, be heard to its end."""
        phrase = self._call.phrase
        if phrase.started and (phrase.held or phrase.reading is None):
            self._read(moment, ending=True)
            self._partner.hear(moment, self._call.phrase, moment.now_s)

    def let_pass(self, moment: Moment) -> None:
        """Let a call in progress become part of what was heard, without an answer."""
        if self._call.phrase.started:
            self._read(moment, ending=True)
            self._partner.mind.remember(moment, self._call.phrase)
            self._call.clear()

    def _read(self, moment: Moment, *, ending: bool = False) -> None:
        """Read the call into beats; ending: a note still held counts as ending now."""
        tempo, until_s = moment.tempo, moment.now_s if ending else None
        self._call.read(tempo.beats, tempo.prior_bpm, until_s=until_s)
        front = self._call.shed()
        if front is not None:
            self._partner.mind.remember(moment, front)
            self._call.read(tempo.beats, tempo.prior_bpm, until_s=until_s)

    # When its turn passes

    def passes_s(self, moment: Moment) -> float | None:
        """Return when the turn passes if nothing more is played; None while that is not decided."""
        if not self._call.phrase.started or self._partner.answering:
            return None
        mind = self._partner.mind
        heard = self._call.heard(mind.phrase_end, mind.closing_bar_beats(moment))
        return passing_s(moment, heard, mind.line_before_s, asked=self.asked)

    def expect(self, moment: Moment, passes_s: float | None) -> None:
        """Keep the draft fit for the place in the bar where the answer is now expected."""
        off_s, now_s = self._call.phrase.last_off_s, moment.now_s
        if moment.tempo.running and off_s is not None and now_s - off_s < EXPECT_S:
            at_any_time = moment.settings.waiting.mode == "ask" and not self.asked
            expected_s = now_s if at_any_time else passes_s
            self._partner.expect(moment, self._call.phrase, expected_s)
