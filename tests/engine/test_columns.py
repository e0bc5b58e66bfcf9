"""Rows: the same for whole songs and step by step, causal, rewindable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.columns import (
    DURATION_POINTERS,
    NOTE_COLUMNS,
    PITCH_COLUMNS,
    POINTERS,
    Conditions,
    Tracker,
    columns,
    shift_rows,
    song_rows,
)
from engine.errors import UserError
from engine.notes import Metre
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Step, Tokenizer

NOTE = NoteTokenizer(styles=("China", "Irland"), duration_table=(0.25, 0.5, 1.0, 2.0))
PAPER = PitchTokenizer()

# Few pitches and lengths, so that repetitions are frequent.
note_steps = st.lists(
    st.builds(Step, st.sampled_from((20, 22, 24, 25, 27, NOTE.rest, NOTE.unk)), st.integers(0, 3)), max_size=60
)
paper_steps = st.lists(st.builds(Step, st.sampled_from((10, 12, 14, 15, PAPER.unk))), max_size=60)
given_conditions = st.builds(
    Conditions,
    st.none() | st.builds(Metre, st.sampled_from((1.5, 2.0, 3.0, 4.0, 7.25)), st.sampled_from((0.0, 0.5, 1.0))),
    st.booleans(),
    st.sampled_from(("any", "China", "nowhere")),
)
melodies = st.one_of(st.tuples(st.just(NOTE), note_steps), st.tuples(st.just(PAPER), paper_steps))


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
@settings(max_examples=80, deadline=None)
def test_rows_are_causal_and_within_their_bounds(
    melody: tuple[Tokenizer, list[Step]], conditions: Conditions, data: st.DataObject
) -> None:
    """A row depends on nothing that comes later, and each value fits its column's embedding."""
    tokenizer, steps = melody
    whole = song_rows(tokenizer, steps, conditions)
    cut = data.draw(st.integers(0, len(steps)))
    assert (song_rows(tokenizer, steps[:cut], conditions) == whole[: cut + 1]).all()
    sizes = np.array([size for _, size in columns(tokenizer)])
    assert (whole >= 0).all()
    assert (whole < sizes).all()


@given(melodies, given_conditions, st.integers(-9, 9))
@settings(max_examples=80, deadline=None)
def test_shifted_rows_are_those_of_the_transposed_melody(
    melody: tuple[Tokenizer, list[Step]], conditions: Conditions, semitones: int
) -> None:
    """Moving the rows equals moving the melody, as long as no match points outside the vocabulary."""
    tokenizer, steps = melody
    names = [name for name, _ in columns(tokenizer)]
    moved = [
        step._replace(token=step.token + semitones) if step.token < tokenizer.n_pitches else step for step in steps
    ]
    rows = shift_rows(song_rows(tokenizer, steps, conditions), names, tokenizer.n_pitches, semitones)
    direct = song_rows(tokenizer, moved, Conditions(conditions.metre, True, conditions.style))
    matched = np.array(["match" in name and "length" not in name for name in names])
    assert (rows[:, ~matched] == direct[:, ~matched]).all()
    both = (rows > 0) & (direct > 0)
    assert (rows[both] == direct[both]).all()


def column(name: str, steps: list[Step], conditions: Conditions | None = None) -> list[int]:
    """Return one column of a melody's rows."""
    rows = song_rows(NOTE, steps, conditions or Conditions(), [name])
    return [int(value) for value in rows[:, 0]]


def test_match_names_what_followed_the_last_time() -> None:
    """After C D E C D the pitch match says E, with a match of two."""
    steps = [Step(token, 2) for token in (24, 26, 28, 24, 26)]
    assert column("pitch_match", steps)[-1] == 28 + 1
    assert column("pitch_match_length", steps)[-1] == 2


def test_interval_match_is_moved_to_where_the_melody_is() -> None:
    """After C D Eb, G A the interval match says Bb: what followed a rising tone, a fifth higher."""
    steps = [Step(token, 2) for token in (24, 26, 27, 31, 33)]
    assert column("interval_match", steps)[-1] == 34 + 1
    assert column("pitch_match", steps)[-1] == 0


def test_second_match_is_another_way_to_go_on() -> None:
    """Of equally long matches the latest is first; the second is the latest that went on otherwise."""
    steps = [Step(token, 2) for token in (24, 26, 27, 24, 26, 31, 24, 26)]
    assert column("interval_match", steps)[-1] == 31 + 1
    assert column("interval_match_2", steps)[-1] == 27 + 1


def test_bar_position_is_that_of_the_next_step() -> None:
    """In 3/4 with an upbeat of one beat the first note ends at the barline."""
    steps = [Step(24, 2), Step(26, 2), Step(28, 1)]
    conditions = Conditions(Metre(3.0, 2.0))
    assert column("bar_position", steps, conditions) == [9, 1, 5, 7]
    assert column("to_barline", steps, conditions) == [5, 13, 9, 7]
    assert column("bar_index", steps, conditions) == [1, 2, 2, 2]
    assert column("bar_position", steps) == [0, 0, 0, 0]


def test_lag_names_what_stood_four_bars_ago() -> None:
    """In a bar of two beats the step that began eight beats before the next one is named."""
    steps = [Step(20 + index, 2) for index in range(8)]
    assert column("lag_1", steps, Conditions(Metre(2.0)))[-1] == 20 + 1
    assert column("lag_2", steps, Conditions(Metre(2.0)))[-1] == 0


def test_pointer_columns_exist_for_their_vocabularies() -> None:
    """The columns that heads point with are columns."""
    assert set(POINTERS) | set(DURATION_POINTERS) <= set(NOTE_COLUMNS)
    assert POINTERS[0] in PITCH_COLUMNS


def test_an_unknown_column_is_named() -> None:
    """A checkpoint with columns of another version is refused by name."""
    with pytest.raises(UserError, match="wind_speed"):
        columns(NOTE, ("token", "wind_speed"))


def test_a_history_longer_than_the_buffers_goes_on() -> None:
    """Matches are found across the growth of the histories."""
    steps = [Step((index * 7) % 13, 2) for index in range(1100)]
    assert column("pitch_match", steps)[-1] == (1100 * 7) % 13 + 1


def test_rewinding_within_a_long_repetition_keeps_the_longest_matches() -> None:
    """Matches longer than what is told apart are the same after going back as without."""
    steps = [Step(20 + index % 3, 2) for index in range(150)]
    tracker = Tracker(NOTE)
    whole = followed(tracker, [*NOTE.start_steps(), *steps])
    tracker.rewind(100)
    assert (followed(tracker, steps[99:]) == whole[100:]).all()
