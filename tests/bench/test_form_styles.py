"""The form of answers is judged for each style on calls of that style alone."""

from __future__ import annotations

from dataclasses import replace

from bench.form_styles import Judged, calls_of
from engine.notes import Metre, Note, Song
from trainer.calls import calls_in
from trainer.split import part_of

NOTES = tuple(Note(60 + place * place % 7, 1.0) for place in range(32))
ENDS = tuple(place % 4 == 3 for place in range(32))


def songs() -> list[Song]:
    """Return tunes of the training part, two styles in turns."""
    found: list[Song] = []
    for up in range(400):
        notes = tuple(replace(note, pitch=note.pitch + up * place % 11) for place, note in enumerate(NOTES))
        song = Song("", notes, Metre(4.0, 0.0, 1.0), ENDS, ("hymn", "irish")[len(found) % 2])
        if part_of(song) == "train" and len(found) < 8:
            found.append(song)
    return found


def test_calls_are_of_one_style_and_none_that_the_critic_knows() -> None:
    """What is skipped is counted over all styles, for so the critic that ships took its calls."""
    tunes = songs()
    every = calls_in(tunes, "train", 1000)
    found = calls_of(tunes, "train", "irish", 1000, skip=5)
    assert found
    assert found == [call for call in every[5:] if tunes[call.tune].region == "irish"]
    assert calls_of(tunes, "train", "irish", 2, skip=5) == found[:2]


def test_a_row_is_outside_where_the_mean_of_answers_leaves_the_songs_interval() -> None:
    """The answers' own spread does not bring them in."""
    songs_rows = {"leaps": (0.5, 0.4, 0.6), "rests": (0.1, 0.0, 0.2)}
    answers = {"leaps": (0.61, 0.5, 0.7), "rests": (0.2, 0.1, 0.3)}
    assert Judged(songs_rows, answers, ()).outside() == ["leaps"]
