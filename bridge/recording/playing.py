"""A take played by itself, as it sounded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bridge.ports.wire import all_off
from bridge.take import Take


def messages(take: Take) -> list[tuple[float, tuple[int, int, int]]]:
    """Return a take's messages and when they leave, in seconds from its first note, releases first."""
    beat_s, beat, timed = 60.0 / take.time.bpm, 0.0, []
    for index, each in enumerate(take.notes):
        beat += each.note.rest_beats if index else 0.0
        on_s = (beat + each.nudge_beats) * beat_s
        timed.append((on_s, (0x90 | each.channel, each.note.pitch, each.velocity)))
        timed.append((on_s + each.sounding_beats * beat_s, (0x80 | each.channel, each.note.pitch, 0)))
        beat += each.note.duration_beats
    first_s = min((at_s for at_s, _ in timed), default=0.0)
    return sorted((at_s - first_s, message) for at_s, message in timed)


def play_take(take: Take, send: Callable[[Sequence[int]], None], wait_s: float) -> None:
    """Send a take's messages by absolute deadlines, after a wait; whatever ends it, no note is left on."""
    try:
        start_s = time.monotonic() + wait_s
        for at_s, message in messages(take):
            time.sleep(max(0.0, start_s + at_s - time.monotonic()))
            send(message)
    finally:
        for message in all_off():
            send(message)
