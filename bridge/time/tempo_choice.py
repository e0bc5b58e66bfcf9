"""Whose tempo holds: MIDI clock, Link, the player's own, the fixed one or a tapped one. Events in, a map out."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol

from bridge.events import Pulse, SongPosition, Transport
from bridge.time.midi_clock import ClockFollower
from bridge.time.taps import Tapper
from bridge.time.tempo_map import TempoMap

COUNT = "count"
"""The source of a tempo that was counted in."""
SURE_ENOUGH = 0.4
"""Confidence of a reading from which the playing sets the tempo."""
SURE = 0.8
AWAY_S = 4.0
AWAY_OCTAVES = math.log2(1.08)
"""A tapped tempo gives way to playing that was for so long, sure of itself, this far from it; the double and the
half are not far: how fast the beat is counted is what a tap is there to say."""
_TRACK_STEP_S = 0.05
_TRACK_LENGTH = 4096


class LinkSource(Protocol):
    """What is asked of Ableton Link (bridge/time/ableton_link.py)."""

    def current(self, now_s: float) -> TempoMap | None:
        """Return the map of the session, or None while nobody else is in it."""


class Track:
    """Remember how beats and time ran together, for reading notes that were played a while ago.

    Between the remembered points time runs straight; before the first and after the last the nearest map is
    drawn on. A jump of the song leaves what was before it where the new map puts it.
    """

    def __init__(self) -> None:
        self._maps: list[TempoMap] = []

    @property
    def bpm(self) -> float:
        """Return the tempo now."""
        return self._maps[-1].bpm if self._maps else 120.0

    def note(self, now_s: float, tempo: TempoMap) -> None:
        """Remember that `tempo` holds at `now_s`."""
        point = TempoMap(tempo.bpm, tempo.beat_at(now_s), now_s)
        if self._maps:
            last = self._maps[-1]
            if now_s - last.time_s < _TRACK_STEP_S:
                return
            expected = (now_s - last.time_s) / last.beat_s
            if abs(point.beat - last.beat - expected) > 0.25 + 0.5 * expected:
                self._maps.clear()
        self._maps.append(point)
        if len(self._maps) > _TRACK_LENGTH:
            del self._maps[: _TRACK_LENGTH // 2]

    def beat_at(self, time_s: float) -> float:
        """Return the position in beats at a time, by the tempo that held then."""
        maps = self._maps
        after = bisect_right(maps, time_s, key=lambda each: each.time_s)
        if after == 0:
            return maps[0].beat_at(time_s) if maps else time_s * 2.0
        if after == len(maps):
            return maps[-1].beat_at(time_s)
        before, then = maps[after - 1], maps[after]
        share = (time_s - before.time_s) / (then.time_s - before.time_s)
        return before.beat + share * (then.beat - before.beat)


@dataclass(frozen=True, slots=True)
class Tempo:
    """Hold the tempo in force.

    map: seconds to beats. source: "clock", "link", "count", "player", "fixed" or "tap". confidence: 0..1. running:
    its beats are a grid that others hear too (a started clock, Link, a count), so answers belong on it. beats:
    with a running source, its past, to read played notes by; else None. prior_bpm: the tempo that playing without
    a running source is read near, where the user or a stopped clock gives one; None leaves it to the playing.
    """

    map: TempoMap
    source: str
    confidence: float
    running: bool
    beats: Track | None = None
    prior_bpm: float | None = None


class TempoChoice:
    """Choose the tempo by the control `tempo_from`.

    auto takes the first at hand: a MIDI clock that runs, or sends pulses; Link with another peer; a tapped
    tempo, since tapping asks for it; the player's own once read with some confidence; the fixed bpm. There a
    tap holds until a clock or Link is followed or the playing is surely and clearly elsewhere for a while. A
    running clock that falls silent stays in force with its last tempo, and `tick` says so once; a stopped one
    that also ceases to send pulses gives way. A source named outright that has nothing to say leaves the fixed
    bpm. A tempo that was counted in holds where no clock or Link is followed.

    `feed`, `played`, `tap`, `count`, `forget` and `tick` change what is known; `current` only asks.
    """

    def __init__(self, link: LinkSource | None = None) -> None:
        self._clock = ClockFollower()
        self._link = link
        self._linked: TempoMap | None = None
        self._tapper = Tapper()
        self._tapped: TempoMap | None = None
        self._player: tuple[TempoMap, float] | None = None
        self._away_since_s: float | None = None
        self._away_s = 0.0
        self._counted: TempoMap | None = None
        self._counted_bpm = 0.0
        self._tracks: dict[str, Track] = {"clock": Track(), "link": Track(), COUNT: Track()}
        self._fixed = TempoMap(120.0, 0.0, 0.0)

    def feed(self, event: Pulse | Transport | SongPosition) -> None:
        """Take in what MIDI clock sends."""
        self._clock.feed(event)
        if isinstance(event, Pulse) and self._clock.map is not None:
            self._tracks["clock"].note(event.time_s, self._clock.map)

    def played(self, tempo: TempoMap, confidence: float, now_s: float) -> None:
        """Take in the tempo that the playing was read in. confidence: 0..1."""
        self._player = (tempo, confidence)
        if confidence < SURE or self._tapped is None:
            return
        octaves = math.log2(tempo.bpm / self._tapped.bpm)
        if abs(octaves - round(octaves)) <= AWAY_OCTAVES:
            self._away_since_s, self._away_s = None, 0.0
        elif self._away_since_s is None:
            self._away_since_s = now_s
        else:
            self._away_s = now_s - self._away_since_s

    def tap(self, now_s: float) -> None:
        """Take in a tap; the second one sets the tempo."""
        self._tapped = self._tapper.tap(now_s) or self._tapped
        self.uncount()
        self._away_since_s, self._away_s = None, 0.0

    def count(self, tempo: TempoMap, bpm: float) -> None:
        """Take in a tempo that is counted. bpm: of the control now; when that moves, the counted time follows."""
        self._counted, self._counted_bpm = tempo, bpm
        self._tracks[COUNT] = Track()

    def uncount(self) -> None:
        """Let a counted tempo hold no longer."""
        self._counted = None

    def forget(self) -> None:
        """Forget what was tapped and what was played."""
        self.uncount()
        self._tapper, self._tapped, self._player = Tapper(), None, None
        self._away_since_s, self._away_s = None, 0.0

    def tick(self, now_s: float, tempo_from: str, bpm: float) -> str | None:
        """Let time pass: ask Link, go on at a new fixed bpm without a jump, let a tap give way.

        tempo_from, bpm: the controls of these names. Return a sentence, once, when the clock is lost.
        """
        self._linked = self._link.current(now_s) if self._link else None
        if self._linked is not None:
            self._tracks["link"].note(now_s, self._linked)
        self._fixed = self._fixed_map(now_s, bpm)
        if self._counted is not None:
            if bpm != self._counted_bpm:
                self._counted, self._counted_bpm = self._counted.with_bpm(bpm, now_s), bpm
            self._tracks[COUNT].note(now_s, self._counted)
        if tempo_from == "auto" and (self._away_s >= AWAY_S or self._shared(now_s) is not None):
            self._tapped = None
        return self._clock.check(now_s)

    def current(self, now_s: float, tempo_from: str, bpm: float) -> Tempo:
        """Return the tempo in force. tempo_from, bpm: the controls of these names."""
        if tempo_from == "auto":
            found = self._shared(now_s) or self._from_tap() or self._from_player(SURE_ENOUGH)
        elif tempo_from == "clock":
            found = self._from_clock(now_s)
        else:
            named = {"link": self._from_link, "tap": self._from_tap, "player": self._from_player}
            found = named[tempo_from]() if tempo_from in named else None
        if self._counted is not None and (found is None or not found.running):
            return Tempo(self._counted, COUNT, 1.0, True, self._tracks[COUNT])
        if found is not None:
            return found
        prior_bpm = bpm if tempo_from == "fixed" else None
        return Tempo(self._fixed_map(now_s, bpm), "fixed", 1.0, False, None, prior_bpm)

    def _shared(self, now_s: float) -> Tempo | None:
        """Return the tempo of a clock that still says something, else of Link, or None."""
        clock = self._clock
        clocked = self._from_clock(now_s) if clock.running or clock.alive(now_s) else None
        return clocked or self._from_link()

    def _from_clock(self, now_s: float) -> Tempo | None:
        clock = self._clock
        if clock.map is None:
            return None
        confidence = 1.0 if clock.alive(now_s) else 0.5
        if clock.running:
            return Tempo(clock.map, "clock", confidence, True, self._tracks["clock"])
        return Tempo(clock.map, "clock", confidence, False, None, clock.map.bpm)

    def _from_link(self) -> Tempo | None:
        if self._linked is None:
            return None
        return Tempo(self._linked, "link", 1.0, True, self._tracks["link"])

    def _from_tap(self) -> Tempo | None:
        if self._tapped is None:
            return None
        return Tempo(self._tapped, "tap", 1.0, False, None, self._tapped.bpm)

    def _from_player(self, least: float = 0.0) -> Tempo | None:
        if self._player is None or self._player[1] < least:
            return None
        tempo, confidence = self._player
        return Tempo(tempo, "player", confidence, False)

    def _fixed_map(self, now_s: float, bpm: float) -> TempoMap:
        return self._fixed if bpm == self._fixed.bpm else self._fixed.with_bpm(bpm, now_s)
