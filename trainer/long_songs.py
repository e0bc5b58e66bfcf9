"""Songs longer than the model's context: what does not fit is learned too, from a phrase on, as play reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from engine.notes import Song
from engine.tokenizer import Tokenizer
from trainer.found import phrase_begins


def with_rests(songs: Sequence[Song], tokenizer: Tokenizer, context: int) -> list[Song]:
    """Return the songs, and behind them, of each that is longer than the context, the rests as songs of their own.

    A rest begins with the last phrase that did not fit whole, its bars where they were; it may be too long itself,
    and is then followed by another.
    """
    rests = []
    for song in songs:
        rest = _rest(song, tokenizer, context)
        while rest is not None:
            rests.append(rest)
            rest = _rest(rest, tokenizer, context)
    return [*songs, *rests]


def _rest(song: Song, tokenizer: Tokenizer, context: int) -> Song | None:
    """Return what of a song does not fit, from the beginning of its phrase on; None where all of it does."""
    room = context - len(tokenizer.start_steps())
    after = list(accumulate((len(tokenizer.encode([note])) for note in song.notes), initial=0))
    if after[-1] <= room:
        return None
    fits = max(count for count, steps in enumerate(after) if steps <= room)
    begin = max((begin for begin in phrase_begins(song) if 0 < begin <= fits), default=fits)
    if not begin:
        return None
    metre, first = song.metre, song.notes[begin]
    if metre is not None:
        beats = sum(note.rest_beats + note.duration_beats for note in song.notes[:begin]) + first.rest_beats
        metre = replace(metre, upbeat_beats=(metre.upbeat_beats + beats) % metre.beats_per_bar)
    return replace(
        song,
        notes=(replace(first, rest_beats=0.0), *song.notes[begin + 1 :]),
        metre=metre,
        phrase_ends=song.phrase_ends[begin:] if song.phrase_ends is not None else None,
    )
