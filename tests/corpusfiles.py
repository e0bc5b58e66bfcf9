"""Small hand-written corpora for the tests: MIDI bytes, ABC and kern texts, folders of songs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

ABC_HEADER = "X:1\nT: Test tune\nO: Europa, Mitteleuropa, Deutschland, Ort\nM: 3/4\nL: 1/8\nK: G\n"


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
