"""What pulls at the notes of an answer: engine/drawing/continuation.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.drawing.continuation import ANYTHING, Continuation
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Note
from engine.tokenizer import NoteTokenizer, PitchTokenizer

NOTE = Sounding(NoteTokenizer(), 0)
PITCH = Sounding(PitchTokenizer(), 0)
CALL = [Note(60, 1.0), Note(62, 0.5), Note(64, 0.5), Note(67, 2.0)]
FREE = Sampling(key_lock=0.0)


def continuation(sampling: Sampling = FREE, goal: Goal | None = None, sounding: Sounding = NOTE) -> Continuation:
    """Return an answer to the call that has no note yet and no end."""
    return Continuation(sampling, goal or Goal(call_notes=4), CALL, [], sounding, endless=True)


def test_nothing_but_pitches_is_drawn_for_a_pitch() -> None:
    """End of text, unknown and rest are out of the question."""
    bias = continuation().pull_on_pitch(ANYTHING, []).bias
    assert np.isfinite(bias[:61]).all()
    assert not np.isfinite(bias[61:]).any()


def test_the_loop_guard_adds_to_what_the_request_says() -> None:
    """Behind a note heard a dozen times that note alone is pulled down, by the guard's strength."""
    guarded = continuation().pull_on_pitch(ANYTHING, [60] * 12).bias
    plain = continuation().pull_on_pitch(ANYTHING, []).bias
    assert np.flatnonzero(guarded != plain).tolist() == [60 - 36]


def test_the_memory_pulls_by_the_share_of_the_closeness() -> None:
    """At closeness 0 nothing is remembered; above it pitches and, for a note, lengths are."""
    assert continuation().pull_on_pitch(ANYTHING, []).remembered is None
    near = continuation(replace(FREE, closeness=0.5))
    for pull in (near.pull_on_pitch(ANYTHING, []), near.pull_on_duration(ANYTHING, 0.0, 60)):
        assert pull.remembered is not None
        assert pull.remembered.sum() == pytest.approx(1.0)
        assert pull.share == pytest.approx(0.45)


def test_a_length_fits_behind_its_rest() -> None:
    """Of two beats a rest of one leaves one; before the first note, a rest is none of the answer."""
    wish = replace(ANYTHING, longest_beats=2.0)
    answer = continuation()
    durations = answer.lengths.beats
    assert durations[np.isfinite(answer.pull_on_duration(wish, 1.0, 60).bias)].max() == 2.0
    answer.add(Note(60, 1.0))
    assert durations[np.isfinite(answer.pull_on_duration(wish, 1.0, 60).bias)].max() == 1.0


def test_a_borrowed_rhythm_goes_round_and_is_cut_to_what_fits() -> None:
    """A checkpoint without lengths takes the call's, in turn; the rest before the answer is the given one."""
    goal = Goal(call_notes=4, rhythm=((1.0, 0.5), (2.0, 0.25)), lead_rest_beats=0.75)
    answer = continuation(goal=goal, sounding=PITCH)
    taken = []
    for longest in (9.0, 9.0, 1.0):
        beats, rest_beats = answer.borrowed_rhythm(replace(ANYTHING, longest_beats=longest))
        taken.append((beats, rest_beats))
        answer.add(Note(60, beats, rest_beats))
    assert taken == [(1.0, 0.75), (2.0, 0.25), (0.5, 0.5)]


def test_a_call_of_held_notes_lends_its_lengths_and_no_pitch() -> None:
    """However free the answer is, it is about as slow; where to go is the model's."""
    held = Continuation(FREE, Goal(call_notes=2), [Note(60, 4.0), Note(67, 4.0)], [], NOTE, endless=True)
    assert held.pull_on_pitch(ANYTHING, []).remembered is None
    pull = held.pull_on_duration(ANYTHING, 0.0, 60)
    assert pull.remembered is not None
    assert held.lengths.beats[pull.remembered.argmax()] == 4.0


@pytest.mark.parametrize("seed", range(40))
def test_what_stands_of_an_answer_is_never_longer_than_the_rest_may_sound(seed: int) -> None:
    """Drawn on by another seed, it may have sounded into the breath already: then it fills its bars."""
    goal = Goal(length_beats=8.0, exact=True, breath_beats=1.0, call_notes=2)
    stands = [Note(60, 1.0)] * 7 + [Note(62, 0.5)]
    answer = Continuation(FREE, goal, [Note(60, 6.0), Note(62, 1.0)], stands, NOTE, seed=seed)
    wish = answer.wish(lambda: 0.0)
    assert (wish.left_beats, wish.closing) == (0.5, True)
