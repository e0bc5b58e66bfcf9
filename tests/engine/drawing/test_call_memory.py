"""The memory of a call: engine/drawing/call_memory.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.call_memory import LARGEST_SHARE, CallMemory, call_memory, motif_share, rhythm_share
from engine.notes import Note

TABLE = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
_NOTES = st.builds(Note, st.integers(30, 90), st.sampled_from(TABLE))
_NEAR = st.builds(Note, st.integers(55, 70), st.sampled_from(TABLE))
_MELODIES = st.lists(_NOTES, min_size=1, max_size=30)


def melody(*pitches: int, beats: float = 1.0) -> list[Note]:
    """Return notes of one length."""
    return [Note(pitch, beats) for pitch in pitches]


@given(_MELODIES, st.lists(_NOTES, max_size=20))
def test_predictions_are_distributions(call: list[Note], answer: list[Note]) -> None:
    """For any call and answer so far, pitches and durations each sum to 1 (or, at MIDI's edge, to nothing)."""
    memory = CallMemory(call, TABLE)
    pitches, durations = memory.pitches(answer), memory.durations(60, answer)
    assert pitches.sum() == pytest.approx(1.0) or pitches.sum() == 0.0
    assert durations.sum() == pytest.approx(1.0)
    assert (pitches >= 0.0).all()
    assert (durations >= 0.0).all()


@given(st.lists(_NEAR, min_size=1, max_size=30), st.lists(_NEAR, max_size=8), st.integers(-5, 5))
def test_the_memory_is_transposed_with_the_call(call: list[Note], answer: list[Note], semitones: int) -> None:
    """Moving call and answer moves the predicted pitches by the same interval (away from MIDI's edges)."""

    def moved(notes: list[Note]) -> list[Note]:
        return [Note(note.pitch + semitones, note.duration_beats) for note in notes]

    here = CallMemory(call).pitches(answer)
    there = CallMemory(moved(call)).pitches(moved(answer))
    assert np.allclose(here, np.roll(there, -semitones))


def test_an_answer_may_begin_as_the_call_did() -> None:
    """Behind the call's last note its first note is the most expected."""
    assert CallMemory(melody(60, 64, 67, 62)).pitches().argmax() == 60


def test_a_motif_is_taken_up_on_another_degree() -> None:
    """Having played the call's first interval elsewhere, its second is expected there."""
    memory = CallMemory(melody(60, 64, 65, 62))
    assert memory.pitches(melody(67, 71)).argmax() == 72


def test_a_longer_match_counts_more() -> None:
    """After up 2 the call goes up 3 twice and down 1 once, but after (down 5, up 2) it goes down 1."""
    call = melody(60, 62, 65, 64, 66, 69, 70, 65, 67, 66)
    assert CallMemory(call).pitches(melody(60, 62)).argmax() == 65
    longer = CallMemory(call).pitches(melody(70, 71, 66, 68))
    assert longer[67] > longer[71]


def test_the_rhythm_comes_back() -> None:
    """After a dotted note and its short one the call's next long note is expected."""
    call = [Note(60, 1.5), Note(62, 0.5), Note(64, 2.0), Note(60, 1.5), Note(62, 0.5), Note(64, 2.0)]
    memory = CallMemory(call, TABLE)
    durations = memory.durations(64, [Note(70, 1.5), Note(70, 0.5)])
    assert TABLE[int(durations.argmax())] == 2.0


def test_lengths_off_the_table_go_to_the_nearest() -> None:
    """A length as played, 0.52 beats, is remembered as an eighth."""
    durations = CallMemory(melody(60, 62, 64, beats=0.52), TABLE).durations(60)
    assert TABLE[int(durations.argmax())] == 0.5


def test_a_call_without_a_motif_weighs_less() -> None:
    """One note has nothing to come back; four have the full share."""
    shares = [motif_share(melody(*range(60, 60 + count)), 1.0) for count in (0, 1, 2, 4, 9)]
    assert shares == [0.0, LARGEST_SHARE / 4, LARGEST_SHARE / 2, LARGEST_SHARE, LARGEST_SHARE]


def test_an_empty_call_predicts_nothing() -> None:
    """Without a call the memory is all zeros, which mixes to the model."""
    memory = CallMemory((), TABLE)
    assert not memory.pitches().any()
    assert not memory.durations(60).any()


def test_a_memory_is_made_once_for_a_call() -> None:
    """Asking again for the same call gives the same memory."""
    call = tuple(melody(60, 62, 64))
    assert call_memory(call, TABLE) is call_memory(call, TABLE)


def test_a_motif_brings_its_lengths_along() -> None:
    """The third note of a motif, on whatever degree, is expected as long as it was in the call."""
    call = [Note(60, 0.5), Note(64, 0.5), Note(65, 2.0), Note(64, 0.5), Note(65, 0.5), Note(60, 0.5)]
    memory = CallMemory(call, TABLE)
    answer = [Note(67, 0.5), Note(71, 0.5)]
    lengths = memory.durations(72, answer)
    assert TABLE[int(lengths.argmax())] == 2.0
    assert lengths.max() > memory.durations(70, answer)[TABLE.index(2.0)]


@pytest.mark.parametrize(
    ("beats", "share"), [(0.25, 0.0), (1.0, 0.0), (2.0, 0.0), (4.0, LARGEST_SHARE), (16.0, LARGEST_SHARE)]
)
def test_held_notes_are_remembered_however_free_the_answer(beats: float, share: float) -> None:
    """What songs are not written in, the call says; what they are, it leaves to the model."""
    call = melody(60, 62, 64, 65, beats=beats)
    assert rhythm_share(call, 0.0) == share
    assert rhythm_share(call, 1.0) == LARGEST_SHARE
    assert rhythm_share((), 1.0) == motif_share((), 1.0) == 0.0
