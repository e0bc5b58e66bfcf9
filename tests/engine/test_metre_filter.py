"""The filter that follows a melody in one unit of time: engine/metre_filter.py."""

from __future__ import annotations

import numpy as np

from engine.bars import BARS, BASE, KIND, LENGTH, N_STATES, PLACE
from engine.metre_filter import Filter, in_longer_values
from engine.metre_net import Net
from engine.notes import Note

NET = Net.shipped()
NOTES = [Note(60, 1.0), Note(64, 0.5, 0.5), Note(62, 2.0), Note(67, 1.0)]


def heard(notes: list[Note], times: int = 1, ended: bool = True) -> Filter:
    """Return a filter behind these notes; ended: a phrase ends with the last one."""
    found = Filter(NET, times, NET.start)
    for index, note in enumerate(notes):
        found.append(note, ended and index == len(notes) - 1)
    return found


def test_hearing_in_longer_values_is_hearing_longer_notes() -> None:
    """In twice the values is believed what is believed of notes twice as long; chances sum to 1."""
    longer = [Note(note.pitch, 2 * note.duration_beats, 2 * note.rest_beats) for note in NOTES]
    assert np.array_equal(heard(NOTES, 2).log, heard(longer).log)
    assert np.isclose(np.exp(heard(NOTES, 2).log).sum(), 1.0)


def test_before_the_first_note_the_start_is_believed() -> None:
    """Nothing is heard yet."""
    assert np.array_equal(Filter(NET, 2, NET.changed).log, NET.changed)


def test_notes_can_be_taken_back() -> None:
    """What is believed depends on the notes that stand, and on the known end, alone."""
    found = heard(NOTES)
    found.rewind(1)
    found.append(NOTES[3], False)
    assert np.array_equal(found.log, heard([NOTES[0], NOTES[3]], ended=False).log)
    assert not np.array_equal(found.log, heard([NOTES[0], NOTES[3]]).log)


def test_in_longer_values_bars_are_longer_and_their_lines_are_bar_lines() -> None:
    """A bar of double the length where there is one, of the same family of beats; else half of that bar."""
    states = in_longer_values(2)
    assert np.array_equal(in_longer_values(1), np.arange(N_STATES))
    for state, then in enumerate(states):
        assert LENGTH[then] in (2 * LENGTH[state], LENGTH[state])
        assert PLACE[then] == 2 * PLACE[state] % LENGTH[then]
    assert [BARS[KIND[state]] for state in states[np.unique(BASE)]] == [
        *((4.0, 1.0), (8.0, 2.0), (8.0, 2.0), (3.0, 1.0), (6.0, 2.0), (6.0, 2.0)),
        *((3.0, 1.5), (6.0, 3.0), (6.0, 3.0)),
    ]
