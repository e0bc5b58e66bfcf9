"""Whose tempo holds: MIDI clock, Link, the player's own, the fixed one or a tapped one. Events in, a map out."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol

from bridge.events import Pulse, SongPosition, Transport
from bridge.hearing.rhythm import Reading
from bridge.time.midi_clock import ClockFollower
from bridge.time.taps import Tapper
from bridge.time.tempo_map import TempoMap

_SURE_ENOUGH = 0.4
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

    map: seconds to beats. source: "clock", "link", "player", "fixed" or "tap". confidence: 0..1. running:
    its beats are a grid that others hear too (a started clock, Link), so answers belong on it. beats: with a
    running source, its past, to read played notes by; else None. prior_bpm: the tempo that playing without a
    running source is read near, where the user set one; None leaves it to the playing.
    """

    map: TempoMap
    source: str
    confidence: float
    running: bool
    beats: Track | None = None
    prior_bpm: float | None = None


class TempoSource:
    """Choose the tempo by the control `tempo_from`.

    auto takes the first at hand: a MIDI clock that runs, or sends pulses; Link with another peer; a tapped
    tempo, since tapping asks for it; the player's own once read with some confidence; the fixed bpm. A
    running clock that falls silent stays in force with its last tempo, and `check` says so once; a stopped
    one that also ceases to send pulses gives way. A source named outright that has nothing to say leaves the
    fixed bpm.
    """

    def __init__(self, link: LinkSource | None = None) -> None:
        self.clock = ClockFollower()
        self._link = link
        self._tapper = Tapper()
        self._tapped: TempoMap | None = None
        self._player: tuple[TempoMap, float] | None = None
        self._tracks: dict[str, Track] = {"clock": Track(), "link": Track()}
        self._fixed = TempoMap(120.0, 0.0, 0.0)

    def feed(self, event: Pulse | Transport | SongPosition) -> None:
        """Take in what MIDI clock sends."""
        self.clock.feed(event)
        if isinstance(event, Pulse) and self.clock.map is not None:
            self._tracks["clock"].note(event.time_s, self.clock.map)

    def player(self, reading: Reading, at_s: float) -> None:
        """Take in how a line was read that began at `at_s`."""
        if len(reading.notes) >= 2:
            first = reading.beats[0] if reading.beats else 0.0
            self._player = (TempoMap(reading.bpm, first, at_s), reading.confidence)

    def tap(self, now_s: float) -> None:
        """Take in a tap; the second one sets the tempo."""
        self._tapped = self._tapper.tap(now_s) or self._tapped

    def check(self, now_s: float) -> str | None:
        """Return a sentence, once, when the clock is lost; else None."""
        return self.clock.check(now_s)

    def current(self, now_s: float, tempo_from: str, bpm: float) -> Tempo:
        """Return the tempo in force. tempo_from, bpm: the controls of these names."""
        order = ("clock", "link", "tap", "player") if tempo_from == "auto" else (tempo_from,)
        for source in order:
            tempo = self._from(source, now_s, tempo_from == "auto")
            if tempo is not None:
                return tempo
        prior_bpm = bpm if tempo_from == "fixed" else None
        return Tempo(self._fixed_map(now_s, bpm), "fixed", 1.0, False, None, prior_bpm)

    def _from(self, source: str, now_s: float, auto: bool) -> Tempo | None:
        if source == "clock":
            return self._from_clock(now_s, auto)
        if source == "link":
            found = self._link.current(now_s) if self._link else None
            if found is None:
                return None
            self._tracks["link"].note(now_s, found)
            return Tempo(found, "link", 1.0, True, self._tracks["link"])
        if source == "player" and self._player is not None:
            tempo, confidence = self._player
            if confidence >= (_SURE_ENOUGH if auto else 0.0):
                return Tempo(tempo, "player", confidence, False)
        if source == "tap" and self._tapped is not None:
            return Tempo(self._tapped, "tap", 1.0, False, None, self._tapped.bpm)
        return None

    def _from_clock(self, now_s: float, auto: bool) -> Tempo | None:
        clock = self.clock
        if clock.map is None:
            return None
        alive = clock.alive(now_s)
        if auto and not alive and not clock.running:
            return None
        confidence = 1.0 if alive else 0.5
        beats = self._tracks["clock"] if clock.running else None
        return Tempo(clock.map, "clock", confidence, clock.running, beats)

    def _fixed_map(self, now_s: float, bpm: float) -> TempoMap:
        if bpm != self._fixed.bpm:
            self._fixed = self._fixed.with_bpm(bpm, now_s)
        return self._fixed
