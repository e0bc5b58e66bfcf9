"""What the metre's net reads of a melody: engine/metre_rows.py."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.metre_rows import FEATURES, Listener
from engine.notes import Note
from tests.engine.test_metre import melodies


def rows(notes: Sequence[Note], ends: Collection[int] = ()) -> list[dict[str, int]]:
    """Return what is read of each note, by the features' names."""
    listener = Listener()
    names = [name for name, _ in FEATURES]
    return [
        dict(zip(names, listener.append(note, index in ends), strict=True)) for index, note in enumerate(notes)
    ]


@given(melodies, st.sets(st.integers(0, 15)))
def test_every_number_is_within_its_feature(notes: list[Note], ends: set[int]) -> None:
    """The net has an embedding for whatever is played."""
    for row in rows(notes, ends):
        assert all(0 <= row[name] < size for name, size in FEATURES)


@given(melodies, st.integers(-12, 12))
def test_the_key_is_not_read(notes: list[Note], semitones: int) -> None:
    """A transposed melody has the same rows, and so has one that begins after a silence."""
    moved = [replace(note, pitch=note.pitch + semitones) for note in notes]
    moved[:1] = [replace(note, rest_beats=note.rest_beats + 2.5) for note in moved[:1]]
    assert rows(moved) == rows(notes)


@given(melodies, melodies, st.integers(0, 16), st.sets(st.integers(0, 15)))
def test_what_is_taken_back_was_never_heard(
    notes: list[Note], then: list[Note], count: int, ends: set[int]
) -> None:
    """Behind a melody that was cut back the rows are those behind what is left of it."""
    listener, fresh = Listener(), Listener()
    for index, note in enumerate(notes):
        listener.append(note, index in ends)
    kept = notes[:count]
    listener.rewind(len(kept))
    for index, note in enumerate(kept):
        fresh.append(note, index in ends)
    assert [listener.append(note) for note in then] == [fresh.append(note) for note in then]


def test_lengths_and_distances_are_those_of_the_melody() -> None:
    """A dotted figure that comes back four beats later: what the last note's row says of it."""
    figure = [Note(60, 1.5), Note(62, 0.5), Note(64, 1.0, 0.5), Note(60, 0.5)]
    last = rows([*figure, *figure[:2]])[-1]
    plain = rows([Note(60, 1.5)])[0]
    assert (last["interval"], last["from_first"], last["index"]) == (2 + 13 + 1, 2, 5)
    assert last["duration_1"] == last["onset_interval"] == plain["duration"]
    assert last["rest"] == 0
    assert (last["match_lag"], last["rhythm_lag"], last["pitch_lag"]) == (9, 9, 9)  # eight eighths, and 1
    assert last["longer_lag"] == 4  # the dotted note began three eighths before
    assert last["elapsed"] == 12


def test_an_echo_says_how_alike_the_earlier_note_is() -> None:
    """A beat ago: before the first, nothing, another length, another pitch, the same step, the same pitch."""

    def echo(*notes: Note) -> int:
        return rows(notes)[-1]["echo_1"]

    assert echo(Note(60, 0.5), Note(62, 1.0)) == 0
    assert echo(Note(60, 1.5), Note(62, 1.0)) == 1
    assert echo(Note(60, 0.5), Note(62, 1.0, 0.5)) == 2
    assert echo(Note(60, 1.0), Note(62, 1.0)) == 3
    assert echo(Note(60, 1.0), Note(62, 1.0), Note(64, 1.0)) == 4
    assert echo(Note(60, 1.0), Note(60, 1.0)) == 5


def test_a_phrase_is_measured_from_the_end_that_is_known() -> None:
    """Its length stands at its last note alone, in eighths and 1; what follows begins to count anew."""
    found = rows([Note(60, 1.0), Note(62, 1.0), Note(64, 2.0), Note(65, 1.0), Note(67, 1.0)], {2})
    assert [row["phrase_length"] for row in found] == [0, 0, 9, 0, 0]
    assert [row["elapsed"] for row in found] == [1, 3, 5, 1, 3]


def test_a_silence_of_hours_is_read_too() -> None:
    """Who plays on in the same call an hour later is heard, and what was heard before can still be taken back."""
    listener = Listener()
    for note in (Note(60, 1.0), Note(62, 5000.0, 50_000.0), Note(64, 1.0)):
        listener.append(note, False)
    listener.rewind(1)
    assert len(listener.notes) == 1
