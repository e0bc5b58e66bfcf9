"""Read standard MIDI files: the melody line, in beats."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from engine.midi_file import MidiFile, parse_midi
from engine.midi_tracks import MidiFileError
from engine.notes import Key, Metre, Song
from trainer.readers.accents import metre_of_accents
from trainer.readers.melody_track import choose_melody
from trainer.readers.reader import ReadError, Remark, SourceFile, require_melody

# In the Essen set a file's name begins with the letters of its region.
_ESSEN_FOLDER = "essen_folksong_collection"


def read_midi(file: SourceFile) -> Iterator[Song | Remark]:
    """Yield the melody of a MIDI file, and where there was a choice of tracks, which was made.

    The bar's beginning is not told by a file whose upbeat is written without rests, so the metre is None unless
    the file's accents tell it. Raise ReadError when the file is damaged or holds no melody.
    """
    try:
        midi = parse_midi(file.data)
    except MidiFileError as error:
        raise ReadError(str(error)) from None
    if any(track.notes for track in midi.tracks) and not midi.melody:
        raise ReadError("it holds no notes but the drums' (channel 10); export the track of the melody")
    chosen = choose_melody(midi)
    melody = midi.line(chosen.notes)
    require_melody(melody)
    metre = metre_of_accents(midi, chosen.notes)
    if metre is not None and melody[0].rest_beats:
        # The bars were counted from the first note.
        upbeat = (metre.upbeat_beats - melody[0].rest_beats) % metre.beats_per_bar
        metre = Metre(metre.beats_per_bar, upbeat, metre.pulse_beats)
    region = file.folder
    if region == _ESSEN_FOLDER:
        region = "".join(takewhile(str.isalpha, file.path.stem))
    if chosen.remark:
        yield Remark(file.name, chosen.remark)
    yield Song(
        title=chosen.name or file.path.stem,
        notes=tuple(melody),
        metre=metre,
        region=region,
        source=file.name,
        key=key_of(midi),
    )


def key_of(midi: MidiFile) -> Key | None:
    """Return the first key signature of a file, or None where it has none or one that cannot be."""
    if not midi.keys or not -7 <= midi.keys[0][1] <= 7:
        return None
    _, fifths, minor = midi.keys[0]
    return Key(fifths, (7 * fifths + (9 if minor else 0)) % 12)
