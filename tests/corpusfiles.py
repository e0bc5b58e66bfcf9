"""Small hand-written corpora for the tests: MIDI bytes, ABC and kern texts, folders of songs."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from pathlib import Path

from engine.notes import Song
from trainer.readers.reader import Reader, ReadError, Remark, Skipped, SourceFile

ABC_HEADER = "X:1\nT: Test tune\nO: Europa, Mitteleuropa, Deutschland, Ort\nM: 3/4\nL: 1/8\nK: G\n"

KERN = (
    "!!!OTL: Lied\n!!!ARE: Europa, Deutschland\n**kern\n*M3/4\n*k[f#]\n{4d\n=1\n4.g\n8a\n[4b\n=2\n4b]\n"
    "4ryy\n8qe\n4ee-}\n=3\n{2cc#\n4CC}\n==\n*-\n"
)


def pieces_of(read: Reader, content: str | bytes, name: str = "a") -> list[Song | Skipped]:
    """Return what a reader makes of a file's content, without remarks."""
    pieces = read(SourceFile(name, content.encode() if isinstance(content, str) else content))
    return [piece for piece in pieces if not isinstance(piece, Remark)]


def song_of(read: Reader, content: str | bytes, name: str = "a") -> Song:
    """Return the one song of a file's content; raise ReadError when it cannot be read."""
    [piece] = pieces_of(read, content, name)
    if isinstance(piece, Skipped):
        raise ReadError(piece.reason)
    return piece


def musicxml(measures: Sequence[str], other_parts: str = "", doctype: str = "") -> str:
    """Return a score whose part P1 has these measures, in 3/4 and G with two divisions a beat."""
    head = "<divisions>2</divisions><key><fifths>1</fifths><mode>major</mode></key>"
    first = f"<attributes>{head}<time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    bars = "".join(f"<measure>{first if not index else ''}{bar}</measure>" for index, bar in enumerate(measures))
    opening = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<score-partwise>'
    opening += "<work><work-title>Lied</work-title></work>"
    return f'{opening}<part-list/><part id="P1">{bars}</part>{other_parts}</score-partwise>'


def xml_note(name: str, divisions: int, word: str = "", inner: str = "") -> str:
    """Return a note of a score such as ("G4", 2) or ("C#5", 1, "ho-"), a rest for "z"."""
    if name == "z":
        return f"<note><rest/><duration>{divisions}</duration></note>"
    alter = "<alter>1</alter>" if "#" in name else ""
    syllabic = "begin" if word.endswith("-") else "end" if word.startswith("-") else "single"
    text = word.strip("-")
    lyric = f"<lyric><syllabic>{syllabic}</syllabic><text>{text}</text></lyric>" if word else ""
    return (
        f"<note>{inner}<pitch><step>{name[0]}</step>{alter}<octave>{name[-1]}</octave></pitch>"
        f"<duration>{divisions}</duration>{lyric}</note>"
    )


def mxl(score: str | bytes, container: bool = True) -> bytes:
    """Return a score packed as .mxl."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if container:
            archive.writestr("META-INF/container.xml", '<rootfiles><rootfile full-path="score.xml"/></rootfiles>')
        archive.writestr("score.xml", score)
    return packed.getvalue()


def _variable_length(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def midi_track(events: Sequence[tuple[int, bytes]]) -> bytes:
    """Return a track chunk of (delta ticks, message bytes) events, closed with an end of track."""
    body = b"".join(_variable_length(delta) + message for delta, message in events)
    body += b"\x00\xff\x2f\x00"
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def midi_bytes(tracks: Sequence[bytes], ticks_per_beat: int = 480, kind: int = 1) -> bytes:
    """Return a MIDI file of these track chunks."""
    words = b"".join(value.to_bytes(2, "big") for value in (kind, len(tracks), ticks_per_beat))
    return b"MThd" + (6).to_bytes(4, "big") + words + b"".join(tracks)


def midi_file(
    notes: Sequence[tuple[int, int, int]], ticks_per_beat: int = 480, extra: Sequence[bytes] = ()
) -> bytes:
    """Return a type-0 MIDI file of (pitch, onset tick, end tick) notes, with extra events at its start."""
    timed = [(onset, 1, bytes((0x90, pitch, 90))) for pitch, onset, _ in notes]
    timed += [(end, 0, bytes((0x90, pitch, 0))) for pitch, _, end in notes]
    events: list[tuple[int, bytes]] = [(0, message) for message in extra]
    before = 0
    for tick, _, message in sorted(timed):
        events.append((tick - before, message))
        before = tick
    return midi_bytes([midi_track(events)], ticks_per_beat, kind=0)


def abc_songs(count: int, seed: int = 1, phrases: int = 4) -> str:
    """Return an ABC file of random tunes: each phrase two bars of 3/4 in G."""
    draw = random.Random(seed)
    tunes = []
    for number in range(1, count + 1):
        lines = []
        for _ in range(phrases):
            bars = ["".join(draw.choice("DEFGABcdef") + "2" for _ in range(3)) for _ in range(2)]
            lines.append(" | ".join(bars))
        header = ABC_HEADER.replace("X:1", f"X:{number}").replace("Test tune", f"Tune {number}")
        tunes.append(header + "\n".join(lines) + "\n")
    return "\n".join(tunes)


def write_pitch_texts(folder: Path, count: int, seed: int = 1, length: int = 12) -> Path:
    """Write random pitch texts into a folder and return it."""
    draw = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        pitches = [str(draw.randrange(55, 80)) for _ in range(length)]
        (folder / f"song{number:04d}.txt").write_text(" ".join(pitches))
    return folder
