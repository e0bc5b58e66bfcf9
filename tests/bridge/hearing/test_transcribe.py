"""What is played becomes a melody line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.transcribe import CHORD_S, PlayedNote, Transcriber
from bridge.ports.wire import decode

HOLD_MAX_S = 4.0


def play(*score: str) -> Transcriber:
    """Feed a score of "time on|off|ped pitch-or-value [channel]"."""
    transcriber = Transcriber()
    for line in score:
        time_s, what, number, *channel = line.split()
        where = int(channel[0]) if channel else 0
        if what == "on":
            transcriber.feed(NoteOn(float(time_s), int(number), 80, where))
        elif what == "off":
            transcriber.feed(NoteOff(float(time_s), int(number), where))
        elif what == "ped":
            transcriber.feed(ControlChange(float(time_s), 64, int(number), where))
        else:
            transcriber.feed(ControlChange(float(time_s), int(what), int(number), where))
    return transcriber


def heard(transcriber: Transcriber) -> list[tuple[int, float, float | None]]:
    return [(note.pitch, note.onset_s, note.end_s) for note in transcriber.line]


def test_plain_notes() -> None:
    transcriber = play("0 on 60", "0.4 off 60", "0.5 on 62")
    assert heard(transcriber) == [(60, 0.0, 0.4), (62, 0.5, None)]
    assert transcriber.held
    assert transcriber.last_off_s == 0.4


@pytest.mark.parametrize(
    "score",
    [
        ("0 on 60", "0.01 on 64", "0.02 on 67"),
        ("0 on 67", "0.01 on 64", "0.02 on 60"),
        ("0 on 64", "0.01 on 67", "0.02 on 60"),
    ],
)
def test_a_chord_is_its_top_note_from_its_first_onset(score: tuple[str, ...]) -> None:
    transcriber = play(*score, "0.5 off 67", "0.6 off 60", "0.6 off 64")
    assert transcriber.line == (PlayedNote(67, 0.0, 0.5, 80, (60, 64)),)
    assert not transcriber.held
    assert transcriber.last_off_s == 0.6


def test_trill_is_no_chord() -> None:
    transcriber = play("0 on 60", "0.06 off 60", "0.06 on 62", "0.12 off 62", "0.12 on 60")
    assert [note.pitch for note in transcriber.line] == [60, 62, 60]


def test_chord_note_that_was_over_before_the_rest_joined_keeps_its_end() -> None:
    assert heard(play("0 on 67", "0.01 off 67", "0.02 on 60")) == [(67, 0.0, 0.01)]
    assert heard(play("0 on 60", "0.01 off 60", "0.02 on 67")) == [(67, 0.0, None)]


def test_legato_ends_the_earlier_note_at_the_later_onset() -> None:
    transcriber = play("0 on 60", "0.5 on 62", "0.55 off 60", "0.9 off 62")
    assert heard(transcriber) == [(60, 0.0, 0.5), (62, 0.5, 0.9)]


def test_line_does_not_fall_back_to_a_pedal_point() -> None:
    transcriber = play("0 on 48", "0.5 on 62", "0.9 off 62")
    assert heard(transcriber) == [(48, 0.0, 0.5), (62, 0.5, 0.9)]
    assert transcriber.held


def test_repeated_note_without_note_off_closes_the_first() -> None:
    transcriber = play("0 on 60", "0.5 on 60", "0.9 off 60")
    assert heard(transcriber) == [(60, 0.0, 0.5), (60, 0.5, 0.9)]
    assert not transcriber.held


def test_lost_note_off_is_bounded_by_hold_max() -> None:
    transcriber = play("0 on 60")
    transcriber.let_go(3.9, HOLD_MAX_S)
    assert transcriber.held
    transcriber.let_go(4.1, HOLD_MAX_S)
    assert not transcriber.held
    assert heard(transcriber) == [(60, 0.0, 4.0)]
    assert transcriber.last_off_s == 4.0
    transcriber.feed(NoteOff(5.0, 60))
    assert transcriber.last_off_s == 4.0


def test_lost_note_off_is_ended_by_the_next_onset_and_stays_one_note() -> None:
    transcriber = play("0 on 60", "0.5 on 62", "1 off 62")
    transcriber.let_go(9.0, HOLD_MAX_S)
    assert heard(transcriber) == [(60, 0.0, 0.5), (62, 0.5, 1.0)]
    assert not transcriber.held


def test_sustain_pedal_keeps_notes_until_it_goes_up() -> None:
    transcriber = play("0 ped 127", "0.1 on 60", "0.3 off 60")
    assert transcriber.held
    assert heard(transcriber) == [(60, 0.1, None)]
    transcriber.feed(ControlChange(1.0, 64, 0))
    assert heard(transcriber) == [(60, 0.1, 1.0)]
    assert not transcriber.held
    assert transcriber.last_off_s == 1.0


def test_pedal_up_leaves_keys_that_are_down() -> None:
    transcriber = play("0 ped 127", "0.1 on 60", "0.5 ped 0")
    assert transcriber.held
    assert heard(transcriber) == [(60, 0.1, None)]


def test_pedal_held_for_ever_does_not_block() -> None:
    transcriber = play("0 ped 127", "0.1 on 60", "0.3 off 60")
    transcriber.let_go(4.2, HOLD_MAX_S)
    assert not transcriber.held


def test_mpe_notes_on_channels_of_their_own_and_the_master_channels_pedal() -> None:
    transcriber = play("0 ped 127 0", "0 on 60 1", "0.4 on 60 2", "0.5 off 60 1", "0.9 off 60 2", "1 ped 0 0")
    assert heard(transcriber) == [(60, 0.0, 0.4), (60, 0.4, 1.0)]
    assert not transcriber.held


@pytest.mark.parametrize("number", [120, 123])
def test_all_notes_off_releases_everything(number: int) -> None:
    transcriber = play("0 ped 127", "0 on 60", "0.1 on 64", f"0.5 {number} 0")
    assert not transcriber.held
    assert heard(transcriber)[-1] == (64, 0.1, 0.5)


def test_other_controllers_do_nothing() -> None:
    transcriber = play("0 on 60", "0.1 74 99", "0.2 1 3", "0.3 off 60", "0.4 off 99")
    assert heard(transcriber) == [(60, 0.0, 0.3)]


def test_clear_begins_a_new_line_and_still_knows_the_keys() -> None:
    transcriber = play("0 on 60")
    transcriber.clear()
    assert transcriber.line == ()
    assert transcriber.held
    transcriber.feed(NoteOff(0.5, 60))
    assert not transcriber.held
    assert transcriber.line == ()


_EVENT = st.tuples(
    st.sampled_from(["on", "on", "off", "ped", "let go", "cc"]),
    st.sampled_from([-0.1, 0.0, 0.005, 0.02, 0.1, 0.5, 5.0]),
    st.integers(60, 64),
    st.integers(0, 2),
    st.integers(0, 127),
)


@given(st.lists(_EVENT, max_size=80))
def test_never_loses_or_invents_a_note_on(events: list[tuple[str, float, int, int, int]]) -> None:
    """Every note-on is in the line or in the chord of a note of the line, whatever the order of events."""
    transcriber, now_s, struck = Transcriber(), 0.0, Counter[int]()
    for kind, wait_s, pitch, channel, value in events:
        now_s += wait_s
        if kind == "on":
            transcriber.feed(NoteOn(now_s, pitch, 64, channel))
            struck[pitch] += 1
        elif kind == "off":
            transcriber.feed(NoteOff(now_s, pitch, channel))
        elif kind == "let go":
            transcriber.let_go(now_s, HOLD_MAX_S)
        else:
            transcriber.feed(ControlChange(now_s, 64 if kind == "ped" else value, value, channel))
    line = transcriber.line
    assert struck == Counter(pitch for note in line for pitch in (note.pitch, *note.chord))
    assert all(note.pitch >= max(note.chord, default=0) for note in line)
    assert all(note.end_s is not None and note.end_s >= note.onset_s for note in line[:-1])
    for before, after in pairwise(line):
        assert before.end_s is not None
        assert before.end_s <= after.onset_s
    transcriber.let_go(now_s + 100, HOLD_MAX_S)
    assert not transcriber.held


_MESSAGE = st.tuples(
    st.sampled_from([0.0, 0.005, 0.02, 0.05, 0.3]),
    st.one_of(
        st.tuples(st.sampled_from([0x90, 0x91]), st.integers(60, 63), st.sampled_from([0, 1, 64, 127])),
        st.tuples(st.sampled_from([0x80, 0x81]), st.integers(60, 63), st.just(0)),
        st.tuples(st.sampled_from([0xB0, 0xB1]), st.just(64), st.sampled_from([0, 127])),
        st.tuples(st.just(0xB0), st.sampled_from([120, 121, 123]), st.just(0)),
    ),
)
_MESSAGES = st.lists(_MESSAGE, max_size=60)


def transcribed(messages: list[tuple[float, tuple[int, int, int]]]) -> Iterator[tuple[float, Transcriber]]:
    """Feed MIDI messages, each so many seconds after the one before; yield time and transcriber after each.

    At last every key and pedal goes up.
    """
    transcriber, now_s = Transcriber(), 0.0
    keys = [(kind, pitch, 0) for kind in (0x80, 0x81) for pitch in range(60, 64)]
    ups = [(0.1, message) for message in [*keys, (0xB0, 64, 0), (0xB1, 64, 0)]]
    for wait_s, message in [*messages, *ups]:
        now_s += wait_s
        event = decode(message, now_s)
        assert isinstance(event, NoteOn | NoteOff | ControlChange)
        transcriber.feed(event)
        yield now_s, transcriber


@settings(deadline=None)
@given(_MESSAGES)
def test_every_note_ends_exactly_once(messages: list[tuple[float, tuple[int, int, int]]]) -> None:
    """A note that has ended never sounds again nor ends anew, unless a chord still gathers about it; when keys and
    pedals are up, none sounds."""
    before: tuple[PlayedNote, ...] = ()
    transcriber = Transcriber()
    for now_s, transcriber in transcribed(messages):
        line = transcriber.line
        past = [note for note in before if note.end_s is not None and now_s - note.onset_s > CHORD_S]
        assert list(line[: len(past)]) == past
        assert len(line) >= len(before)
        before = line
    assert all(note.end_s is not None for note in transcriber.line)
    assert not transcriber.held


@settings(deadline=None)
@given(_MESSAGES)
def test_the_line_has_one_note_at_a_time(messages: list[tuple[float, tuple[int, int, int]]]) -> None:
    """At every moment: onsets rise, no note reaches into the next, and only the last may still sound."""
    for now_s, transcriber in transcribed(messages):
        line = transcriber.line
        for note, after in pairwise(line):
            assert note.end_s is not None
            assert note.onset_s <= note.end_s <= after.onset_s
            assert after.onset_s - note.onset_s > CHORD_S
        assert all(note.onset_s <= now_s and 1 <= note.velocity <= 127 for note in line)


@settings(deadline=None, max_examples=400)
@given(_MESSAGES)
def test_held_is_what_a_list_of_keys_says(messages: list[tuple[float, tuple[int, int, int]]]) -> None:
    """A key counts as held from its note-on to its note-off, or to the pedal's going up where that is later."""
    down: set[tuple[int, int]] = set()
    pedalled: set[tuple[int, int]] = set()
    pedals: set[int] = set()
    moments = transcribed(messages)
    for (_, message), (_, transcriber) in zip(messages, moments, strict=False):
        kind, channel, key = message[0] & 0xF0, message[0] & 0x0F, (message[0] & 0x0F, message[1])
        if kind == 0x90 and message[2]:
            down.add(key)
            pedalled.discard(key)
        elif kind in (0x80, 0x90):
            if pedals and key in down:
                pedalled.add(key)
            down.discard(key)
        elif message[1] in (120, 123):
            down, pedalled, pedals = set(), set(), set()
        elif message[1] == 64 and message[2]:
            pedals.add(channel)
        else:
            pedals.discard(channel)
        if not pedals:
            pedalled.clear()
        assert transcriber.held == bool(down | pedalled)


@given(_MESSAGES)
def test_velocity_nought_is_a_release(messages: list[tuple[float, tuple[int, int, int]]]) -> None:
    """The same playing with note-offs in place of note-ons of velocity 0 is the same line."""
    released = [
        (wait_s, (m[0] & 0x0F | 0x80, m[1], 0) if m[0] & 0xF0 == 0x90 and not m[2] else m)
        for wait_s, m in messages
    ]
    lines = [[each.line for _, each in transcribed(playing)] for playing in (messages, released)]
    assert lines[0] == lines[1]
