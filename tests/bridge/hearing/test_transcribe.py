"""What is played becomes a melody line."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.transcribe import PlayedNote, Transcriber

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
