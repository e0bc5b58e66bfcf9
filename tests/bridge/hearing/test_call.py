"""The player's call, from what is played to notes in beats and the end of the turn: bridge/hearing/call.py."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.call import MOST_NOTES, Call
from bridge.hearing.turn_taking import Waiting, passes_at_s
from bridge.time.tempo_map import TempoMap

PITCHES = (60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 60)


def quarters(count: int, bpm: float, share: float, noise_s: float = 0.0, seed: int = 0) -> Call:
    """Return a call of quarters that sound a share of their time.

    Each is struck up to noise_s early or late and let go as much later, within a quarter of noise_s, but at the
    latest where the next one comes.
    """
    rng, beat_s, call = random.Random(seed), 60.0 / bpm, Call()
    onsets_s = [index * beat_s + rng.uniform(-noise_s, noise_s) for index in range(count)]
    ends_s = [onset_s + share * beat_s + rng.uniform(-noise_s, noise_s) / 4 for onset_s in onsets_s]
    latest_s = [*onsets_s[1:], ends_s[-1]]
    for index in range(count):
        call.feed(NoteOn(onsets_s[index], PITCHES[index], 80))
        call.feed(NoteOff(max(onsets_s[index] + 0.005, min(ends_s[index], latest_s[index])), PITCHES[index]))
    return call


def read(call: Call, tempo: TempoMap | None = None) -> Call:
    """Return the call, read."""
    call.read(tempo, None)
    return call


def passes_after_beats(call: Call, bpm: float, phrase_end: float | None, waiting: Waiting) -> float:
    """Return how long after its last onset a call is answered, in beats."""
    passes_s = passes_at_s(call.heard(phrase_end), waiting)
    assert passes_s is not None
    return (passes_s - call.phrase.line[-1].onset_s) * bpm / 60.0


@settings(max_examples=200, deadline=None)
@given(
    st.integers(4, 12),
    st.floats(50.0, 180.0),
    st.floats(0.1, 1.0),
    st.floats(0.0, 0.02),
    st.booleans(),
    st.integers(0, 999),
)
def test_quarters_are_read_as_quarters_however_short_they_are_played(
    count: int, bpm: float, share: float, noise_s: float, clock: bool, seed: int
) -> None:
    """From staccato to legato, with and without a clock, every note fills its time, the last one too.

    Without a clock the beat that is found may be half or twice the player's: the seconds tell.
    """
    tempo = TempoMap(bpm, 0.0, 0.0) if clock else None
    reading = read(quarters(count, bpm, share, noise_s, seed), tempo).phrase.reading
    assert reading is not None
    quarter_beats = reading.bpm / bpm
    assert all(note.rest_beats == 0.0 for note in reading.notes)
    assert {note.duration_beats for note in reading.notes} == {reading.notes[0].duration_beats}
    assert reading.notes[0].duration_beats == pytest.approx(quarter_beats, rel=0.08)


@settings(deadline=None)
@given(
    st.integers(2, 12),
    st.floats(50.0, 180.0),
    st.floats(0.1, 0.5),
    st.none() | st.floats(0.0, 1.0),
    st.floats(0.25, 4.0),
)
def test_a_staccato_call_is_answered_by_its_pulse(
    count: int, bpm: float, share: float, phrase_end: float | None, patience: float
) -> None:
    """How long after the last onset the turn passes does not hang on how short the notes are played.

    Where the end is sure without any silence, it passes as the key goes up.
    """
    waiting = Waiting(patience=patience, min_s=0.0, max_s=99.0)
    short, half = read(quarters(count, bpm, share)), read(quarters(count, bpm, 0.5))
    passes = max(0.5, passes_after_beats(short, bpm, phrase_end, waiting))
    assert passes == pytest.approx(passes_after_beats(half, bpm, phrase_end, waiting), abs=0.02)


def test_the_rules_of_turns_are_told_the_beat_as_it_was_read() -> None:
    """Quarters at 100 bpm by a clock: six tenths of a second; nothing before a note is read."""
    assert read(quarters(8, 100.0, 0.8)).heard(None).beat_s == pytest.approx(0.6, rel=0.02)
    assert Call().heard(None).beat_s is None


def test_the_rules_of_turns_are_told_the_bar_and_how_late_the_last_note_was_by_a_clock() -> None:
    """The bar as whoever asks knows it, the lateness as it was read."""
    call = Call()
    for onset_s in (0.0, 0.5, 1.0, 1.52):
        call.feed(NoteOn(onset_s, 60, 80))
        call.feed(NoteOff(onset_s + 0.4, 60))
    call.read(TempoMap(120, 0.0, 0.0), None)
    heard = call.heard(None, 3.0)
    assert (heard.bar_beats, round(heard.late_s, 3)) == (3.0, 0.02)
    assert call.heard(None).bar_beats is None


@pytest.mark.parametrize("share", [0.1, 0.15, 0.3, 0.5, 0.8])
def test_an_unsure_answer_does_not_come_between_staccato_notes(share: float) -> None:
    """While the model does not take the phrase for ended, the turn waits for the next pulse at least."""
    call = read(quarters(8, 100.0, share))
    assert passes_after_beats(call, 100.0, 0.5, Waiting()) > 1.0


@pytest.mark.parametrize("clock", [True, False])
def test_a_held_note_that_ends_a_staccato_call_is_long(clock: bool) -> None:
    """Seven short quarters and a note held for nearly two beats: the last one is a half note."""
    call = quarters(7, 120.0, 0.15)
    call.feed(NoteOn(3.5, 67, 80))
    call.feed(NoteOff(4.4, 67))
    notes = read(call, TempoMap(120.0, 0.0, 0.0) if clock else None).phrase.notes
    assert [note.duration_beats for note in notes] == [1.0] * 7 + [2.0]


def test_a_note_that_still_sounds_is_not_among_the_notes_unless_it_is_said_to_end() -> None:
    """The line shows it, the notes do not; when the turn is passed by hand it ends there."""
    call = quarters(3, 120.0, 0.8)
    call.feed(NoteOn(1.5, 72, 80))
    tempo = TempoMap(120.0, 0.0, 0.0)
    call.read(tempo, None)
    assert call.phrase.held
    assert (len(call.phrase.line), len(call.phrase.notes)) == (4, 3)
    call.read(tempo, None, until_s=1.9)
    assert call.phrase.notes[-1].duration_beats == 1.0


def test_reading_twice_is_reading_once() -> None:
    """What is asked changes nothing: the phrase, what the rules of turns hear, and another reading stay equal."""
    call = read(quarters(6, 97.0, 0.7, 0.01))
    phrase, heard = call.phrase, call.heard(0.4)
    assert (call.phrase, call.heard(0.4)) == (phrase, heard)
    assert read(call).phrase == phrase


def test_nothing_played_is_no_call() -> None:
    """Without a note there is nothing to read, and no error."""
    call = read(Call())
    assert not call.phrase.started
    assert call.phrase.notes == ()
    assert call.phrase.key is None


def test_the_next_call_knows_how_long_the_last_one_was() -> None:
    """What the rules of turns compare with is kept when a call is past; what was played is not."""
    call = read(quarters(5, 120.0, 0.8), TempoMap(120.0, 0.0, 0.0))
    call.clear()
    assert not call.phrase.started
    heard = call.heard(None)
    assert heard.usual_beats == (5.0,)
    assert heard.usual_spans_s == pytest.approx((2.0,))
    call.clear()
    assert call.heard(None).usual_beats == (5.0,)


def test_a_call_without_end_sheds_its_front() -> None:
    """Of a call that has outgrown the bound, the front is given back as it was read, and the rest goes on."""
    call, tempo, beat_s = Call(), TempoMap(120.0, 0.0, 0.0), 0.5
    for index in range(MOST_NOTES + 1):
        call.feed(NoteOn(index * beat_s, 60 + index % 12, 80))
        call.feed(NoteOff((index + 0.8) * beat_s, 60 + index % 12))
    before = read(call, tempo).phrase
    front = call.shed()
    assert front is not None
    assert front.notes == before.notes[: len(front.notes)]
    assert front.line + call.phrase.line == before.line
    assert call.shed() is None
    assert [note.pitch for note in front.notes + read(call, tempo).phrase.notes] == [n.pitch for n in before.notes]


def test_release_counts_every_key_and_pedal_as_up() -> None:
    """After a panic nothing is held, and what was played stays."""
    call = Call()
    call.feed(ControlChange(0.0, 64, 127))
    call.feed(NoteOn(0.1, 60, 80))
    call.release()
    assert not call.phrase.held
    assert [note.pitch for note in call.phrase.line] == [60]


def test_a_key_that_is_held_for_too_long_is_let_go() -> None:
    """The bound that the control sets holds from now on, whatever it was before."""
    call = Call()
    call.feed(NoteOn(0.0, 60, 80))
    call.let_go(3.0, 4.0)
    assert call.phrase.held
    call.let_go(3.0, 2.0)
    assert not call.phrase.held
    assert call.phrase.last_off_s == 2.0
