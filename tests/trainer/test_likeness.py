"""What continuations are compared by."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.notes import Note
from trainer.likeness import (
    Continued,
    distance,
    divergence,
    interval_runs,
    intervals,
    is_stuck,
    key_of,
    repetition,
    runs_of,
    statistics_of,
)


def melody(*pitches: int) -> tuple[Note, ...]:
    return tuple(Note(pitch, 1.0) for pitch in pitches)


def test_divergence_is_zero_for_the_same_and_one_for_disjoint_counts() -> None:
    assert divergence(Counter({1: 2, 2: 4}), Counter({1: 1, 2: 2})) == pytest.approx(0.0)
    assert divergence(Counter("aab"), Counter("cd")) == pytest.approx(1.0)


def test_the_key_of_a_prompt_is_the_scale_that_fits() -> None:
    assert key_of(melody(67, 69, 71, 72, 74, 76, 78, 79)) == {7, 9, 11, 0, 2, 4, 6}
    assert key_of(melody(57, 60, 64, 57, 59, 60, 56, 57)) == {9, 11, 0, 2, 4, 5, 7}


def test_intervals_start_at_the_prompts_last_note() -> None:
    assert intervals([Continued(melody(60, 62), melody(64, 90))]) == Counter({2: 1, 13: 1})


def test_repetition_counts_4grams_that_end_in_the_continuation() -> None:
    assert repetition(Continued(melody(60, 62, 64, 65), melody(60, 62, 64, 65))) == (1, 4)
    assert repetition(Continued(melody(60, 60, 60, 60, 60), melody(61))) == (0, 1)


def test_a_loop_of_up_to_four_notes_is_stuck_and_a_repeated_phrase_is_not() -> None:
    for loop in ((60,), (60, 62), (60, 62, 64), (60, 62, 64, 65)):
        assert is_stuck(Continued(melody(70, 71), melody(*loop * 20)))
    assert not is_stuck(Continued(melody(70, 71), melody(*(60, 62, 64, 65, 67) * 10)))
    assert not is_stuck(Continued(melody(*(60,) * 30), melody(62, 64)))


def test_copied_runs_are_found_in_any_key_and_within_the_continuation_alone() -> None:
    tune = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 60]
    training = runs_of([tune])
    assert len(interval_runs(tune)) == 2
    copy = Continued(melody(50, 51), melody(*(pitch + 5 for pitch in tune)))
    report = statistics_of([copy], [copy], training)
    assert report["copied_runs"] == 1.0
    own = Continued(melody(*tune[:8]), melody(*tune[8:]))
    assert statistics_of([own], [own], training)["copied_runs"] == 0.0


def test_a_set_is_at_no_distance_from_itself_and_further_from_a_stuck_one() -> None:
    real = [Continued(melody(60, 62, 64), melody(65, 67, 69, 67, 65, 64, 62, 60))]
    stuck = [Continued(real[0].prompt, melody(*(61,) * 20))]
    of_real = statistics_of(real, real, frozenset())
    assert distance(of_real, of_real) == pytest.approx(0.0)
    assert distance(statistics_of(stuck, real, frozenset()), of_real) > 1.0
