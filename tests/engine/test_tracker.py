"""Rows: the same for whole songs and step by step, causal, rewindable."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.notes import Metre
from engine.tokenizer import Step, Tokenizer
from engine.tracker import Conditions, Tracker, song_rows
from tests.melodies import NOTE, given_conditions, melodies


def followed(tracker: Tracker, steps: list[Step]) -> np.ndarray:
    """Return the rows that a tracker gives for steps, one by one."""
    return np.array([tracker.append(step) for step in steps])


@given(melodies, given_conditions, st.data())
@settings(max_examples=150, deadline=None)
def test_rows_do_not_depend_on_how_they_came_about(
    melody: tuple[Tokenizer, list[Step]], conditions: Conditions, data: st.DataObject
) -> None:
    """Stepwise rows, rows after going astray and rewinding, and rows of the whole are the same."""
    tokenizer, steps = melody
    whole = song_rows(tokenizer, steps, conditions)
    tracker = Tracker(tokenizer, conditions=conditions)
    every = [*tokenizer.start_steps(), *steps]
    assert (followed(tracker, every) == whole).all()
    keep = data.draw(st.integers(0, len(every)))
    stray = data.draw(st.lists(st.sampled_from(every), max_size=8))
    tracker.rewind(keep)
    for step in stray:
        tracker.append(step)
    tracker.rewind(keep)
    assert len(tracker) == keep
    assert (followed(tracker, every[keep:]).reshape(-1, whole.shape[1]) == whole[keep:]).all()


@given(melodies, given_conditions, st.data())
@settings(max_examples=50, deadline=None)
def test_a_copy_goes_on_by_itself(
    melody: tuple[Tokenizer, list[Step]], conditions: Conditions, data: st.DataObject
) -> None:
    """A copy gives the rows that the tracker would have given, and neither hears of the other's steps."""
    tokenizer, steps = melody
    every = [*tokenizer.start_steps(), *steps]
    whole = song_rows(tokenizer, steps, conditions)
    keep = data.draw(st.integers(0, len(every)))
    tracker = Tracker(tokenizer, conditions=conditions)
    followed(tracker, every[:keep])
    copy = tracker.copy()
    for step in data.draw(st.lists(st.sampled_from(every), max_size=8)):
        tracker.append(step)
    assert (followed(copy, every[keep:]).reshape(-1, whole.shape[1]) == whole[keep:]).all()
    tracker.rewind(keep)
    assert (followed(tracker, every[keep:]).reshape(-1, whole.shape[1]) == whole[keep:]).all()


def test_a_copy_counts_its_own_pitch_classes() -> None:
    """What the one hears later of large thirds does not move the other's small ones."""
    steps = [Step(token, 2) for token in (24, 27, 26, 29)]
    whole, names = [*NOTE.start_steps(), *steps], ["bar_1_moved"]
    tracker = Tracker(NOTE, names, Conditions(Metre(2.0)))
    followed(tracker, whole)
    copy = tracker.copy()
    followed(tracker, [Step(33, 2)] * 5)
    # A bar ago stood a third up; from F it is A flat as long as no A was heard.
    assert copy.append(Step(29, 2)) == [32 + 1]


def test_a_history_longer_than_the_buffers_goes_on() -> None:
    """Matches are found across the growth of the histories."""
    steps = [Step((index * 7) % 13, 2) for index in range(1100)]
    assert song_rows(NOTE, steps, None, ["pitch_match"])[-1, 0] == (1100 * 7) % 13 + 1


def test_rewinding_within_a_long_repetition_keeps_the_longest_matches() -> None:
    """Matches longer than what is told apart are the same after going back as without."""
    steps = [Step(20 + index % 3, 2) for index in range(150)]
    tracker = Tracker(NOTE)
    whole = followed(tracker, [*NOTE.start_steps(), *steps])
    tracker.rewind(100)
    assert (followed(tracker, steps[99:]) == whole[100:]).all()
