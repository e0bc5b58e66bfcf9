"""What no answer should be, however well it is judged: heard before, the call itself, one hammered note. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from engine.notes import Note, figure

LEAST_HEARD_NOTES = 3
"""A beginning of fewer notes is anybody's."""
MOST_COPIED = 0.5
"""An answer repeats at most this share of its call in a row; see `python -m bench plan --copies`."""
LEAST_COPIED_NOTES = 4
"""Fewer notes in a row are a motif and no copy."""
MOST_HAMMERED = 4
"""An answer strikes a pitch so often in a row at most, or as often as its call does."""


def is_heard(answer: Sequence[Note], heard: Iterable[Sequence[int]]) -> bool:
    """Say whether the answer was heard before: as far as the shorter of the two goes, they are the same.

    heard: figures of the answers that were heard, each as far as it sounded.
    """
    mine = figure(answer)
    least = min(2 * LEAST_HEARD_NOTES, len(mine))
    for theirs in heard:
        common = min(len(mine), len(theirs))
        if common >= least and mine[:common] == tuple(theirs[:common]):
            return True
    return False


def longest_copy(call: Sequence[Note], answer: Sequence[Note]) -> int:
    """Return how many notes in a row of the call come back in the answer, with pitch and duration."""
    one, two = _pairs(call), _pairs(answer)
    longest, before = 0, [0] * (len(two) + 1)
    for mine in one:
        now = [0] * (len(two) + 1)
        for place, theirs in enumerate(two, 1):
            if mine == theirs:
                now[place] = before[place - 1] + 1
                longest = max(longest, now[place])
        before = now
    return longest


def is_copy(call: Sequence[Note], answer: Sequence[Note]) -> bool:
    """Say whether the answer repeats more of its call in a row than continuations of songs do of theirs."""
    return longest_copy(call, answer) > max(LEAST_COPIED_NOTES, MOST_COPIED * len(call))


def is_hammered(call: Sequence[Note], answer: Sequence[Note]) -> bool:
    """Say whether the answer strikes one pitch again and again, more often in a row than its call does."""
    return _most_in_a_row(answer) > max(MOST_HAMMERED, _most_in_a_row(call))


def _most_in_a_row(notes: Sequence[Note]) -> int:
    return max((len(list(run)) for _, run in itertools.groupby(notes, lambda note: note.pitch)), default=0)


def _pairs(notes: Sequence[Note]) -> list[tuple[int, int]]:
    numbers = figure(notes)
    return list(zip(numbers[::2], numbers[1::2], strict=True))
