"""The vocabulary of a model to be trained: which tokens, which durations, which styles have names."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UserError
from engine.notes import Song
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Tokenizer, duration_table


def make_tokenizer(kind: str, songs: Sequence[Song], styles: int = 0) -> Tokenizer:
    """Return the vocabulary for a training set: "pitch" (the paper's) or "note".

    styles: regions with at least this many songs get a name of their own; 0: none do.
    Raises UserError for another kind, or for songs without durations where they are needed.
    """
    if kind == "pitch":
        return PitchTokenizer()
    if kind != "note":
        raise UserError(f"tokenizer {kind!r} is unknown; it is one of pitch, note")
    return note_tokenizer(songs, styles)


def note_tokenizer(songs: Sequence[Song], styles: int = 0) -> NoteTokenizer:
    """Return the vocabulary "note" for a training set; styles and errors as in `make_tokenizer`."""
    if not all(song.has_durations for song in songs):
        raise UserError("this source has no durations; take the tokenizer pitch, or MIDI, Humdrum or ABC files")
    lengths = [beats for song in songs for note in song.notes for beats in (note.duration_beats, note.rest_beats)]
    counts: dict[str, int] = {}
    for song in songs:
        counts[song.region] = counts.get(song.region, 0) + 1
    named = sorted(name for name, count in counts.items() if name and styles and count >= styles)
    table = duration_table(lengths) or duration_table(lengths, least=1)
    return NoteTokenizer(styles=tuple(named), duration_table=table)
