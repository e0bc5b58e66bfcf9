"""Notes, ties and rests gathered in beats, and where a melody begins in its bar."""

from __future__ import annotations

import pytest

from engine.notes import Metre, Note
from trainer.readers.melody_builder import MelodyBuilder, metre_of, upbeat_beats
from trainer.readers.reader import ReadError


def test_rests_belong_to_the_note_after_and_ties_to_the_note_before() -> None:
    builder = MelodyBuilder()
    builder.rest(0.5)
    builder.note(60, 1.0)
    builder.lengthen(0.5)
    builder.note(62, 1.0)
    builder.rest(2.0)
    song = builder.song("a", None, "", "a", phrases_marked=False)
    assert song.notes == (Note(60, 1.5, 0.5), Note(62, 1.0))
    assert (song.final_rest_beats, builder.position_beats, builder.last_pitch) == (2.0, 5.0, None)


@pytest.mark.parametrize(("pitch", "beats"), [(128, 1.0), (-1, 1.0), (60, 0.0)])
def test_notes_that_midi_lacks_are_refused(pitch: int, beats: float) -> None:
    with pytest.raises(ReadError):
        MelodyBuilder().note(pitch, beats)


@pytest.mark.parametrize(("first", "upbeat"), [(1.0, 2.0), (3.0, 0.0), (4.0, 0.0), (0.0, 0.0)])
def test_a_short_first_bar_is_an_upbeat(first: float, upbeat: float) -> None:
    assert upbeat_beats(first, 3.0) == upbeat


def test_a_piece_without_a_bar_line_is_one_bar() -> None:
    builder = MelodyBuilder()
    builder.note(60, 1.0)
    assert metre_of(builder, (3.0, 1.0), None) == Metre(3.0, 2.0, 1.0)
    assert metre_of(builder, None, None) is None
