"""A take played by itself: its messages, in time, and no note left on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.recording.playing import messages, play_take
from bridge.take import InTime, Sounded, Take
from engine.notes import Note
from tests.bridge.recording.takes import a_take


def test_messages_leave_when_they_sounded() -> None:
    """At the take's tempo, from its first note on: nudged, as long as they sounded, releases first."""
    assert messages(a_take()) == [
        (0.0, (0x93, 67, 80)),
        (pytest.approx(0.45), (0x83, 67, 0)),
        (pytest.approx(0.5625), (0x93, 69, 70)),
        (pytest.approx(1.3125), (0x83, 69, 0)),
    ]


def quick() -> Take:
    """Return a take that lasts a few milliseconds."""
    notes = tuple(Sounded(Note(60, 0.1), 80, 0, 0.1) for _ in range(3))
    return replace(a_take(), notes=notes, time=InTime(2000.0, 0.0))


def test_everything_is_silenced_at_the_end_whatever_ends_it() -> None:
    """Also when somebody presses Ctrl-C in the middle."""
    for stop_at in (99, 2):
        sent: list[tuple[int, ...]] = []

        def send(message: Sequence[int], sent: list[tuple[int, ...]] = sent, stop_at: int = stop_at) -> None:
            sent.append(tuple(message))
            if len(sent) == stop_at:
                raise KeyboardInterrupt

        if stop_at == 2:
            with pytest.raises(KeyboardInterrupt):
                play_take(quick(), send, 0.0)
        else:
            play_take(quick(), send, 0.0)
        assert {message[0] & 0x0F for message in sent if message[1] == 123} == set(range(16))
