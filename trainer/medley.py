"""Several tunes in one sequence, as a long session plays them: the model must let go of the tune before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.notes import Note, Song
from engine.tokenizer import Tokenizer
from trainer.batch import IGNORED
from trainer.examples import Example, encode_song

_GAPS_BEATS = (0.0, 0.5, 1.0, 2.0, 4.0)


def medleys(
    songs: Sequence[Song], count: int, tokenizer: Tokenizer, names: Sequence[str], context: int, seed: int
) -> list[Example]:
    """Return `count` sequences of two to four tunes each, of one metre, no longer than the context.

    Half of them stay in one key (tunes are moved until their last notes agree). What the first step of a
    later tune is, nothing before it tells: it is not charged, and no end of text stands between tunes.
    """
    random = np.random.default_rng((seed, 2))
    by_metre: dict[float, list[Song]] = {}
    for song in songs:
        by_metre.setdefault(song.metre.beats_per_bar if song.metre else 0.0, []).append(song)
    made: list[Example] = []
    while len(made) < count:
        first = songs[int(random.integers(len(songs)))]
        like = by_metre[first.metre.beats_per_bar if first.metre else 0.0]
        others = [like[int(index)] for index in random.integers(len(like), size=random.integers(1, 4))]
        made.append(_join([first, *others], bool(random.random() < 0.5), random, tokenizer, names, context))
    return made


def _join(
    tunes: Sequence[Song],
    one_key: bool,
    random: np.random.Generator,
    tokenizer: Tokenizer,
    names: Sequence[str],
    context: int,
) -> Example:
    notes: list[Note] = []
    ends: list[bool] = []
    starts: list[int] = []
    for tune in tunes:
        moved = list(_moved(tune, notes[-1].pitch if notes and one_key else None, tokenizer))
        if notes:
            moved[0] = replace(moved[0], rest_beats=_gap_beats(notes, tunes[0], tune, random))
        if len(tokenizer.encode(notes + moved)) >= context:
            break
        starts.append(len(tokenizer.encode(notes)))
        notes += moved
        ends += tune.phrase_ends or [False] * len(tune.notes)
    if not notes:
        notes, ends, starts = list(tunes[0].notes), list(tunes[0].phrase_ends or ()), [0]
    marked = all(tune.phrase_ends is not None for tune in tunes)
    whole = Song("medley", tuple(notes), tunes[0].metre, tuple(ends) if marked else None)
    example = encode_song(whole, tokenizer, names, any_key=True)
    for start in starts[1:]:
        # A rest may come first; then the note after it is as free.
        free = 2 if example.tokens[start] == tokenizer.rest else 1
        example.tokens[start : start + free] = IGNORED
        example.durations[start : start + free] = IGNORED
    return example


def _moved(tune: Song, last_pitch: int | None, tokenizer: Tokenizer) -> tuple[Note, ...]:
    """Return the notes moved by less than an octave so that the last agrees with `last_pitch`, if they may."""
    if last_pitch is None:
        return tune.notes
    shift = (last_pitch - tune.notes[-1].pitch + 6) % 12 - 6
    if min(tune.pitches) + shift < tokenizer.low or max(tune.pitches) + shift > tokenizer.high:
        return tune.notes
    return tuple(replace(note, pitch=note.pitch + shift) for note in tune.notes)


def _gap_beats(before: Sequence[Note], first: Song, tune: Song, random: np.random.Generator) -> float:
    """Return a silence after which the tune begins where in the bar it should."""
    if first.metre is None or tune.metre is None:
        return float(random.choice(_GAPS_BEATS))
    bar = first.metre.beats_per_bar
    played = first.metre.upbeat_beats + sum(note.rest_beats + note.duration_beats for note in before)
    return (tune.metre.upbeat_beats - played) % bar + bar * float(random.integers(2))
