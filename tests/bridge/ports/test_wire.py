"""Bytes: what MIDI means to the bridge, and when it arrived."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import ControlChange, NoteOff, NoteOn, ProgramChange, Pulse, SongPosition, Transport
from bridge.ports.wire import Arrivals, all_off, decode


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ((0x90, 60, 100), NoteOn(1.0, 60, 100, 0)),
        ((0x9F, 0, 1), NoteOn(1.0, 0, 1, 15)),
        ((0x93, 60, 0), NoteOff(1.0, 60, 3)),
        ((0x83, 60, 64), NoteOff(1.0, 60, 3)),
        ((0xB2, 64, 127), ControlChange(1.0, 64, 127, 2)),
        ((0xC4, 12), ProgramChange(1.0, 12, 4)),
        ((0xF8,), Pulse(1.0)),
        ((0xFA,), Transport(1.0, "start")),
        ((0xFB,), Transport(1.0, "continue")),
        ((0xFC,), Transport(1.0, "stop")),
        ((0xF2, 0x10, 0x01), SongPosition(1.0, 144)),
    ],
)
def test_messages_that_mean_something(message: tuple[int, ...], event: object) -> None:
    """Notes, controllers, programs, clock, transport and song position are read; velocity 0 is a note-off."""
    assert decode(message, 1.0) == event


@pytest.mark.parametrize(
    "message",
    [
        (),
        (0x90,),
        (0x90, 60),
        (0x90, 60, 128),
        (0x90, 200, 1),
        (0x90, 60, 1, 1),
        (60, 60, 60),
        (0xE0, 0, 64),
        (0xC0, 5, 5),
        (0xD0, 5),
        (0xA0, 60, 5),
        (0xFE,),
        (0xFF,),
        (0xF0, 0x7E, 0xF7),
        (0xF1, 5),
        (0xF3, 5),
    ],
)
def test_messages_that_mean_nothing_here(message: tuple[int, ...]) -> None:
    """Malformed bytes, sysex, active sensing, bends and pressure are passed over."""
    assert decode(message, 1.0) is None


@given(st.lists(st.integers(0, 255), max_size=5))
def test_no_bytes_raise(message: list[int]) -> None:
    """Whatever arrives is an event or nothing."""
    decode(message, 0.0)


def test_arrivals_restore_the_spacing_of_one_poll() -> None:
    """The last message arrived now, those before it as much earlier as their deltas say."""
    arrivals = Arrivals()
    assert arrivals.times_s([], 0.0) == []
    assert arrivals.times_s([9.0, 0.25, 0.5], 10.0) == [9.25, 9.5, 10.0]


@given(st.lists(st.tuples(st.lists(st.floats(-1, 10), max_size=5), st.floats(0, 5)), max_size=20))
def test_arrivals_are_in_order_and_after_the_last_poll(polls: list[tuple[list[float], float]]) -> None:
    """No message is stamped before the poll that did not find it, nor in the future, nor out of order."""
    arrivals, now_s = Arrivals(), 100.0
    assert arrivals.times_s([], now_s) == []
    for deltas_s, gap_s in polls:
        polled_s, now_s = now_s, now_s + gap_s
        times_s = arrivals.times_s(deltas_s, now_s)
        assert times_s == sorted(times_s)
        assert all(polled_s <= time_s <= now_s for time_s in times_s)


def test_pulses_that_are_polled_rarely_are_stamped_when_they_came() -> None:
    """At 120 bpm, looked for every 8 ms or so: after a beat the stamps are true to a millisecond."""
    arrivals, chance, worst_s = Arrivals(), random.Random(1), 0.0
    now_s, pulse, before_s = 50.0, 0, 50.0
    while pulse < 480:
        now_s += 0.008 + chance.random() * 0.001
        came_s = []
        while 50.0 + pulse * 0.5 / 24 <= now_s and pulse < 480:
            came_s.append(50.0 + pulse * 0.5 / 24)
            pulse += 1
        deltas_s = [after - before for before, after in pairwise([before_s, *came_s])]
        times_s = arrivals.times_s(deltas_s, now_s)
        before_s = came_s[-1] if came_s else before_s
        if pulse > 24:
            worst_s = max([worst_s, *(abs(a - b) for a, b in zip(times_s, came_s, strict=True))])
    assert worst_s < 0.0015


def test_all_off_lifts_the_pedal_on_every_channel() -> None:
    """Sixteen channels: pedal up, notes off, sound off."""
    messages = all_off()
    assert len(messages) == 48
    assert {message[0] for message in messages} == set(range(0xB0, 0xC0))
    assert {message[1:] for message in messages} == {(64, 0), (123, 0), (120, 0)}
