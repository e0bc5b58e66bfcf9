"""The count before the player's bars, in turn bars: clicks on the beats, then bar one is his. Pure.

By a clock that runs, or Link, it is counted on its bars, from the next bar line, or from the first when the song
starts. Where none runs the count gives the time itself: its first click sounds at once, in the tempo in force, and
its beats and bars then hold for both, until the player leaves all of his bars empty, or something else sets the
tempo. What he plays within the count is an upbeat: his bars begin when it is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bridge.moment import Moment, Settings
from bridge.observers import Announcer
from bridge.time.grid import ON_TIME_S, next_line
from bridge.time.scheduler import Due, Scheduler
from bridge.time.tempo_choice import COUNT, TempoChoice
from bridge.time.tempo_map import TempoMap

CLICK_S = 0.05
AHEAD_S = 0.2
"""So far ahead clicks are scheduled; what lies beyond follows the clock."""
ACCENT, PLAIN = 112, 84
"""Velocities of the first click of a bar and of the others."""
SLACK_BEATS = 1e-6


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a count: where it starts, how far apart its clicks lie, how many a bar has, and how many there are."""

    start_beat: float
    step_beats: float
    in_bar: int
    clicks: int

    @property
    def end_beat(self) -> float:
        """Return the beat at which bar one begins."""
        return self.start_beat + self.clicks * self.step_beats


def span_from(start_beat: float, settings: Settings, bars: int) -> Span:
    """Return a count of so many bars: on the pulse that is told, else on quarters, in uneven bars on eighths."""
    bar = settings.usual_bar_beats
    step = settings.pulse_beats or next((each for each in (1.0, 0.5) if bar % each == 0.0), bar)
    in_bar = round(bar / step)
    return Span(start_beat, step, in_bar, bars * in_bar)


