"""The key of a call: engine/key.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.controls import SCALES
from engine.key import KeyEstimate, estimate_key
from engine.notes import Note

_LENGTHS = st.sampled_from((0.25, 0.5, 1.0, 1.5, 2.0))
_MELODIES = st.lists(st.builds(Note, st.integers(40, 80), _LENGTHS), min_size=1, max_size=60)


def melody(text: str) -> list[Note]:
    """Return notes from text such as "67 69:2": a pitch, or pitch:beats."""
    notes = []
    for word in text.split():
        pitch, _, beats = word.partition(":")
        notes.append(Note(int(pitch), float(beats or 1)))
    return notes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("67 67 69 71 72 71 69 67:2 74 72 71 69 67:2", "G major"),
        ("60 60 67 67 69 69 67:2 65 65 64 64 62 62 60:2", "C major"),
        ("69 72 71 69 76 74 72 71 69:2 68 71 69:2", "A harmonic"),
        ("62 65 64 62 69 67 65 64 62:2 60 64 62:2", "D minor"),
        ("62 69 69 71 72 71 69 67 69:2 65 64 62:2", "D dorian"),
        ("65 67 69 70 72 72 70 69 67 65:2", "F major"),
    ],
)
def test_a_tune_says_its_key(text: str, name: str) -> None:
    """A tune that every ear places is placed there."""
    found = estimate_key(melody(text))
    assert found is not None
    assert found.name == name
    assert found.confidence > 0.4


def test_nothing_has_no_key() -> None:
    """Without notes there is no key, and no error."""
    assert estimate_key([]) is None


def test_more_of_the_tune_makes_it_surer() -> None:
    """A single note leaves the key open; the whole phrase does not."""
    tune = melody("67 67 69 71 72 71 69 67:2 74 72 71 69 67:2")
    first, whole = estimate_key(tune[:1]), estimate_key(tune)
    assert first is not None
    assert whole is not None
    assert first.confidence < 0.5 < 0.7 < whole.confidence


@given(_MELODIES, st.integers(-24, 24))
def test_transposition_moves_the_key_and_nothing_else(notes: list[Note], semitones: int) -> None:
    """A transposed melody has the transposed tonic, the same scale and the same confidence."""
    here = estimate_key(notes)
    there = estimate_key([Note(note.pitch + semitones, note.duration_beats) for note in notes])
    assert here is not None
    assert there is not None
    assert there == KeyEstimate((here.tonic + semitones) % 12, here.scale, here.confidence)


@given(_MELODIES, st.lists(st.sampled_from((-12, 0, 12)), min_size=60, max_size=60))
def test_octaves_do_not_change_the_key(notes: list[Note], octaves: list[int]) -> None:
    """Each note may lie in any octave: the key is the same."""
    moved = [Note(n.pitch + octave, n.duration_beats) for n, octave in zip(notes, octaves, strict=False)]
    assert estimate_key(moved) == estimate_key(notes)


@given(_MELODIES)
def test_confidence_is_a_probability_and_the_scale_is_known(notes: list[Note]) -> None:
    """Any melody gets a scale of the table and a confidence from 1/24 to 1."""
    found = estimate_key(notes)
    assert found is not None
    assert found.scale in SCALES
    assert 1 / 24 <= found.confidence <= 1.0
