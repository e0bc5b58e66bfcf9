"""What no answer should be, however well it is judged: heard before, an old call, an echo, one note. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from engine.notes import Note, figure

LEAST_HEARD_NOTES = 3
"""A beginning of fewer notes is anybody's."""
MOST_COPIED = 0.5
"""An answer repeats at most this share of its call in a row. Of 5,000 continuations of Essen's songs 1 in 10
repeats more behind one phrase, 1 in 5 behind two; the whole call comes back in 1 of 20, and 1 of 7."""
LEAST_COPIED_NOTES = 4
"""Fewer notes in a row are a motif and no copy."""
MOST_ECHOED = 2
"""A call of no more notes is answered by some other pitch."""
MOST_HAMMERED = 4
"""An answer strikes a pitch so often in a row at most, or as often as its call does."""


def is_heard(answer: Sequence[Note], heard: Iterable[tuple[int, ...]]) -> bool:
    """Say whether the answer was heard before: as far as the shorter of the two goes, they are the same.

    heard: figures of the answers that were heard, each as far as it sounded.
    """
    mine = figure(answer)
    opening = mine[: 2 * LEAST_HEARD_NOTES]
    for theirs in heard:
        if theirs[: len(opening)] == opening:
            common = min(len(mine), len(theirs))
            if mine[:common] == theirs[:common]:
                return True
    return False


def is_copy(call: Sequence[Note], answer: Sequence[Note]) -> bool:
    """Say whether so many notes in a row of its call come back in the answer, with pitch and duration."""
    size = int(max(LEAST_COPIED_NOTES, MOST_COPIED * len(call))) + 1
    return not _runs(call, size).isdisjoint(_runs(answer, size))


def is_echo(call: Sequence[Note], answer: Sequence[Note]) -> bool:
    """Say whether the answer has nothing but the pitches of a call of one or two notes."""
    return 0 < len(call) <= MOST_ECHOED and {note.pitch for note in answer} <= {note.pitch for note in call}


def is_hammered(call: Sequence[Note], answer: Sequence[Note]) -> bool:
    """Say whether the answer strikes one pitch again and again, more often in a row than its call does."""
    return _most_in_a_row(answer) > max(MOST_HAMMERED, _most_in_a_row(call))


def _most_in_a_row(notes: Sequence[Note]) -> int:
    return max((len(list(run)) for _, run in itertools.groupby(notes, lambda note: note.pitch)), default=0)


def _runs(notes: Sequence[Note], size: int) -> set[tuple[int, ...]]:
    """Return every run of so many notes."""
    numbers = figure(notes)
    return {numbers[begin : begin + 2 * size] for begin in range(0, len(numbers) - 2 * size + 1, 2)}
