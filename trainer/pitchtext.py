"""Read pitch texts: MIDI numbers separated by spaces, one song a file, no durations."""

from __future__ import annotations

from engine.notes import Note, Song
from trainer.rawsong import ReadError, require_melody


def read_pitch_text(text: str, source: str, region: str = "") -> Song:
    """Return the song; its durations are placeholders of one beat. Raise ReadError on anything else."""
    notes: list[Note] = []
    for word in text.split():
        if not (word.isascii() and word.isdigit()):
            raise ReadError(f"{word[:20]!r} is no MIDI pitch")
        if int(word) > 127:
            raise ReadError(f"pitch {word[:20]} is outside MIDI's 0..127")
        notes.append(Note(int(word), 1.0))
    require_melody(notes)
    title = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return Song(title=title, notes=tuple(notes), region=region, has_durations=False, source=source)
