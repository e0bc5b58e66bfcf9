"""ABC: keys, accidentals, ties, rests, phrases, upbeats, tuplets, and damaged tunes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Key, Metre, Note, Song
from tests.corpusfiles import ABC_HEADER, pieces_of, song_of
from trainer.readers.abc import read_abc
from trainer.readers.reader import ReadError, Skipped


def abc(music: str, header: str = ABC_HEADER) -> Song:
    return song_of(read_abc, header + music)


def test_abc_applies_the_key_signature_octaves_and_lengths() -> None:
    song = abc("F2 f/2 F,3/2 c'")
    assert song.pitches == (66, 78, 54, 84)
    assert [n.duration_beats for n in song.notes] == [1.0, 0.25, 0.75, 0.5]


def test_abc_accidentals_hold_until_the_bar_line_in_every_octave() -> None:
    assert abc("=F2 f2 F2 | F2").pitches == (65, 77, 65, 66)


def test_abc_accidentals_hold_over_a_line_end_without_a_bar_line() -> None:
    assert abc("A2 | A2 A2 ^c2\nc2 | c2").pitches == (69, 69, 69, 73, 73, 72)


def test_abc_ties_are_merged_over_bars_and_lines_with_their_accidental() -> None:
    song = abc("G2 | ^A4 ^c2- | c2- c4\n-c2 | c2")
    assert song.notes[2] == Note(73, 1.0 + 1.0 + 2.0 + 1.0)
    assert song.pitches == (67, 70, 73, 72)


def test_abc_rests_belong_to_the_next_note_and_the_last_one_to_the_song() -> None:
    song = abc("z2 G2 z z/2 A2 | z4")
    assert [n.rest_beats for n in song.notes] == [1.0, 0.75]
    assert song.final_rest_beats == 2.0


def test_abc_each_line_of_music_is_a_phrase() -> None:
    assert abc("G2 | A2 B2 c2\nd2 z2\nG2").phrase_ends == (False, False, False, True, True, True)


@pytest.mark.parametrize(
    ("music", "position"),
    [("G2 | A6", 2.0), ("z2 G2 | A6", 1.0), ("G6 | A6", 0.0), (" | A6 | G6", 0.0), ("G2\nA4 | B6", 0.0)],
)
def test_abc_upbeat_is_what_the_first_bar_lacks(music: str, position: float) -> None:
    """The melody's first step begins where a short first bar begins, counted from the full bar's start."""
    assert abc(music).metre == Metre(3.0, position, 1.0)


def test_abc_without_metre_has_none() -> None:
    for metre in ("none", "FREI4/4"):
        assert abc("G2 A2", ABC_HEADER.replace("3/4", metre)).metre is None


def test_abc_tuplets_broken_rhythm_and_chords() -> None:
    song = abc("(3GAB c>d e<f [GBd]2")
    assert [n.duration_beats for n in song.notes[:3]] == pytest.approx([1 / 3] * 3)
    assert [n.duration_beats for n in song.notes[3:]] == [0.75, 0.25, 0.25, 0.75, 1.0]
    assert song.pitches[-1] == 74


def test_abc_a_damaged_tune_is_named_and_the_others_are_read() -> None:
    text = ABC_HEADER + "G2 A2\n\n" + ABC_HEADER.replace("X:1", "X:2") + "G2 ? A2\n"
    song, skipped = pieces_of(read_abc, text, "t.abc")
    assert isinstance(song, Song)
    assert isinstance(skipped, Skipped)
    assert skipped.name == "t.abc: X:2"
    assert "'?'" in skipped.reason


@pytest.mark.parametrize(
    ("old", "new"), [("G2", "G" + "9" * 400), ("G2", "G" + "/" * 1100), ("L: 1/8", "L: " + "9" * 400 + "/8")]
)
def test_abc_numbers_that_no_float_holds_cost_the_tune_and_not_the_corpus(old: str, new: str) -> None:
    for piece in pieces_of(read_abc, (ABC_HEADER + "G2 A2\n").replace(old, new)):
        if isinstance(piece, Song):
            assert all(0 < note.duration_beats < 1e6 for note in piece.notes)


def test_a_file_without_any_tune_says_so() -> None:
    with pytest.raises(ReadError, match="no tune"):
        pieces_of(read_abc, "T: nothing")


@given(st.text("ABCcdGz^_=',0123456789/|:[](){}<>-\n\\!\"KLMVQX ", max_size=60))
def test_any_music_text_gives_a_song_or_a_reason_and_nothing_else(music: str) -> None:
    for result in pieces_of(read_abc, ABC_HEADER + music):
        if isinstance(result, Song):
            assert result.phrase_ends is not None
            assert len(result.phrase_ends) == len(result.notes)
            assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in result.notes)


VOICES = (
    "%OHMETRICAL 4 4\nX:1\nT:Hymn\nM:4/4\nL:1/4\nV:S clef=treble\nV:B\nK:G % one sharp\n"
    "[V:S] G A B G | A B & D2 |\nw: 1.~Ho- ly, ho- ly, day is\n[V:B] G,8 & D8 |\n[V:S] A F |]\nw: com- ing\n"
)


def test_of_a_hymn_in_voices_the_first_is_read_with_phrases_by_its_verse() -> None:
    song = song_of(read_abc, VOICES)
    assert song.pitches == (67, 69, 71, 67, 69, 71, 69, 66)
    assert song.phrase_ends == (False, False, False, True, False, False, False, True)
    assert song.key == Key(1), "the mode is not told, so the tonic is not"


def test_a_second_voice_on_a_staff_is_passed_over_up_to_the_bar_line() -> None:
    assert song_of(read_abc, ABC_HEADER + "G2 A2 B2 & z2 D4 | c2 d2").pitches == (67, 69, 71, 72, 74)


def test_text_between_tunes_is_no_music() -> None:
    text = ABC_HEADER + "G2 A2\n%%begintext\nWords, not music: 123\n%%endtext\nB2\n"
    assert song_of(read_abc, text).pitches == (67, 69, 71)


def test_the_tonic_is_told_where_the_mode_is() -> None:
    assert song_of(read_abc, "X:1\nM:4/4\nK:Em\nE2 F2").key == Key(1, 4)
