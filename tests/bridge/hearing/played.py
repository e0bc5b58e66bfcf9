"""Playing into a call, as a score."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.events import NoteOff, NoteOn
from bridge.hearing.call import Call


def play_into(call: Call, score: Iterable[tuple[float, float, int]]) -> None:
    """Feed (onset, end, pitch) triples in the order of time; what ends comes before what begins."""
    events: list[NoteOn | NoteOff] = []
    for on_s, off_s, pitch in score:
        events += [NoteOn(on_s, pitch, 80), NoteOff(off_s, pitch)]
    for event in sorted(events, key=lambda event: (event.time_s, isinstance(event, NoteOn))):
        call.feed(event)
