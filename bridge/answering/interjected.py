"""Answer notes that sounded within a call, because the answer came in too soon: woven into the call. Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise

from bridge.hearing.call import Phrase
from engine.notes import Note

SHORTEST_BEATS = 0.25
"""Nothing that is woven in, nor what it cuts, is shorter, unless the gap has no room for both."""


def woven(phrase: Phrase) -> tuple[Note, ...]:
    """Return the notes of a call, in beats, and between them the answer's that sounded there, in order of time.

    The call's own notes begin where they began. One that sounds on ends where the answer's begins, and what the
    answer began lasts until the call goes on; behind the last note that is read nothing is woven in yet.
    """
    notes, reading = phrase.notes, phrase.reading
    if not phrase.interjected or reading is None:
        return notes
    onsets_s = [note.onset_s for note in phrase.line[: len(notes)]]
    within: dict[int, list[tuple[float, int]]] = {}
    for played in phrase.interjected:
        index = bisect_left(onsets_s, played.onset_s) - 1
        if 0 <= index < len(notes) - 1:
            share = (played.onset_s - onsets_s[index]) / (onsets_s[index + 1] - onsets_s[index])
            gap_beats = reading.beats[index + 1] - reading.beats[index]
            within.setdefault(index, []).append((share * gap_beats, played.pitch))
    told: list[Note] = []
    for index, note in enumerate(notes):
        if index - 1 in within:
            note = replace(note, rest_beats=0.0)
        if index in within:
            told += _cut(note, reading.beats[index + 1] - reading.beats[index], within[index])
        else:
            told.append(note)
    return tuple(told)


def _cut(note: Note, gap_beats: float, others: list[tuple[float, int]]) -> list[Note]:
    """Return a note and those that begin so many beats behind its onset, before a gap of gap_beats is over."""
    step = min(SHORTEST_BEATS, gap_beats / (len(others) + 1))
    begins = [0.0]
    for place, (begin, _) in enumerate(others):
        latest = gap_beats - (len(others) - place) * step
        begins.append(min(max(round(begin / SHORTEST_BEATS) * SHORTEST_BEATS, begins[-1] + step), latest))
    begins.append(gap_beats)
    lengths = [after - before for before, after in pairwise(begins)]
    own_beats = min(note.duration_beats, lengths[0])
    result = [replace(note, duration_beats=own_beats)]
    rest_beats = lengths[0] - own_beats
    for (_, pitch), length in zip(others, lengths[1:], strict=True):
        result.append(Note(pitch, length, rest_beats))
        rest_beats = 0.0
    return result
