"""Open MusicXML, plain or compressed (.mxl), so that no file can do harm: the elements of a score come out.

A document that declares an entity is refused, which shuts out entities that swell (the "billion laughs") and such
as name other files; the DTD that scores name by its address is never fetched. The text is decoded here, so that no
encoding hides a declaration from the look that is taken. A zip's members are read up to a bound.
"""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from xml.etree import ElementTree

from trainer.readers.reader import ReadError

MOST_BYTES = 64 << 20
"""Of a score's text; the largest of the song corpora has 4 MB."""
_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252"}


def score_of(data: bytes) -> ElementTree.Element:
    """Return the root of a plain score; raise ReadError when it is none, or declares entities."""
    text = _decoded(data)
    if "<!ENTITY" in text:
        raise ReadError("it declares XML entities, which no score needs; it is not read")
    text = _DECLARATION.sub("", text, count=1)
    try:
        root = ElementTree.fromstring(_sung(text))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise ReadError(f"it is no XML, or cut off ({error})") from None
    if root.tag == "score-timewise":
        raise ReadError("its measures hold the parts (score-timewise); save it as score-partwise")
    if root.tag != "score-partwise":
        raise ReadError(f"it is no MusicXML score (its root is {root.tag[:40]!r})")
    return root


def _sung(text: str) -> str:
    """Return a score's text without its accompaniment, which takes four times as long to read and is not wanted.

    Of a score with words only the parts with words are kept; of one without, all.
    """
    pieces, end = [], 0
    while (start := text.find("<part ", end)) >= 0 and (close := text.find("</part>", start)) >= 0:
        pieces += [text[end:start], text[start:close] + "</part>"]
        end = close + len("</part>")
    if not any("<lyric" in piece for piece in pieces[1::2]):
        return text
    pieces[1::2] = [piece if "<lyric" in piece else "" for piece in pieces[1::2]]
    return "".join([*pieces, text[end:]])


def unpacked_score(data: bytes) -> ElementTree.Element:
    """Return the root of a compressed score; raise ReadError when it is damaged or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return score_of(_member(archive, _score_name(archive)))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, KeyError) as error:
        # RuntimeError: a member that is encrypted, or packed in an unknown way; OSError: what bzip2 raises.
        raise ReadError(f"it is no compressed MusicXML, or damaged ({error})") from None


def _score_name(archive: zipfile.ZipFile) -> str:
    """Return the member that the container names, or the only one that can be meant."""
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        found = re.search(
            r"<rootfile[^>]*full-path\s*=\s*[\"']([^\"']+)",
            _member(archive, "META-INF/container.xml").decode("utf-8", "replace"),
        )
        if found and found[1] in names:
            return found[1]
    scores = [name for name in names if name.lower().endswith((".xml", ".musicxml")) and "META-INF" not in name]
    if not scores:
        raise ReadError("it holds no score (.xml)")
    return scores[0]


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ReadError(f"{name} in it is larger than {MOST_BYTES >> 20} MiB; no score is")
    return data


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise ReadError(f"it is larger than {MOST_BYTES >> 20} MiB; no score is")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    declared = _DECLARED_ENCODING.match(data)
    if declared and encoding != "utf-16":
        name = declared[1].decode("ascii").lower()
        if name not in _ENCODINGS:
            raise ReadError(f"it is written in {name}; UTF-8 is read")
        encoding = encoding if name.startswith("utf") else name
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise ReadError("its text is not in the encoding that it says") from None
