"""Scores as songs."""

from __future__ import annotations

import pytest

from engine.notes import Chord, Key, Metre, Note
from tests.corpusfiles import musicxml, mxl, song_of, xml_note
from trainer.readers.musicxml import read_musicxml, read_mxl
from trainer.readers.reader import ReadError

FULL = xml_note("G4", 2) * 3
SILENT = xml_note("z", 6)


def test_a_score_is_its_line_with_metre_upbeat_and_key() -> None:
    song = song_of(read_mxl, mxl(musicxml([xml_note("D4", 2), FULL, FULL])), "lied/a.mxl")
    assert song.metre == Metre(3.0, 2.0, 1.0)
    assert song.key == Key(1, 7)
    assert (song.title, song.region, len(song.notes)) == ("Lied", "lied", 7)
    assert song.notes[0] == Note(62, 1.0)


def test_ties_are_one_note_also_over_the_bar_line() -> None:
    tied = xml_note("G4", 6) + "", xml_note("G4", 2, inner='<tie type="stop"/>') + xml_note("A4", 4)
    assert song_of(read_musicxml, musicxml(tied)).notes == (Note(67, 4.0), Note(69, 2.0))


def test_bars_of_silence_are_left_out_before_the_line_and_one_is_kept_inside_it() -> None:
    song = song_of(read_musicxml, musicxml([SILENT, SILENT, FULL, SILENT, SILENT, SILENT, FULL, SILENT]))
    assert [note.rest_beats for note in song.notes] == [0.0, 0.0, 0.0, 3.0, 0.0, 0.0]
    assert song.metre == Metre(3.0, 0.0, 1.0)
    assert song.phrase_ends == (False, False, True, False, False, True)


def test_a_line_that_begins_late_in_its_bar_has_an_upbeat() -> None:
    song = song_of(read_musicxml, musicxml([xml_note("z", 5) + xml_note("D4", 1), FULL, FULL]))
    assert song.metre == Metre(3.0, 2.5, 1.0)
    assert song.notes[0] == Note(62, 0.5)


def test_where_the_metre_changes_the_song_has_none() -> None:
    change = "<attributes><time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
    assert song_of(read_musicxml, musicxml([FULL, FULL, change + xml_note("G4", 2) * 2] * 2)).metre is None


def test_the_sung_part_counts_and_without_words_the_one_with_chord_symbols() -> None:
    sung = f'<part id="P2"><measure>{xml_note("C5", 2, "la") * 3}</measure></part>'
    assert song_of(read_musicxml, musicxml([FULL], other_parts=sung)).pitches == (72, 72, 72)
    symbol = "<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>"
    lead = f'<part id="P2"><measure>{symbol}{xml_note("C5", 2) * 3}</measure></part>'
    assert song_of(read_musicxml, musicxml([FULL], other_parts=lead)).pitches == (72, 72, 72)


def test_chords_are_kept_where_they_begin_and_the_one_before_the_line_with_its_first_note() -> None:
    def symbol(root: str) -> str:
        return f"<harmony><root><root-step>{root}</root-step></root><kind>major</kind></harmony>"

    bars = [symbol("C") + xml_note("z", 4) + xml_note("G4", 2), symbol("G") + FULL]
    song = song_of(read_musicxml, musicxml(bars))
    assert song.chords == (Chord(0.0, 0, (0, 4, 7), 0, "major"), Chord(1.0, 7, (0, 4, 7), 7, "major"))


TRANSPOSE = "<transpose><diatonic>{}</diatonic><chromatic>{}</chromatic></transpose>"


@pytest.mark.parametrize(
    ("diatonic", "chromatic", "fifths", "tonic", "root"),
    [(-1, -2, -1, 5, 10), (-5, -9, -2, 10, 3), (2, 3, -2, 10, 3), (4, 7, 2, 2, 7), (0, 0, 1, 7, 0)],
)
def test_of_a_transposing_part_notes_key_and_chord_symbols_are_moved_alike(
    diatonic: int, chromatic: int, fifths: int, tonic: int, root: int
) -> None:
    """Written in G with a C chord, it sounds as its transposition says: a clarinet in B flat in F, over B flat."""
    told = f"<attributes>{TRANSPOSE.format(diatonic, chromatic)}</attributes>"
    symbol = "<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>"
    nothing = "<harmony><root><root-step>C</root-step></root><kind>none</kind></harmony>"
    score = musicxml([told + symbol + FULL, nothing + FULL])
    song = song_of(read_musicxml, score)
    assert song.pitches == (67 + chromatic,) * 6
    assert song.key == Key(fifths, tonic)
    assert song.chords == (Chord(0.0, root, (0, 4, 7), root, "major"), Chord(3.0, 0, (), 0, "none"))


def test_a_key_that_is_moved_has_few_signs_and_an_octave_moves_none() -> None:
    """Of C sharp and D flat, which sound alike, it is D flat; a transposition may tell semitones alone."""
    steps = "<chromatic>{}</chromatic><octave-change>{}</octave-change>"
    alone = f"<attributes><transpose>{steps}</transpose></attributes>"
    assert song_of(read_musicxml, musicxml([alone.format(-2, -1) + FULL])).key == Key(-1, 5)
    assert song_of(read_musicxml, musicxml([alone.format(0, -1) + FULL])).key == Key(1, 7)
    assert song_of(read_musicxml, musicxml([alone.format(6, 0) + FULL])).key == Key(-5, 1)
    sharp = musicxml([f"<attributes>{TRANSPOSE.format(1, 2)}</attributes>" + FULL]).replace(
        "<fifths>1</fifths>", "<fifths>6</fifths>"
    )
    assert song_of(read_musicxml, sharp).key == Key(-4, 8)


def test_a_score_without_notes_says_so() -> None:
    with pytest.raises(ReadError, match="no notes"):
        song_of(read_musicxml, musicxml([SILENT]))
