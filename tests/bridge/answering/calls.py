"""Calls and moments without a clock, for tests of what an answer comes in on."""

from __future__ import annotations

from bridge.controls import Controls
from bridge.hearing.call import Call, Phrase
from bridge.moment import Moment, read_settings
from bridge.time.tempo_choice import Tempo
from bridge.time.tempo_map import TempoMap
from engine.messages import FoundBars
from engine.notes import Metre
from tests.bridge.hearing.played import play_into

WALTZ = FoundBars(Metre(3.0, 2.0, 1.0), 0.9)


def at(now_s: float, *, clock: bool = False, **values: object) -> Moment:
    """Return a moment at 120 bpm, beat 0 at time 0, some controls changed; clock: one runs."""
    table = Controls()
    table.update(values)
    tempo = Tempo(TempoMap(120.0, 0.0, 0.0), "clock" if clock else "player", 1.0, clock)
    return Moment(now_s, tempo, read_settings(table))


def quarters(count: int) -> Phrase:
    """Return a call of even quarters from time 0 on."""
    call = Call()
    play_into(call, [(0.5 * index, 0.5 * index + 0.45, 60 + index % 5) for index in range(count)])
    call.read(None, 120.0)
    return call.phrase
