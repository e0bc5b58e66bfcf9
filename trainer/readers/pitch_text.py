"""Read pitch texts: MIDI numbers separated by spaces, one song a file, no durations."""

from __future__ import annotations

from collections.abc import Iterator

from engine.notes import Note, Song
from trainer.readers.reader import ReadError, SourceFile, require_melody


def read_pitch_text(file: SourceFile) -> Iterator[Song]:
    """Yield the song; its durations are placeholders of one beat. Raise ReadError on anything else."""
    notes: list[Note] = []
    for word in file.text.split():
        if not (word.isascii() and word.isdigit()):
            raise ReadError(f"{word[:20]!r} is no MIDI pitch")
        if int(word) > 127:
            raise ReadError(f"pitch {word[:20]} is outside MIDI's 0..127")
        notes.append(Note(int(word), 1.0))
    require_melody(notes)
    yield Song(file.path.stem, tuple(notes), region=file.folder, has_durations=False, source=file.name)
