"""Fold repeats that were written out: a section that follows itself is kept once, and its end ends a phrase.

In dances each part is played twice. Written out twice, half of all notes would be copies, which teach nothing but
to copy, and would weigh a tune double; in the other corpora a repeat is a sign and its music stands there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.notes import Metre, Note, Song

_GRID = 24
SECTION_BARS = (32, 24, 16, 12, 8, 4)
"""Lengths of sections that are looked for, in this order."""
ENDING_BARS = 2
"""The last so many bars of a section may differ from its repeat's: first and second ending. The second stays.
Not of one of four bars: it and the next, which begins alike, are more likely the halves of one of eight."""
PHRASE_BARS = 4
"""Where nothing marks phrases, one ends after so many bars of a section, as dance tunes are built."""


def folded(song: Song) -> Song:
    """Return a song without written-out repeats, with its sections' ends and every fourth bar as phrase ends.

    A song without a metre is folded at nothing and comes back as it is; so does one whose notes have no lengths.
    """
    if song.metre is None or not song.has_durations:
        return song
    places = _places(song.notes)
    bar = round(song.metre.beats_per_bar * _GRID)
    kept, sections = _sections(song.notes, places, bar)
    ends = [False] * len(kept)
    for first, last in sections:
        for index in _phrase_ends(places, kept, first, last, bar):
            ends[index] = True
    notes = [song.notes[index] for index in kept]
    notes[0] = replace(notes[0], rest_beats=0.0)
    return replace(
        song,
        notes=tuple(notes),
        metre=_moved(song.metre, song.notes[0].rest_beats + (places[kept[0]] - places[0]) / _GRID),
        phrase_ends=tuple(ends),
    )


def _places(notes: Sequence[Note]) -> list[int]:
    """Return the onsets of notes on the grid, from the first one's."""
    places, position = [], -notes[0].rest_beats
    for note in notes:
        position += note.rest_beats
        places.append(round(position * _GRID))
        position += note.duration_beats
    return places


def _sections(notes: Sequence[Note], places: list[int], bar: int) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the notes that are kept, by index, and the sections as first and last index among the kept."""
    end = places[-1] + round(notes[-1].duration_beats * _GRID)
    at = {place: index for index, place in reversed(list(enumerate(places)))}
    shape = [(note.pitch, round(note.duration_beats * _GRID)) for note in notes]
    kept: list[int] = []
    sections: list[tuple[int, int]] = []
    opened, index = 0, 0
    while index < len(notes):
        since = places[index] - places[kept[opened]] if len(kept) > opened else 0
        begins = since % (PHRASE_BARS * bar) == 0 or (not sections and since < bar)
        length = _repeated(places, shape, at, index, bar, end) if begins else None
        if length is None:
            kept.append(index)
            index += 1
            continue
        if len(kept) > opened and since >= bar:
            sections.append((opened, len(kept) - 1))
        second = at[places[index] + length]
        third = at.get(places[index] + 2 * length, len(notes))
        opened = len(kept)
        kept.extend(range(second, third))
        sections.append((opened, len(kept) - 1))
        opened, index = len(kept), third
    if len(kept) > opened:
        sections.append((opened, len(kept) - 1))
    return kept, sections


def _repeated(
    places: list[int], shape: list[tuple[int, int]], at: dict[int, int], index: int, bar: int, end: int
) -> int | None:
    """Return the length of the section that begins with a note and follows itself, or None."""
    for bars in SECTION_BARS:
        length = bars * bar
        begin = places[index]
        second, third = at.get(begin + length), at.get(begin + 2 * length)
        if second is None or (third is None and begin + 2 * length < end - bar):
            continue
        third = len(places) if third is None else third
        same = (bars - (ENDING_BARS if bars > PHRASE_BARS else 0)) * bar
        first_part = [i for i in range(index, second) if places[i] - begin < same]
        second_part = [i for i in range(second, third) if places[i] - begin - length < same]
        if len(first_part) < 4 or len(first_part) != len(second_part):
            continue
        if all(
            shape[a] == shape[b] and places[a] + length == places[b]
            for a, b in zip(first_part, second_part, strict=True)
        ):
            return length
    return None


def _phrase_ends(places: list[int], kept: list[int], first: int, last: int, bar: int) -> list[int]:
    """Return the notes that end a phrase in a section, by index among the kept."""
    begin, ends = places[kept[first]], [last]
    for index in range(first, last):
        before, after = places[kept[index]] - begin, places[kept[index + 1]] - begin
        crossed = after // (PHRASE_BARS * bar)
        if crossed > before // (PHRASE_BARS * bar) and after == crossed * PHRASE_BARS * bar:
            ends.append(index)
    return ends


def _moved(metre: Metre, by_beats: float) -> Metre:
    upbeat = (metre.upbeat_beats + by_beats) % metre.beats_per_bar
    return replace(metre, upbeat_beats=round(upbeat * _GRID) / _GRID % metre.beats_per_bar)
