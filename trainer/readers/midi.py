"""Read standard MIDI files: the melody line, in beats."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from engine.midi_file import MidiFileError, parse_midi
from engine.notes import Song
from trainer.readers.reader import ReadError, SourceFile, require_melody

# In the Essen set a file's name begins with the letters of its region.
_ESSEN_FOLDER = "essen_folksong_collection"


def read_midi(file: SourceFile) -> Iterator[Song]:
    """Yield the melody of a MIDI file.

    The bar's beginning is not told by a file whose upbeat is written without rests, so the metre is None.
    Raise ReadError when the file is damaged or holds no melody.
    """
    try:
        midi = parse_midi(file.data)
    except MidiFileError as error:
        raise ReadError(str(error)) from None
    melody = midi.melody
    require_melody(melody)
    title = next((track.name for track in midi.tracks if track.notes and track.name), file.path.stem)
    region = file.folder
    if region == _ESSEN_FOLDER:
        region = "".join(takewhile(str.isalpha, file.path.stem))
    yield Song(title=title, notes=tuple(melody), region=region, source=file.name)
