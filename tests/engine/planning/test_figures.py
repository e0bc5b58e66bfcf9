"""Each figure says what its sentence says, on melodies that can be read off the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Metre, Note
from engine.planning.figures import FIGURES, NAMES, table
from engine.planning.pair import Pair

WHITE_KEYS = dict(zip("CDEFGABcdefg", (60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79), strict=True))
COMMON = Metre(4.0, 0.0, 1.0)
UPBEAT = Metre(4.0, 3.0, 1.0)


def tune(text: str) -> tuple[Note, ...]:
    """Return the notes of words like `C4`: a white key (c is C5) and a length in eighths; `z2` is a rest."""
    notes: list[Note] = []
    rest_beats = 0.0
    for word in text.split():
        beats = int(word[1:]) / 2
        if word[0] == "z":
            rest_beats += beats
            continue
        notes.append(Note(WHITE_KEYS[word[0]], beats, rest_beats))
        rest_beats = 0.0
    return tuple(notes)


def figure(name: str, call: str, candidate: str, metre: Metre | None = COMMON, cost: float | None = None) -> float:
    """Return one figure of a candidate behind a call."""
    [row] = table([Pair(tune(call), tune(candidate), metre, cost)])
    return row[NAMES.index(name)]


CALL = "C2 D2 E2 C2 E2 F2 G4"
CASES: Sequence[tuple[str, str, str, str, Metre | None, float]] = (
    ("two whole bars fill bars", "fills_bars", CALL, "G2 F2 E2 D2 C8", COMMON, 1.0),
    ("a breath of a beat before the next bar fills it too", "fills_bars", CALL, "G2 F2 E2 D2 C6", COMMON, 1.0),
    ("half a beat over the bar line does not", "fills_bars", CALL, "G2 F2 E2 D2 C8 C1", COMMON, 0.0),
    ("half a beat over leaves three and a half", "left_of_bar", CALL, "G2 F2 E2 D2 C8 C1", COMMON, 3.5),
    ("an upbeat is answered by an upbeat", "upbeat_kept", "G2 C2 D2 E2 C2 C6", "G2 F2 E2 D2 C2 C6", UPBEAT, 1.0),
    ("a rest may lead to it", "upbeat_kept", "G2 C2 D2 E2 C2 C4", "z2 G2 F2 E2 D2 C8", UPBEAT, 1.0),
    ("without the rest it is lost", "upbeat_kept", "G2 C2 D2 E2 C2 C4", "G2 F2 E2 D2 C8", UPBEAT, 0.0),
    ("a call of two bars has an answer of two", "bars_of_call", CALL, "G2 F2 E2 D2 C6", COMMON, 1.0),
    ("two and an eighth are three", "bars_of_call", CALL, "G2 F2 E2 D2 C8 C1", COMMON, 0.0),
    ("half a bar is missing", "unlike_length", CALL, "G2 F2 E2 D2 C4", COMMON, 0.5),
    ("a note begins on its only bar line", "on_bar_lines", CALL, "G2 F2 E2 D2 C8", COMMON, 1.0),
    ("a tie leaves the bar line bare", "on_bar_lines", CALL, "G2 F2 E2 D4 C6", COMMON, 0.0),
    ("and sounds over it", "over_bar_lines", CALL, "G2 F2 E2 D4 C6", COMMON, 1.0),
    ("two of its three pulses have onsets", "on_pulses", "C2 C2 C2 C2", "C2 C4 C2", COMMON, -1 / 3),
    ("two of three notes grow off the pulse", "long_off_pulse", CALL, "C1 C2 C4 C1", COMMON, 2 / 3),
    ("its second bar has a rhythm that the call has not", "new_rhythms", CALL, "C2 C2 C2 C2 C1 C7", COMMON, 0.5),
    ("the second bar has the first one's rhythm", "rhythm_returns", CALL, "C2 D2 E4 D2 E2 F4", COMMON, 1.0),
    ("two of four onsets are shared", "rhythm_goes_on", CALL, "C2 D2 E2 F2 C4 D4", COMMON, 0.5),
    ("a sequence has the contour of its model", "contour_returns", CALL, "C2 D2 E4 D2 E2 F4", COMMON, 1.0),
    ("the other way round is no sequence", "contour_returns", CALL, "C2 D2 E4 F2 E2 D4", COMMON, 0.0),
    ("its halves rhyme", "halves_rhyme", CALL, "C2 D2 E4 F2 E2 D4", COMMON, 1.0),
    ("but do not sing alike", "halves_sing_alike", CALL, "C2 D2 E4 F2 E2 D4", COMMON, 0.0),
    ("bar by bar the rhythm of the call", "rhythm_of_call", CALL, "C2 C2 C2 C2 C2 C2 C4", COMMON, 1.0),
    ("each bar has a model in the call", "cells_of_call", CALL, "C2 C2 C4 C2 C2 C4", COMMON, 1.0),
    ("the last bars have one rhythm", "last_bar_of_call", CALL, "C8 C2 C2 C4", COMMON, 1.0),
    ("a third higher is the call's contour", "contour_of_call", CALL, "E2 F2 G2 E2 G2 A2 B4", COMMON, 1.0),
    ("a third higher needs other semitones", "motifs_of_call", CALL, "E2 F2 G2 E2", COMMON, 0.0),
    ("the call's steps on the fifth", "motifs_of_call", CALL, "G2 A2 B2 G2", COMMON, 1.0),
    ("three quarters in a row, as in the call", "rhythms_of_call", CALL, "G2 G2 G2", COMMON, 1.0),
    ("half of it stands in the call", "copied", CALL, "C2 D2 G2 G2", COMMON, 0.5),
    ("three notes in a row are the call's", "longest_quotation", CALL, "E2 F2 G4 C2", COMMON, 0.75),
    ("its peak stands in the middle", "peak_place", CALL, "C2 E2 G2 E2", COMMON, 0.5),
    ("the peak is reached twice", "peaks", CALL, "C2 G2 E2 G2 C2", COMMON, 2.0),
    ("a fifth less wide than the call", "compass", CALL, "C2 C2", COMMON, -7.0),
    ("an octave higher", "register", "C2 E2 G2", "c2 e2 g2", COMMON, 12.0),
    ("the peak is a fourth above the call's", "top_of_call", CALL, "c2 G2", COMMON, 5.0),
    ("fifths beside seconds", "step_size", "C2 D2 E2", "C2 G2 C2", COMMON, 5.0),
    ("one step of two is a leap", "leaps", CALL, "C2 D2 A2", COMMON, 0.5),
    ("a leap that goes on in its direction", "leaps_left_open", CALL, "C2 G2 A2", COMMON, 1.0),
    ("a leap that is filled", "leaps_left_open", CALL, "C2 G2 F2", COMMON, 0.0),
    ("to and fro", "seesaws", CALL, "C2 D2 C2 D2", COMMON, 1.0),
    ("half its steps stay, none of the call's", "repeated_notes", CALL, "C2 C2 D2", COMMON, 0.5),
    ("three strikes in a row", "hammered", CALL, "C2 D2 D2 D2 C2", COMMON, 3.0),
    ("it turns at each step", "turns", CALL, "C2 D2 C2 D2", COMMON, 1.0),
    ("one pitch of four notes beside four of four", "variety", "C2 D2 E2 F2", "C2 C2 C2 C2", COMMON, -1.5),
    ("a fourth up from the call's end", "first_step", CALL, "c2 G2", COMMON, 5.0),
    ("it begins on the call's first pitch", "begins_as_call", CALL, "C2 G2", COMMON, 0.0),
    ("one of two notes is new", "foreign_notes", CALL, "C2 B2", COMMON, 0.5),
    ("home", "ends_on_tonic", CALL, "G2 F2 E2 D2 C8", COMMON, 1.0),
    ("not home, but in its triad", "ends_on_tonic", CALL, "G2 F2 E8", COMMON, 0.0),
    ("the third is in the triad", "ends_in_triad", CALL, "G2 F2 E8", COMMON, 1.0),
    ("the call ended on G", "ends_as_call", CALL, "C2 G2", COMMON, 1.0),
    ("an open call is closed", "closes_open_call", CALL, "G2 D2 C4", COMMON, 1.0),
    ("a closed call needs no closing", "closes_open_call", "C2 E2 G2 D2 C8", "G2 D2 C4", COMMON, 0.0),
    ("G sounds a quarter of the call", "final_weight", CALL, "C2 G2", COMMON, 0.25),
    ("twice as long as usual", "final_length", CALL, "C2 G4", COMMON, 1.0),
    ("as long as the call's last", "final_length_of_call", CALL, "C2 G4", COMMON, 0.0),
    ("its last note stands where the call's did", "final_place", CALL, "C4 G4", COMMON, 1.0),
    ("an eighth late it is off the pulse", "final_on_pulse", CALL, "C5 G3", COMMON, 0.0),
    ("the last step is a fourth", "final_step", CALL, "D2 G2", COMMON, 5.0),
    ("and goes up", "final_falls", CALL, "D2 G2", COMMON, -1.0),
    ("one note of two has a rest before it", "rests", CALL, "C2 D2 z2 E2", COMMON, 0.5),
    ("the rest before the answer is none of its own", "rests", CALL, "z2 C2 D2 E2", COMMON, 0.0),
    ("the call had as many", "rests_of_call", "C2 D2 z2 E2", "C2 D2 z2 E2", COMMON, 0.0),
    ("twice as dense", "density", "C2 C2", "C1 C1", COMMON, 1.0),
    ("half as dense is as far", "unlike_density", "C2 C2", "C4 C4", COMMON, 1.0),
    ("eighths are not in the call", "foreign_lengths", CALL, "C1 C1 C2 C4", COMMON, 0.5),
    ("nothing in common", "lengths_apart", "C2 C2", "C1 C1", COMMON, 1.0),
    ("every length is another", "length_changes", "C2 C2 C2", "C1 C2 C1", COMMON, 1.0),
    ("an inner note of twice the call's longest", "longest_note", "C2 C2", "C4 C2", COMMON, 1.0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "name", "call", "candidate", "metre", "value"),
    CASES,
    ids=[f"{case[1]}: {case[0]}" for case in CASES],
)
def test_a_figure_says_what_its_sentence_says(
    sentence: str, name: str, call: str, candidate: str, metre: Metre | None, value: float
) -> None:
    """The rule gives the value that can be counted by hand."""
    assert figure(name, call, candidate, metre) == pytest.approx(value), sentence


def test_every_figure_has_a_sentence() -> None:
    """No rule stands in the table untried, and no name twice; the likelihood is tried below."""
    assert {case[1] for case in CASES} == set(NAMES) - {"likelihood"}
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
