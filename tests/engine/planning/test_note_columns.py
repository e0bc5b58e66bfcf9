"""What the critic reads of notes: a word for each note of a call and of candidates to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Metre, Note
from engine.planning.note_columns import COLUMNS, MOST_NOTES, note_columns
from engine.planning.pair import Pair
from tests.engine.planning.rules.tunes import COMMON, tune
from tests.engine.planning.test_figures import melodies, metres

NAMES = [name for name, _ in COLUMNS]
SIZES = np.array([size for _, size in COLUMNS])
CALL = "C2 D2 E2 C2 E2 F2 G4"


def column(name: str, call: str, candidate: str, metre: Metre | None = COMMON) -> list[int]:
    """Return one column of a candidate's notes."""
    found = note_columns([Pair(tune(call), tune(candidate), metre)])
    return [int(value) for value in found.answers[0, :, NAMES.index(name)]]


def test_a_note_is_told_by_degree_interval_and_place() -> None:
    """An answer in C on the beat: its degrees, its steps from the call's last note on, eighths of a beat."""
    assert column("degree", CALL, "G2 E2 C4") == [7, 4, 0]
    assert column("interval", CALL, "G2 E2 C4") == [14, 11, 10]
    assert column("place", CALL, "G2 E2 C4") == [1, 9, 17]
    assert column("place", CALL, "G2 E2 C4", None) == [0, 0, 0]
    assert column("from_last", CALL, "G2 E2 C4") == [12, 9, 5]


def test_height_is_told_from_the_calls_mean() -> None:
    """The call's time-weighted mean is 20; a half goes up in every key."""
    assert column("height", "C2 E2", "D2 C2 G2") == [20, 18, 25]
    call = (Note(60, 1.0), Note(63, 1.0))
    for up in range(12):
        moved = [Note(note.pitch + up, note.duration_beats) for note in call]
        found = note_columns([Pair(moved, moved, COMMON)])
        assert found.answers[0, :, NAMES.index("height")].tolist() == [18, 21]


def test_lengths_and_distances_are_told_apart() -> None:
    """A note is told by its own length, and by how long ago the one before began."""
    assert column("duration", "C2 C2", "C4 z2 C1 C2") == [13, 6, 9]
    assert column("onset_interval", "C2 C2", "C4 z2 C1 C2") == [9, 15, 6]


def test_bars_and_modes_have_kinds() -> None:
    """The kind of the bar is the nearest of those that are known; 0 is none; a minor third is told."""
    assert column("bar", "C8", "C2", Metre(3.0)) == [3]
    assert column("bar", "C8", "C2", None) == [0]
    assert column("minor", "A2 B2 c2 d2 e2 A4", "A2") == [1]
    assert column("minor", CALL, "C2") == [0]


def test_notes_and_bars_are_counted_from_where_each_begins() -> None:
    """The answer is counted anew; bars of two beats are taken in twos."""
    assert column("index", CALL, "C4 C4 C4") == [0, 1, 2]
    assert column("bars_before", CALL, "C4 C4 C4 C4 C4", Metre(2.0)) == [0, 0, 1, 1, 2]


def test_the_end_is_seen_coming() -> None:
    """Notes and bars that are left are counted down to 0."""
    assert column("notes_left", CALL, "G2 E2 C4 C4 C4") == [4, 3, 2, 1, 0]
    assert column("bars_left", CALL, "G2 E2 C4 C4 C4") == [1, 1, 1, 0, 0]


def test_a_rest_is_told_of_the_note_behind_it() -> None:
    """A rest inside is seen, and so is one between call and answer."""
    some = column("rest", CALL, "z2 G2 E2 z2 C4")
    assert some[0] == some[2] > 0 == some[1]


def test_what_comes_back_is_heard() -> None:
    """A bar later: 6 the same note, 5 the same step and length, 4 the same pitch only, 2 another, 1 none.

    And 0 where nothing was before.
    """
    assert column("echo_1", "C8", "C2 D2 E4 C2 D2 F4") == [4, 1, 1, 6, 6, 2]
    assert column("echo_1", "C2 D2 E4", "D2 E2 F4") == [2, 5, 2]
    assert column("echo_8", "C2 D2 E4", "D2 E2 F4") == [0, 0, 0]
    assert column("as_call", "C2 D2 E4", "C2 D2 E2 E2") == [6, 6, 4, 1]
    assert column("as_call", "C4 E4", "C4 E4 C4") == [6, 6, 6]  # behind the call's end, the answer's own
    assert column("echo_2", "C8 D8", "C8 D8") == [6, 6]
    assert column("echo_4", "C8 D8", "C8 D8") == [0, 0]
    assert column("echo_4", "C8 D8 E8 F8", "C8 D8") == [6, 6]


def test_shorter_candidates_read_as_they_do_alone() -> None:
    """What is read of a candidate does not depend on those that stand beside it."""
    texts = ("G2 E2 C4", "G2 F2 E2 D2 C8", "C8")
    together = note_columns([Pair(tune(CALL), tune(text), COMMON) for text in texts])
    for index, text in enumerate(texts):
        alone = note_columns([Pair(tune(CALL), tune(text), COMMON)])
        assert together.answers[index][together.there[index]].tolist() == alone.answers[0].tolist()
        assert together.call.tolist() == alone.call.tolist()


@given(melodies, st.lists(melodies, min_size=1, max_size=3), metres)
def test_whatever_is_played_fits_the_columns(
    call: list[Note], candidates: list[list[Note]], metre: Metre | None
) -> None:
    """Every note is told, by numbers within each column's range."""
    found = note_columns([Pair(call, each, metre) for each in candidates])
    assert found.there.sum(1).tolist() == [len(each) for each in candidates]
    assert len(found.call) == len(call)
    for rows in (found.call, found.answers):
        assert (rows >= 0).all()
        assert (rows < SIZES).all()


def test_of_long_melodies_some_notes_are_read() -> None:
    """A call of two hundred notes, and such an answer, do not outgrow the net."""
    long = [Note(60 + index % 7, 0.5) for index in range(200)]
    found = note_columns([Pair(long, long, COMMON), Pair(long, long[:3], COMMON)])
    assert len(found.call) == MOST_NOTES
    assert found.answers.shape[1] == MOST_NOTES
    assert found.there.sum(1).tolist() == [MOST_NOTES, 3]
    assert found.call[-1, NAMES.index("notes_left")] == 0
    assert found.answers[0, 0, NAMES.index("index")] == 0


def test_nothing_to_read_is_refused() -> None:
    """Without a candidate there is no call either."""
    with pytest.raises(ValueError, match="candidate"):
        note_columns([])
