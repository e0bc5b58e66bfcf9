"""The table of columns: what each says, its size, and what becomes of it in another key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checkpoint_folder import read_config, resolve
from engine.columns import DURATION_POINTERS, POINTERS, PULSE_COLUMNS, columns, shift_rows
from engine.errors import UserError
from engine.notes import Metre
from engine.tokenizer import Step, Tokenizer
from engine.tracker import Conditions, song_rows
from tests.melodies import NOTE, given_conditions, melodies


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


def test_the_pulse_tells_bars_of_one_length_apart() -> None:
    """Three quarters and six eighths are as long, and are divided otherwise; an upbeat counts from the bar."""
    steps = [Step(24, 2), Step(26, 1), Step(28, 1)]
    waltz, jig = Conditions(Metre(3.0, 2.0, 1.0)), Conditions(Metre(3.0, 2.0, 1.5))
    assert column("pulse", steps, waltz) == [3] * 4
    assert column("pulse", steps, jig) == [4] * 4
    # In sixteenths and one: from the third beat on, a beat to the bar line, then by halves.
    assert column("in_pulse", steps, waltz) == [1, 1, 3, 1]
    assert column("in_pulse", steps, jig) == [3, 1, 3, 5]


def test_a_pulse_that_is_not_told_leaves_the_bars_as_they_are() -> None:
    """A control may tell how long a bar is and not how it is divided."""
    steps = [Step(24, 2), Step(26, 1)]
    told, untold = Conditions(Metre(3.0, 2.0, 1.5)), Conditions(Metre(3.0, 2.0))
    for name in PULSE_COLUMNS:
        assert column(name, steps, untold) == column(name, steps) == [0, 0, 0]
    for name in ("metre", "bar_position", "to_barline", "bar_index", "lag_1"):
        assert column(name, steps, untold) == column(name, steps, told)


def test_lag_names_what_stood_four_bars_ago() -> None:
    """In a bar of two beats the step that began eight beats before the next one is named."""
    steps = [Step(20 + index, 2) for index in range(8)]
    assert column("lag_1", steps, Conditions(Metre(2.0)))[-1] == 20 + 1
    assert column("lag_2", steps, Conditions(Metre(2.0)))[-1] == 0


def test_bars_before_are_named_and_moved_along_the_scale() -> None:
    """In bars of two beats C E D F, then G: a bar before stood D F, so a third up would stand B, in the scale."""
    bars = Conditions(Metre(2.0))
    steps = [Step(token, 2) for token in (24, 28, 26, 29, 31)]
    assert column("bar_1", steps, bars)[-1] == 29 + 1
    assert column("bar_2", steps, bars)[-1] == 28 + 1
    assert column("bar_1_duration", steps, bars)[-1] == 2 + 1
    # D to F is a small third, and from G to B a large one, which counts once B was heard.
    assert column("bar_1_moved", steps, bars)[-1] == 34 + 1
    assert column("bar_1_moved", [Step(35, 2), Step(35, 2), *steps], bars)[-1] == 35 + 1
    # Two bars ago stood C E, a large third up.
    assert column("bar_2_moved", steps, bars)[-1] == 35 + 1
    assert column("bar_1", [*steps, Step(NOTE.rest, 2)], bars)[-1] == 31 + 1
    assert column("bar_1", steps[:1], bars)[-1] == column("bar_1_moved", steps[:2], bars)[-1] == 0


def test_bars_that_are_unknown_are_taken_for_four_beats_and_two_of_three() -> None:
    """So one of the two is right in 4/4 and one in 3/4."""
    steps = [Step(20 + index, 2) for index in range(7)]
    assert column("bar_1", steps)[-1] == 23 + 1
    assert column("bar_2", steps)[-1] == 21 + 1


def test_the_commoner_size_is_meant_even_from_the_same_place() -> None:
    """F F G F sharp G: a bar ago stood F sharp, and along the scale it is F, heard twice."""
    steps = [Step(token, 2) for token in (29, 29, 31, 30, 31)]
    assert column("bar_1", steps, Conditions(Metre(2.0)))[-1] == 30 + 1
    assert column("bar_1_moved", steps, Conditions(Metre(2.0)))[-1] == 29 + 1


def test_lag_moved_is_the_call_on_another_step() -> None:
    """Four bars of two beats later, a third higher: what stood there, moved along by as much."""
    steps = [Step(token, 2) for token in (24, 26, 28, 29, 31, 29, 28, 26, 28)]
    assert column("lag_1_moved", steps, Conditions(Metre(2.0)))[-1] == 29 + 1


def test_a_motif_returns_on_another_step_of_the_scale() -> None:
    """C E D, A C: a third up as before, though a smaller one, so what follows is a step down, long as it was."""
    steps = [Step(24, 2), Step(28, 2), Step(26, 0), Step(33, 2), Step(36, 2)]
    assert column("motif_match", steps)[-1] == 34 + 1
    assert column("motif_match_duration", steps)[-1] == 0 + 1
    assert column("motif_match_length", steps)[-1] == 1
    assert column("interval_match", steps)[-1] == 0
    # In another rhythm it is another motif.
    assert column("motif_match", [*steps[:-1], Step(36, 1)])[-1] == 0


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
    matched = np.array([("match" in name or "moved" in name) and "length" not in name for name in names])
    assert (rows[:, ~matched] == direct[:, ~matched]).all()
    both = (rows > 0) & (direct > 0)
    assert (rows[both] == direct[both]).all()


def test_the_first_pointer_is_the_last_sounding_pitch() -> None:
    """Distances are measured from the first pointer, whatever else the table lists."""
    assert POINTERS[0] == "last"


@pytest.mark.parametrize("name", ["essen", "essen-pitch"])
def test_shipped_checkpoints_find_their_columns_in_the_table(name: str) -> None:
    """Each column that a shipped checkpoint reads has the size that it was trained with, and points as it did."""
    config, tokenizer, _ = read_config(resolve(name))
    assert columns(tokenizer, config.feature_names) == config.features
    assert set(config.pointers) == {name for name in POINTERS if name in config.feature_names}
    assert set(config.duration_pointers) == {name for name in DURATION_POINTERS if name in config.feature_names}


@given(melodies, given_conditions)
@settings(max_examples=30, deadline=None)
def test_each_column_is_one_row_of_the_table(melody: tuple[Tokenizer, list[Step]], conditions: Conditions) -> None:
    """A column alone holds what it holds beside all others: no rule leans on another."""
    tokenizer, steps = melody
    whole = song_rows(tokenizer, steps, conditions)
    for place, (name, _) in enumerate(columns(tokenizer)):
        assert (song_rows(tokenizer, steps, conditions, [name])[:, 0] == whole[:, place]).all()


def test_an_unknown_column_is_named() -> None:
    """A checkpoint with columns of another version is refused by name."""
    with pytest.raises(UserError, match="wind_speed"):
        columns(NOTE, ("token", "wind_speed"))