class Counting:
    """Count a player in. What is to be sent is returned; what is counted is told."""

    def __init__(self, tempo_choice: TempoChoice, announce: Announcer) -> None:
        self._tempo_choice, self._announce = tempo_choice, announce
        self._scheduler = Scheduler()
        self._span: Span | None = None
        self._placed = self._told = 0
        self._own = False
        self._bars_from: float | None = None
        self._until_beat = 0.0
        self._song_starts = self._first_awaited = self._first_placed = False

    @property
    def counting(self) -> bool:
        """Say whether it counts."""
        return self._span is not None

    @property
    def idle(self) -> bool:
        """Say whether nothing is counted, nor was, nor is to be."""
        return self._span is None and self._bars_from is None and not (self._own or self._song_starts)

    @property
    def open(self) -> bool:
        """Say whether the player's first bars are on, after the count."""
        return self._span is None and self._bars_from is not None

    @property
    def sounds_s(self) -> float | None:
        """Return when the next click begins or ends, or None."""
        return self._scheduler.next_deadline_s()

    def seen(self, moment: Moment) -> Moment:
        """Return the moment as the count has it: where the player's bars begin, and how long bars are."""
        if self.idle:
            return moment
        settings = moment.settings
        if self._own and not settings.bar_beats:
            settings = replace(settings, bar_beats=settings.usual_bar_beats)
        return replace(moment, settings=settings, bars_from=self._bars_from)

    def begin(self, moment: Moment, *, song_starts: bool = False) -> None:
        """Begin to count; what sounds is to be ended before. song_starts: from the song's first beat."""
        settings, tempo, now_s = moment.settings, moment.tempo, moment.now_s
        self._own = not tempo.running
        if self._own:
            begin_s = now_s - min(0.0, settings.playing.shift_s)  # clicks that are sent early begin now
            self._tempo_choice.count(TempoMap(tempo.map.bpm, 0.0, begin_s), settings.bpm)
            start = 0.0
        elif song_starts:
            start = 0.0
        else:
            beat, late = tempo.map.beat_at(now_s), ON_TIME_S / tempo.map.beat_s
            start = next_line(beat, "bar", settings.usual_bar_beats, late)
        bars = max(1, settings.count_in)
        self._span = span_from(start, settings, bars)
        self._placed, self._told = int(song_starts and self._first_placed), 0
        self._first_placed = False
        self._bars_from = self._until_beat = self._span.end_beat
        self._announce.log(f"counting {bars} bar{'s' if bars > 1 else ''} in; then yours begin")

    def song_starts(self) -> None:
        """Count from the song's first beat, which is the clock's next pulse, as soon as its tempo is known."""
        self._song_starts = self._first_awaited = True

    def pulse(self, moment: Moment) -> list[Due]:
        """Take in a pulse of the clock: the first of a song is its first beat, before any tempo is known."""
        if not self._first_awaited:
            return []
        self._first_awaited = False
        if _by_clock(moment):
            return []
        self._place(moment.settings, moment.now_s, first=True)
        self._first_placed = True
        return self._scheduler.due(moment.now_s)

    def tick(self, moment: Moment, *, busy: bool, answered: bool) -> list[Due]:
        """Let time pass; return the clicks that are due.

        busy: something is played, by whomever. answered: an answer sounds, so that the first bars are over.
        """
        settings = moment.settings
        if settings.waiting.mode != "bars":
            return self.end(moment.now_s)
        if self._song_starts and _by_clock(moment):
            self._song_starts = False
            if settings.count_in:
                self.begin(moment, song_starts=True)
        if self._own and moment.tempo.source != COUNT:  # a clock runs, or was tapped
            return self.end(moment.now_s)
        ended: list[Due] = []
        if self._span is not None:
            ended = self._count(moment, self._span)
        elif self._bars_from is not None or self._own:
            ended = self._watch(moment, busy=busy, answered=answered)
        return [*ended, *self._scheduler.due(moment.now_s)]

    def _count(self, moment: Moment, span: Span) -> list[Due]:
        """Go on with the count; return the note-off of a click that sounds when it is called off."""
        tempo, settings = moment.tempo.map, moment.settings
        beat = tempo.beat_at(moment.now_s)
        waits_beats = span.start_beat - beat
        if not moment.tempo.running or waits_beats > span.in_bar * span.step_beats + 1.0:  # the song jumped
            return self.end(moment.now_s)
        while self._placed < span.clicks:
            on_s = tempo.time_at(span.start_beat + self._placed * span.step_beats) + settings.playing.shift_s
            if on_s - moment.now_s > AHEAD_S:
                break
            self._place(settings, on_s, first=self._placed % span.in_bar == 0)
            self._placed += 1
        over = math.floor((beat - span.start_beat) / span.step_beats + SLACK_BEATS) + 1
        if over > self._told and over > 0:
            self._told = over
            if over > span.clicks:
                self._span = None
                self._until_beat = span.end_beat + settings.turn_bars * settings.usual_bar_beats
                self._tell(0, 0)
            else:
                self._tell((over - 1) % span.in_bar + 1, span.clicks - over + 1)
        return []

    def _place(self, settings: Settings, on_s: float, *, first: bool) -> None:
        """Schedule a click, where clicks are to be heard."""
        if settings.click_channel:
            pitch = settings.click_note if first else settings.click_note + 1
            velocity = ACCENT if first else PLAIN
            self._scheduler.add(pitch, velocity, settings.click_channel - 1, on_s, on_s + CLICK_S)

    def _watch(self, moment: Moment, *, busy: bool, answered: bool) -> list[Due]:
        """Let the first bars be over when they are answered, the counted time when all of his bars are empty."""
        beat, settings = moment.tempo.map.beat_at(moment.now_s), moment.settings
        if answered:
            self._bars_from = None
        if busy:
            self._until_beat = max(self._until_beat, beat + settings.turn_bars * settings.usual_bar_beats)
        elif beat > self._until_beat:
            if self._own:
                self._announce.log("nothing was played in your bars; the counted time is over")
            return self.end(moment.now_s)
        return []

    def _tell(self, beat: int, left: int) -> None:
        self._announce.tell(lambda observer: observer.on_count(beat, left))

    def end(self, now_s: float) -> list[Due]:
        """Count no more; return the note-off of a click that sounds."""
        if self._span is not None:
            self._span = None
            self._tell(0, 0)
        self._bars_from = None
        self._song_starts = self._first_awaited = self._first_placed = False
        if self._own:
            self._own = False
            self._tempo_choice.uncount()
        return self._scheduler.cancel(now_s)


def _by_clock(moment: Moment) -> bool:
    """Say whether the song's own clock gives the tempo."""
    return moment.tempo.running and moment.tempo.source == "clock"
