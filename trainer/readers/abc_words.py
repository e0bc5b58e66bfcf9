"""The words of ABC tunes: `w:` lines put to the notes above them, and how many syllables a line of verse has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from trainer.readers.phrases import Syllable

_TOKEN = re.compile(r"\|?[^\s\-_*|]+|[\-_*|]")
_NUMBER = re.compile(r"^\(?\d+\.?[~ ]?")
_METRICAL = re.compile(r"^%OHMETRICAL +(\d+(?: +\d+)+) *(?:D\.?)?$", re.MULTILINE)


def syllables_of(words: str, notes: Sequence[int]) -> dict[int, Syllable]:
    """Return the syllables of a `w:` line by note: `notes` are what each written note above it became.

    `-` parts the syllables of a word, `_` holds one over a note, `*` passes a note over; `~` is a space in a
    syllable, `\\-` a hyphen. Bars (`|`) are passed over.
    """
    sung: dict[int, Syllable] = {}
    place, last, begins = 0, -1, True
    for token in _TOKEN.findall(words.split("%", 1)[0].replace("\\-", "\u2011")):
        if token == "-":
            if last in sung:
                sung[last] = replace(sung[last], ends_word=False)
                begins = False
            continue
        if token == "|":
            continue
        if place >= len(notes):
            break
        note = notes[place]
        place += 1
        if token not in ("_", "*"):
            text = _NUMBER.sub("", token.replace("~", " ").replace("\u2011", "-"))
            sung[note], last, begins = Syllable(text, begins_word=begins), note, True
    return sung


def verse_lines(text: str) -> tuple[int, ...]:
    """Return the syllables of each line of verse as the last `%OHMETRICAL` comment says; else none."""
    told = _METRICAL.findall(text)
    return tuple(int(number) for number in told[-1].split()) if told else ()
