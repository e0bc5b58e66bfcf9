"""Pitch texts: songs without durations."""

from __future__ import annotations

import pytest

from tests.corpusfiles import song_of
from trainer.readers.pitch_text import read_pitch_text
from trainer.readers.reader import ReadError


def test_pitch_text_is_a_song_without_durations() -> None:
    song = song_of(read_pitch_text, "60 62\n64")
    assert song.pitches == (60, 62, 64)
    assert not song.has_durations


@pytest.mark.parametrize("text", ["60", "", "60 six", "60 128", "60 -1"])
def test_pitch_texts_that_are_no_melody_say_why(text: str) -> None:
    with pytest.raises(ReadError):
        song_of(read_pitch_text, text)
