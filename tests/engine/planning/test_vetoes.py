"""What no answer should be: engine/planning/vetoes.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.notes import Note, figure
from engine.planning.vetoes import is_copy, is_echo, is_hammered, is_heard

TUNE = tuple(Note(60 + index * 5 % 12, 0.5 + 0.5 * (index % 2)) for index in range(10))


def test_an_answer_that_was_heard_is_known_again() -> None:
    """The same pitches and durations are the same answer, whatever the rests; one other length is another."""
    assert is_heard(TUNE, [figure(TUNE)])
    assert is_heard([replace(TUNE[0], rest_beats=2.0), *TUNE[1:]], [figure(TUNE)])
    assert not is_heard([*TUNE[:4], replace(TUNE[4], duration_beats=3.0), *TUNE[5:]], [figure(TUNE)])
    assert not is_heard([replace(note, pitch=note.pitch + 1) for note in TUNE], [figure(TUNE)])


def test_an_answer_that_was_cut_was_heard_as_far_as_it_sounded() -> None:
    """What begins with all that sounded of a cut answer is that answer; two notes are anybody's beginning."""
    assert is_heard(TUNE, [figure(TUNE[:3])])
    assert not is_heard(TUNE, [figure(TUNE[:2])])
    assert is_heard(TUNE[:2], [figure(TUNE)])


@pytest.mark.parametrize(("kept", "copy"), [(4, False), (5, False), (6, True), (10, True)])
def test_more_than_half_of_the_call_in_a_row_is_a_copy(kept: int, copy: bool) -> None:
    """Wherever it stands in the answer, with its rhythm."""
    answer = [Note(80, 1.0), *TUNE[:kept], Note(81, 1.0)]
    assert is_copy(TUNE, answer) is copy
    assert not is_copy(TUNE, [replace(note, duration_beats=0.25) for note in answer])


def test_a_short_call_may_come_back_as_a_motif() -> None:
    """Four notes are no copy, even when they are the whole call."""
    assert not is_copy(TUNE[:4], TUNE[:4])
    assert not is_copy((), TUNE)


def test_a_pitch_struck_more_often_in_a_row_than_the_call_does_is_hammered() -> None:
    """Five times in a row are too many, unless the call does so too."""
    five = [Note(60, 0.5)] * 5
    assert is_hammered(TUNE, five)
    assert not is_hammered(TUNE, five[:4])
    assert not is_hammered(five, five)


def test_one_or_two_notes_are_not_answered_by_nothing_but_them() -> None:
    """In whatever rhythm and order; another pitch is enough to make it an answer, and longer calls have motifs."""
    call = [Note(60, 4.0), Note(67, 4.0)]
    assert is_echo(call, [Note(67, 1.0), Note(60, 3.0), Note(60, 4.0)])
    assert not is_echo(call, [Note(67, 4.0), Note(62, 4.0)])
    assert not is_echo([], [Note(60, 4.0)])
    assert not is_echo([*call, Note(60, 1.0)], call)
