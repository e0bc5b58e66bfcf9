"""What was heard, and where its bars lie."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.answering.transcript import MEMORY_NOTES, Transcript
from bridge.time.bars import Place
from engine.notes import Note


def test_a_long_session_forgets_its_beginning() -> None:
    """A transcript longer than the memory is cut to its newest half; a shorter one is left alone."""
    notes = [Note(60 + i % 12, 1.0) for i in range(MEMORY_NOTES + 1)]
    transcript = Transcript()
    transcript.add(notes[:-1], Place())
    transcript.trim()
    assert transcript.notes == tuple(notes[:-1])
    transcript.add(notes[-1:], Place())
    transcript.trim()
    assert transcript.notes == tuple(notes[-MEMORY_NOTES // 2 :])


@given(st.lists(st.sampled_from([0.5, 1.0, 1.5]), min_size=MEMORY_NOTES + 1, max_size=MEMORY_NOTES + 9))
def test_forgetting_the_front_leaves_the_bar_lines_where_they_are(durations: list[float]) -> None:
    """An entrance stands in the same place of the bar before and after the front is forgotten."""
    transcript = Transcript()
    transcript.add([Note(60, duration) for duration in durations], Place(0.0, 3.0))
    before = transcript.placed(1001.0, 4.0).rest_beats
    transcript.trim()
    assert transcript.placed(1001.0, 4.0).rest_beats == before


def test_asking_for_a_place_changes_nothing() -> None:
    """Only notes that are entered fix the upbeat."""
    transcript = Transcript()
    assert transcript.placed(3.0, 4.0) == Place(0.0, 3.0)
    assert transcript.place == Place()
    assert transcript.placed(2.0, 4.0) == Place(0.0, 2.0)
