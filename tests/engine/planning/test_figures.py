"""The table of figures as a whole; each figure's sentence is tried by subject in rules/."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Metre, Note
from engine.planning.figures import FIGURES, NAMES, table
from engine.planning.pair import Pair
from tests.engine.planning.rules import test_bars, test_call, test_end, test_filling, test_form, test_line
from tests.engine.planning.rules.tunes import CALL, figure

SUBJECTS = (test_bars, test_form, test_call, test_line, test_end, test_filling)


def test_every_figure_has_a_sentence() -> None:
    """No rule stands in the table untried, and no name twice; the likelihood is tried below."""
    assert {case[1] for subject in SUBJECTS for case in subject.CASES} == set(NAMES) - {"likelihood"}
    assert len(set(NAMES)) == len(FIGURES)


def test_the_likelihood_is_told_a_note_or_not_at_all() -> None:
    """Nats of the whole candidate are divided by its notes; unknown ones are no figure."""
    assert figure("likelihood", CALL, "C2 D2", cost=-3.0) == -1.5
    assert math.isnan(figure("likelihood", CALL, "C2 D2"))


def test_without_a_bar_nothing_is_said_of_bars() -> None:
    """What needs a bar is NaN without one, and the rest can still be told."""
    silent = {name for name in NAMES if math.isnan(figure(name, CALL, "G2 F2 E2 D2 C8", None))}
    bars = {"fills_bars", "left_of_bar", "upbeat_kept", "on_bar_lines", "over_bar_lines", "on_pulses"}
    assert silent == bars | {"long_off_pulse", "final_place", "final_on_pulse", "likelihood"}


melodies = st.lists(
    st.builds(
        Note, st.integers(0, 127), st.sampled_from((0.01, 0.25, 1 / 3, 0.5, 1.0, 4.0, 40.0)),
        st.sampled_from((0.0, 0.0, 0.5, 9.0)),
    ),
    min_size=1, max_size=12,
)  # fmt: skip
metres = st.none() | st.builds(Metre, st.sampled_from((1.5, 2.0, 3.0, 3.5, 5.0)), st.sampled_from((0.0, 0.5, 1.4)))


@given(melodies, melodies, metres)
def test_whatever_is_played_has_figures(call: list[Note], candidate: list[Note], metre: Metre | None) -> None:
    """One note, equal notes, chords' worth of leaps, odd bars: a number or NaN, never an error or infinity."""
    [row] = table([Pair(call, candidate, metre)])
    assert len(row) == len(NAMES)
    assert not any(math.isinf(value) for value in row)


@given(melodies, melodies, metres, st.integers(-5, 5))
def test_the_key_does_not_matter(call: list[Note], candidate: list[Note], metre: Metre | None, up: int) -> None:
    """Call and candidate moved together have the same figures."""

    def moved(notes: list[Note]) -> list[Note]:
        return [Note(20 + note.pitch % 80 + up, note.duration_beats, note.rest_beats) for note in notes]

    pair = [moved(melody) for melody in (call, candidate)]
    here, there = ([Note(n.pitch - up, n.duration_beats, n.rest_beats) for n in notes] for notes in pair)
    [one] = table([Pair(here, there, metre)])
    [other] = table([Pair(moved(call), moved(candidate), metre)])
    assert other == pytest.approx(one, nan_ok=True)
