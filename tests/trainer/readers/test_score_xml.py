"""Scores are opened so that no file can do harm."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.corpusfiles import musicxml, mxl, xml_note
from trainer.readers import score_xml
from trainer.readers.reader import ReadError
from trainer.readers.score_xml import score_of, unpacked_score

SCORE = musicxml([xml_note("G4", 6)])
NAMED_DTD = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://127.0.0.1:9/x.dtd">'
)
BOMB = (
    '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def test_a_score_is_opened_plain_and_packed_with_and_without_a_container() -> None:
    assert score_of(SCORE.encode()).findtext("work/work-title") == "Lied"
    for packed in (mxl(SCORE), mxl(SCORE, container=False)):
        assert unpacked_score(packed).findtext("work/work-title") == "Lied"


def test_a_dtd_that_is_named_is_not_fetched() -> None:
    """Scores name MusicXML's own DTD by its address; nobody answers there, and nothing waits for it."""
    assert score_of(musicxml([xml_note("G4", 6)], doctype=NAMED_DTD).encode()).tag == "score-partwise"


def test_a_bomb_of_entities_is_refused_before_it_is_read() -> None:
    with pytest.raises(ReadError, match="declares XML entities"):
        score_of(musicxml(["<note>&i;</note>"], doctype=BOMB).encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_external_entity_is_refused_in_any_encoding(encoding: str) -> None:
    doctype = '<!DOCTYPE s [<!ENTITY passwords SYSTEM "file:///etc/passwd">]>'
    text = musicxml(["<note>&passwords;</note>"], doctype=doctype).replace("UTF-8", encoding.upper())
    with pytest.raises(ReadError, match="declares XML entities"):
        score_of(text.encode(encoding))


def test_an_encoding_that_could_hide_a_declaration_is_refused() -> None:
    with pytest.raises(ReadError, match="utf-7"):
        score_of(SCORE.replace("UTF-8", "utf-7").encode())


def test_a_member_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_xml, "MOST_BYTES", 1 << 20)
    with pytest.raises(ReadError, match="larger than 1 MiB"):
        unpacked_score(mxl(b"<" + bytes(2 << 20)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no XML"),
        (SCORE.encode()[:-30], "cut off"),
        (b"<html></html>", "no MusicXML score"),
        (b"<score-timewise></score-timewise>", "score-partwise"),
        (b"\xff\xff<score-partwise/>", "encoding"),
    ],
)
def test_what_is_no_score_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        score_of(data)


def test_a_packed_score_that_is_cut_off_or_holds_none_says_so() -> None:
    for data in (mxl(SCORE)[:-40], b"PK", b""):
        with pytest.raises(ReadError, match="damaged"):
            unpacked_score(data)
    with pytest.raises(ReadError, match="no XML"):
        unpacked_score(mxl("nothing"))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packed_score_that_is_damaged_says_so_whatever_packed_it(packing: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        archive.writestr("a.xml", SCORE * 20)
    data = bytearray(packed.getvalue())
    data[50:90] = bytes(40)
    with pytest.raises(ReadError, match="damaged"):
        unpacked_score(bytes(data))


def test_of_a_score_with_words_only_sung_parts_are_read_and_of_another_all() -> None:
    piano = '<part id="P2"><measure><note><pitch/></note></measure></part>'
    sung = musicxml([xml_note("G4", 6, "la")], other_parts=piano)
    assert [part.get("id") for part in score_of(sung.encode()).findall("part")] == ["P1"]
    played = musicxml([xml_note("G4", 6)], other_parts=piano)
    assert [part.get("id") for part in score_of(played.encode()).findall("part")] == ["P1", "P2"]
