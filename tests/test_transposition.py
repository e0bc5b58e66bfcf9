"""A transposed call gets the equally transposed kind of answer: every rule that steers knows distances only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hearing.key import estimate_key, sampling_key
from engine.drawing.cadence import closing_bias
from engine.drawing.ending import Candidate, Ending
from engine.drawing.lengths import Lengths
from engine.drawing.pitch_bias import pitch_bias
from engine.messages import Goal
from engine.notes import Note

_CALLS = st.lists(st.builds(Note, st.integers(50, 75), st.sampled_from((0.5, 1.0, 2.0))), min_size=1, max_size=20)
_SEMITONES = st.integers(-24, 24)
_INSIDE = np.arange(24, 104)


def moved(notes: list[Note], semitones: int) -> list[Note]:
    """Return the melody some semitones away."""
    return [Note(note.pitch + semitones, note.duration_beats, note.rest_beats) for note in notes]


@given(_CALLS, _SEMITONES, st.floats(0.0, 1.0))
def test_the_lean_on_key_and_register_moves_with_the_call(call: list[Note], semitones: int, lock: float) -> None:
    """From the call to the bias of each pitch, following the key heard, everything moves by the same interval."""
    biases = []
    for heard in (call, moved(call, semitones)):
        pitches = [note.pitch for note in heard]
        biases.append(pitch_bias(sampling_key(estimate_key(heard), "follow", "follow", pitches), lock, pitches))
    assert biases[0][_INSIDE] == pytest.approx(biases[1][_INSIDE + semitones])


@given(_CALLS, _SEMITONES, st.floats(0.0, 20.0), st.floats(0.01, 0.99))
def test_endings_move_with_the_call(call: list[Note], semitones: int, beats: float, phrase_end: float) -> None:
    """What ends an answer, and what closing notes are leant on, moves by the same interval."""
    here, there = (
        Ending(
            Goal(length_beats=8.0),
            sampling_key(estimate_key(heard), "follow", "follow"),
            [note.duration_beats for note in heard],
            lengths=Lengths(()),
        )
        for heard in (call, moved(call, semitones))
    )
    final = Note(60, 1.0)
    assert here.odds(beats, Candidate(final, phrase_end)) == there.odds(
        beats, Candidate(moved([final], semitones)[0], phrase_end)
    )
    biases = [
        closing_bias(sampling_key(estimate_key(heard), "follow", "follow"), heard)
        for heard in (call, moved(call, semitones))
    ]
    assert biases[0] is not None
    assert biases[1] is not None
    assert biases[0][_INSIDE] == pytest.approx(biases[1][_INSIDE + semitones])
