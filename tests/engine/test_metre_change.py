"""Bars that become others in the midst of a call are noticed: engine/metre_change.py."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.messages import BarEvidence
from engine.metre import Posterior
from engine.metre_change import LEAST_NOTES, MOST_NOTES, changed_at
from engine.metre_net import Net
from engine.notes import Note
from tests.engine.test_metre import TWINKLE, WALTZ

NET = Net.shipped()
NOTHING = BarEvidence()
# The waltz ends with its bar, so a march begins on the next bar line.
MARCH = TWINKLE[:14]
BOTH = [*WALTZ[:15], *MARCH]


class Ends:
    """Say of some notes that phrases end with them, and remember what was asked."""

    def __init__(self, *ends: int, sure: float = 3.0) -> None:
        self.ends, self.sure = ends, sure
        self.asked: list[int] = []

    def __call__(self, call: Sequence[Note]) -> list[float]:
        self.asked.append(len(call))
        return [self.sure if index in self.ends else -5.0 for index in range(len(call))]


def changed(call: Sequence[Note], ends: Ends, evidence: BarEvidence = NOTHING) -> int | None:
    """Return with which note of a call other bars begin."""
    posterior = Posterior(NET)
    posterior.follow(call, {len(call) - 1})
    return changed_at(NET, posterior, call, evidence, ends)


def test_other_bars_begin_behind_the_end_of_a_phrase() -> None:
    """A march behind a waltz is noticed, where the phrase before it has ended."""
    assert changed(BOTH, Ends(5, 14)) == 15


def test_bars_that_go_on_are_no_change() -> None:
    """Phrases that end within a tune, and with half of its bars or twice as long ones, begin no other bars."""
    assert changed(WALTZ, Ends(5, 7, 14)) is None
    assert changed(TWINKLE, Ends(6, 13, 20)) is None
    slower = [Note(note.pitch, 2.0 * note.duration_beats) for note in TWINKLE]
    assert changed([*TWINKLE, *slower], Ends(13, 27)) is None


def test_where_no_phrase_ended_nothing_has_changed() -> None:
    """The model's word counts: what it takes for the midst of a phrase is one."""
    assert changed(BOTH, Ends(14, sure=-12.0)) is None


def test_a_bar_that_is_told_does_not_change() -> None:
    """The control overrules, and nobody is asked then."""
    ends = Ends(14)
    assert changed(BOTH, ends, BarEvidence(bar_beats=3.0)) is None
    assert ends.asked == []


@pytest.mark.parametrize("count", range(2 * LEAST_NOTES + 1))
def test_of_few_notes_no_change_is_told(count: int) -> None:
    """So few notes on either side tell no bars: nobody is asked."""
    ends = Ends(*range(count))
    assert changed(BOTH[:count] or BOTH[:1], ends) is None
    assert ends.asked == []


def test_what_is_asked_of_a_long_call_is_bounded() -> None:
    """Only the latest notes are read, however long the call, and the change is told in its own count."""
    ends = Ends(MOST_NOTES + LEAST_NOTES - len(MARCH) - 1)
    long = [*WALTZ, *WALTZ, *WALTZ[:15], *MARCH]
    assert changed(long, ends) == len(long) - len(MARCH)
    assert ends.asked == [MOST_NOTES + LEAST_NOTES]
