"""Whose time holds now: clocks, taps, playing and the count in, moments out; and what is told of them. Pure."""

from __future__ import annotations

from bridge.control_moves import ControlMoves
from bridge.counting import Counting
from bridge.duet import Duet
from bridge.events import Pulse, SongPosition, Transport
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.tidings import Tidings, begun_by
from bridge.time.scheduler import Due
from bridge.time.tempo_choice import COUNT, LinkSource, Tempo, TempoChoice


class Timekeeper:
    """Ask once a tick, and when something may have changed it, whose tempo holds."""

    def __init__(self, link: LinkSource | None, moves: ControlMoves, duet: Duet, announce: Announcer) -> None:
        self._moves, self._duet, self._announce = moves, duet, announce
        self._choice = TempoChoice(link)
        self._counting = Counting(self._choice, announce)
        self._tidings = Tidings(duet, announce)
        self._tempo = self._current(0.0)

    @property
    def tempo(self) -> Tempo:
        """Return the tempo in force."""
        return self._tempo

    @property
    def counting(self) -> bool:
        """Say whether a player is counted in."""
        return self._counting.counting

    @property
    def open(self) -> bool:
        """Say whether bars are on that were counted in."""
        return self._counting.open

    @property
    def sounds_s(self) -> float | None:
        """Return when the next click begins or ends, or None."""
        return self._counting.sounds_s

    def moment(self, now_s: float) -> Moment:
        """Return what holds now."""
        return self._counting.seen(Moment(now_s, self._tempo, self._moves.settings))

    def take(self, now_s: float) -> None:
        """Ask whose tempo holds; that a counted one begins or ends is told."""
        before, self._tempo = self._tempo, self._current(now_s)
        if before.source != self._tempo.source and COUNT in (before.source, self._tempo.source):
            self.tell(now_s)

    def _current(self, now_s: float) -> Tempo:
        settings = self._moves.settings
        return self._choice.current(now_s, settings.tempo_from, settings.bpm)

    def tell(self, now_s: float) -> None:
        """Tell the tempo, if it is another."""
        self._tidings.tempo(self._tempo, now_s)

    def tick(self, now_s: float) -> list[Due]:
        """Let time pass; return the clicks that are due."""
        settings = self._moves.settings
        lost = self._choice.tick(now_s, settings.tempo_from, settings.bpm)
        if lost:
            self._announce.warn(lost)
        self.take(now_s)
        return self._count(now_s)

    def feed(self, event: Pulse | Transport | SongPosition) -> list[Due]:
        """Take in what a clock says; return the clicks that are due."""
        self._choice.feed(event)
        self.take(event.time_s)
        if not isinstance(event, Pulse):
            return []
        dues = self._counting.pulse(self.moment(event.time_s))
        self.tell(event.time_s)
        return dues

    def tap(self, now_s: float) -> None:
        """Take in a beat that is tapped."""
        self._choice.tap(now_s)
        self.take(now_s)
        self.tell(now_s)

    def forget(self, now_s: float) -> None:
        """Forget what was tapped and played."""
        self._choice.forget()
        self.take(now_s)

    def tell_reading(self, now_s: float) -> None:
        """Tell how the call was last read, and let the tempo of the playing be known."""
        phrase = self._tidings.new_reading()
        if phrase is None:
            return
        begun = None if self._tempo.running else begun_by(phrase)
        if begun is not None:
            self._choice.played(*begun, now_s)
            self.take(now_s)
        self.tell(now_s)
        self._tidings.key(phrase)

    def tell_ahead(self, now_s: float, due_s: float | None) -> None:
        """Tell a beat of a running clock, and what is seen ahead; not just before a message is due, at `due_s`."""
        self._tidings.beat(self.moment(now_s))
        self._tidings.outlook(self.moment(now_s), due_s)

    # The count

    def song_starts(self, now_s: float) -> list[Due] | None:
        """Count the song in, if it is to be, in place of what is counted; return the end of a click that sounds.

        None when it is not to be. What sounds is to be ended before it counts.
        """
        settings = self._moves.settings
        followed = settings.tempo_from in ("auto", "clock")
        if settings.waiting.mode != "bars" or not settings.count_in or not followed:
            return None
        dues = self.end_count(now_s)
        self._counting.song_starts()
        return dues

    def count_in(self, now_s: float) -> list[Due]:
        """Begin to count; what sounds is to be ended before. Return the clicks that are due."""
        self._counting.begin(self.moment(now_s))
        self.take(now_s)
        return self._count(now_s)

    def _count(self, now_s: float) -> list[Due]:
        if self._counting.idle and self._counting.sounds_s is None:
            return []
        answered = self._duet.partner.sounded
        dues = self._counting.tick(self.moment(now_s), busy=self._duet.busy, answered=answered)
        self.take(now_s)
        return dues

    def end_count(self, now_s: float) -> list[Due]:
        """Count no more, and let a counted tempo hold no longer; return the end of a click that sounds."""
        dues = self._counting.end(now_s)
        self.take(now_s)
        return dues
