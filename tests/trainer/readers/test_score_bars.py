"""A part of a score as bars with one line of notes."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest

from engine.notes import Key
from tests.corpusfiles import musicxml, xml_note
from trainer.readers.reader import ReadError
from trainer.readers.score_bars import Bar, Sung, bars_of, fill_up, key_of, last_endings


def part_of(*measures: str) -> ElementTree.Element:
    part = ElementTree.fromstring(musicxml(measures)).find("part")
    assert part is not None
    return part


def test_a_bar_has_its_length_its_signature_and_its_notes() -> None:
    [bar] = bars_of(part_of(xml_note("G4", 2) + xml_note("z", 1) + xml_note("F#4", 3, "la")))
    assert bar.beats == 3
    assert bar.signature == (3.0, 1.0)
    assert [(note.onset, note.beats, note.pitch) for note in bar.notes] == [
        (0, 1, 67),
        (Fraction(3, 2), Fraction(3, 2), 66),
    ]


def test_of_a_chord_the_top_counts_and_grace_and_cue_notes_do_not() -> None:
    chord = xml_note("G4", 2, "la") + xml_note("B4", 2, inner="<chord/>") + xml_note("D4", 2, inner="<chord/>")
    passed = xml_note("C4", 0, inner="<grace/>") + xml_note("C4", 2, inner="<cue/>")
    [bar] = bars_of(part_of(chord + passed + xml_note("A4", 2)))
    assert [note.pitch for note in bar.notes] == [71, 69]
    assert bar.notes[0].syllable is not None, "the chord's word goes with it"


def test_the_busiest_voice_counts_and_where_it_rests_the_other() -> None:
    def voice(number: int, text: str) -> str:
        return text.replace("</duration>", f"</duration><voice>{number}</voice>")

    both = (
        voice(1, xml_note("G4", 2) * 3) + "<backup><duration>6</duration></backup>" + voice(2, xml_note("C6", 6))
    )
    bars = bars_of(part_of(both, voice(2, xml_note("C5", 6))))
    assert [[note.pitch for note in bar.notes] for bar in bars] == [[67, 67, 67], [72]]


def test_the_key_is_the_signature_with_its_tonic_where_the_mode_is_told() -> None:
    assert key_of(part_of("")) == Key(1, 7)
    minor = ElementTree.fromstring(
        "<part><measure><attributes><key><fifths>-1</fifths><mode>minor</mode></key></attributes></measure></part>"
    )
    assert key_of(minor) == Key(-1, 2)
    assert key_of(ElementTree.fromstring("<part/>")) is None


def test_of_two_endings_the_last_is_played() -> None:
    def bar(endings: str, pitch: int) -> Bar:
        return Bar(Fraction(3), endings=endings, notes=[Sung(Fraction(0), Fraction(3), pitch)])

    bars = [bar("", 60), bar("1", 61), bar("1", 62), bar("2", 63), bar("", 64)]
    assert [kept.notes[0].pitch for kept in last_endings(bars)] == [60, 63, 64]
    assert len(last_endings(bars[:3])) == 3, "one that nothing follows stays"


def test_an_upbeat_inside_a_piece_gets_the_silence_that_fills_its_bar() -> None:
    def bar(beats: int) -> Bar:
        return Bar(Fraction(beats), (3.0, 1.0), notes=[Sung(Fraction(0), Fraction(beats), 60)])

    bars = [bar(1), *(bar(3) for _ in range(8)), bar(1), *(bar(3) for _ in range(8))]
    fill_up(bars)
    assert [index for index, each in enumerate(bars) if each.gap_beats] == [9]
    assert bars[9].gap_beats == 2
    split = [*(bar(3) for _ in range(4)), bar(2), bar(1), *(bar(3) for _ in range(4))]
    fill_up(split)
    assert not any(each.gap_beats for each in split), "two that make one bar are whole"


@pytest.mark.parametrize("tag", ["beats>3", "beat-type>4"])
def test_a_time_signature_of_numbers_that_no_float_holds_is_none(tag: str) -> None:
    text = musicxml([xml_note("G4", 2)]).replace(f"<{tag}", f"<{tag[:-1]}{'9' * 400}")
    part = ElementTree.fromstring(text).find("part")
    assert part is not None
    assert bars_of(part)[0].signature is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("<divisions>2", "<divisions>0"), ("<duration>2", "<duration>x"), ("<divisions>2", "<divisions>1e9")],
)
def test_numbers_that_make_no_sense_are_said(old: str, new: str) -> None:
    text = musicxml([xml_note("G4", 2)]).replace(old, new)
    part = ElementTree.fromstring(text).find("part")
    assert part is not None
    with pytest.raises(ReadError):
        bars_of(part)
