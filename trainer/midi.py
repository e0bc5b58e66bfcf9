"""Read standard MIDI files: the melody line, in beats."""

from __future__ import annotations

from engine.midi_file import MidiFileError, parse_midi
from engine.notes import Song
from trainer.rawsong import ReadError, require_melody


def read_midi(data: bytes, source: str, region: str = "") -> Song:
    """Return the melody of a MIDI file.

    The bar's beginning is not told by a file whose upbeat is written without rests, so the metre is None.
    Raise ReadError when the file is damaged or holds no melody.
    """
    try:
        file = parse_midi(data)
    except MidiFileError as error:
        raise ReadError(str(error)) from None
    melody = file.melody
    require_melody(melody)
    title = next((track.name for track in file.tracks if track.notes and track.name), "")
    stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return Song(title=title or stem, notes=tuple(melody), region=region, source=source)
