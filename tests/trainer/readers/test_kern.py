"""Humdrum: pitches, lengths, ties, phrases and the upbeat of one spine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Metre
from tests.corpusfiles import KERN, song_of
from trainer.readers.kern import kern_beats, kern_pitch, read_kern
from trainer.readers.reader import ReadError


def test_kern_reads_pitch_length_ties_rests_phrases_and_upbeat() -> None:
    song = song_of(read_kern, KERN)
    assert song.pitches == (62, 67, 69, 71, 75, 73, 36)
    assert [n.duration_beats for n in song.notes] == [1.0, 1.5, 0.5, 2.0, 1.0, 2.0, 1.0]
    assert song.notes[4].rest_beats == 1.0
    assert song.phrase_ends == (False, False, False, False, True, False, True)
    assert song.metre == Metre(3.0, 2.0, 1.0)
    assert (song.title, song.region) == ("Lied", "Deutschland")


def test_kern_lengths_and_pitches() -> None:
    assert [kern_beats(t) for t in ("0c", "1c", "4..c", "12c", "3%2c")] == [8, 4, 1.75, 4 / 12, 8 / 3]
    assert [kern_pitch(t) for t in ("4c", "4C", "4BB-", "4ccc##", "4cn")] == [60, 48, 46, 86, 60]


def test_kern_of_many_voices_that_split_is_refused() -> None:
    with pytest.raises(ReadError, match="split"):
        song_of(read_kern, "**kern\n*^\n4c\t4d\n")


@given(st.text("*=\t\n 0123456789abCD#-{}[]_rq.%!^", max_size=60))
def test_any_kern_text_gives_a_song_or_a_reason_and_nothing_else(text: str) -> None:
    try:
        song = song_of(read_kern, "**kern\n*M3/4\n" + text)
    except ReadError:
        return
    assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in song.notes)
