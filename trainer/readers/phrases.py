"""Where phrases end in scores that do not mark them: by rests, verse lines, the words' punctuation and repeats.

A phrase is taken to end with a note

- that half a beat of silence or more follows, except inside a word;
- at which a line of verse is full, where the number of syllables a line is told (hymns);
- else, where there are words, with whose syllable a sentence or clause ends (`.;:!?`), or a part of one (`,`) when
  the note is also long: half as long again as the middle one;
- at a repeat sign, a double bar's or a section's end; and the last.

It begins three notes after the last end at the soonest. A syllable's end is the last of the notes sung to it.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.notes import Note

REST_BEATS = 0.5
LEAST_NOTES = 3
_LONG = 1.5
_CLOSING = r"[\"'»«”“’)\]*]*$"
_STOP = re.compile(r"[.;:!?…]" + _CLOSING)
_COMMA = re.compile(r"[,–—-]" + _CLOSING)


@dataclass(frozen=True, slots=True)
class Syllable:
    """Hold what is sung to a note: its text, and whether a word ends and begins with it."""

    text: str
    ends_word: bool = True
    begins_word: bool = True


def phrase_ends(
    notes: Sequence[Note],
    syllables: Sequence[Syllable | None] = (),
    cuts: Collection[int] = (),
    lines: Sequence[int] = (),
) -> tuple[bool, ...] | None:
    """Return a flag a note, or None where nothing tells.

    syllables: one a note, None where the last one is held (empty: there are no words); cuts: notes, by index, at
    which a repeat or a section ends; lines: how many syllables each line of verse has.
    """
    last = len(notes) - 1
    sung = list(syllables) if any(syllables) else []
    sure = {index for index in cuts if index < last}
    inside = _inside_words(sung)
    for index in range(last):
        if notes[index + 1].rest_beats >= REST_BEATS and index not in inside:
            sure.add(index)
    verse = line_ends(sung, lines)
    marked = sure | (verse if verse else _by_words(notes, sung))
    if not marked:
        return None
    ends, before = [False] * len(notes), -1
    for index in sorted(marked - {last}):
        if index - before >= LEAST_NOTES:
            ends[index] = True
            before = index
    ends[last] = True
    return tuple(ends)


def line_ends(syllables: Sequence[Syllable | None], lines: Sequence[int]) -> set[int]:
    """Return the notes with which lines of verse end; none where the syllables do not add up to whole verses."""
    places = [index for index, syllable in enumerate(syllables) if syllable is not None]
    if not lines or not places or len(places) != sum(lines):
        return set()
    ends, sung = set(), 0
    for line in lines[:-1]:
        sung += line
        ends.add(places[sung] - 1)
    return ends


def _inside_words(syllables: Sequence[Syllable | None]) -> set[int]:
    """Return the notes that are held or followed by a syllable of the same word.

    A word whose last syllable is not sung (a mute e) is over when another begins.
    """
    inside, within, goes_on = set(), False, False
    for index in range(len(syllables) - 1, -1, -1):
        syllable = syllables[index]
        if syllable is None:
            within = goes_on
        else:
            within, goes_on = goes_on and not syllable.ends_word, not syllable.begins_word
        if within:
            inside.add(index)
    return inside


def _by_words(notes: Sequence[Note], syllables: Sequence[Syllable | None]) -> set[int]:
    if not syllables:
        return set()
    middle = statistics.median(note.duration_beats for note in notes)
    places = [index for index, syllable in enumerate(syllables) if syllable is not None]
    ends = set()
    for place, following in zip(places, [*places[1:], len(notes)], strict=True):
        syllable, last = syllables[place], following - 1
        if syllable is None or not syllable.ends_word:
            continue
        held = sum(note.duration_beats for note in notes[place:following])
        if _STOP.search(syllable.text) or (_COMMA.search(syllable.text) and held >= _LONG * middle):
            ends.add(last)
    return ends
