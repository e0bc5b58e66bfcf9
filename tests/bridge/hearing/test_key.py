"""The key of a call: engine/key.py, and what of it is drawn in: bridge/hearing/key.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.controls import PITCH_NAMES, SCALES
from bridge.hearing.key import KeyEstimate, estimate_key, sampling_key
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


def test_following_takes_the_estimate() -> None:
    """Both controls at follow: the estimate's tonic and scale."""
    assert sampling_key(KeyEstimate(7, "major", 0.9), "follow", "follow") == (7, (0, 2, 4, 6, 7, 9, 11))


def test_no_estimate_no_key() -> None:
    """Before the first call nothing is known, so nothing is locked."""
    assert sampling_key(None, "follow", "dorian") is None


def test_what_the_player_plays_much_belongs_to_a_followed_scale() -> None:
    """A raised fourth that returns is allowed; one in passing is left to the lean; a set scale stays as set."""
    key = KeyEstimate(0, "major", 0.9)
    often, once = [60, 66, 67, 66, 67, 64, 62, 60], [60, 66, 67, 64, 62, 64, 62, 60]
    assert 6 in sampling_key(key, "follow", "follow", often)[1]  # type: ignore[index]
    assert 6 not in sampling_key(key, "follow", "follow", once)[1]  # type: ignore[index]
    assert 6 not in sampling_key(key, "follow", "major", often)[1]  # type: ignore[index]


def test_a_tonic_set_alone_finds_its_third_in_the_call() -> None:
    """D set over a call with F natural is D minor, with F sharp D major."""
    assert sampling_key(None, "D", "follow", [62, 65, 69, 70, 65])[1] == (0, 2, 4, 5, 7, 9, 10)  # type: ignore[index]
    assert sampling_key(None, "D", "follow", [62, 66, 69, 71, 61])[1] == (1, 2, 4, 6, 7, 9, 11)  # type: ignore[index]


@given(st.sampled_from(PITCH_NAMES), st.sampled_from(sorted(SCALES)), st.lists(st.integers(0, 127)))
def test_a_set_key_is_exactly_that_key(tonic: str, scale: str, pitches: list[int]) -> None:
    """Whatever is played, a key and scale set by hand have the tonic and as many notes as the scale."""
    home, members = sampling_key(None, tonic, scale, pitches)  # type: ignore[misc]
    assert PITCH_NAMES[home] == tonic
    assert {(member - home) % 12 for member in members} == set(SCALES[scale])
