"""The filter that follows a melody: engine/metre_filter.py."""

from __future__ import annotations

import numpy as np

from engine.metre_filter import Filter
from engine.metre_net import Net
from engine.notes import Note

NET = Net.shipped()
NOTES = [Note(60, 1.0), Note(64, 0.5, 0.5), Note(62, 2.0), Note(67, 1.0)]


def heard(notes: list[Note], ended: bool = True) -> Filter:
    """Return a filter behind these notes; ended: a phrase ends with the last one."""
    found = Filter(NET, NET.start)
    for index, note in enumerate(notes):
        found.append(note, ended and index == len(notes) - 1)
    return found


def test_what_was_believed_before_the_latest_notes_is_kept() -> None:
    """After each of the first notes, and before them, as when no more had been heard; chances sum to 1."""
    found = heard(NOTES)
    assert np.array_equal(found.log_after(2), heard(NOTES[:2], ended=False).log)
    assert np.array_equal(found.log_after(0), NET.start)
    assert np.array_equal(found.log_after(4), found.log)
    assert np.isclose(np.exp(found.log).sum(), 1.0)


def test_before_the_first_note_the_start_is_believed() -> None:
    """Nothing is heard yet."""
    assert np.array_equal(Filter(NET, NET.changed).log, NET.changed)


def test_notes_can_be_taken_back() -> None:
    """What is believed depends on the notes that stand, and on the known end, alone."""
    found = heard(NOTES)
    found.rewind(1)
    found.append(NOTES[3], False)
    assert np.array_equal(found.log, heard([NOTES[0], NOTES[3]], ended=False).log)
    assert not np.array_equal(found.log, heard([NOTES[0], NOTES[3]]).log)
