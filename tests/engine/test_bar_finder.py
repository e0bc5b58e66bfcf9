"""The bars of one call after another: engine/bar_finder.py."""

from __future__ import annotations

from dataclasses import replace

from engine.bar_finder import BarFinder
from engine.bars import agree
from engine.messages import BarEvidence
from engine.metre_net import Net
from engine.notes import Metre, Note

NET = Net.shipped()
WALTZ = [
    Note(pitch, beats)
    for pitch, beats in zip((67, 72, 72, 71, 69, 67, 64) * 2, (1, 2, 1, 2, 1, 2, 3) * 2, strict=True)
]
NOTHING = BarEvidence()


def test_the_bars_of_a_call_do_not_depend_on_what_stood_before_it() -> None:
    """Silence before the call is none of it, and the notes of an answer behind it are not heard."""
    alone = BarFinder(NET).find(WALTZ, 0, len(WALTZ), NOTHING)
    resting = [replace(WALTZ[0], rest_beats=2.5), *WALTZ[1:], Note(60, 0.25), Note(61, 0.25)]
    assert BarFinder(NET).find(resting, 2, len(WALTZ), NOTHING) == alone
    assert alone is not None
    assert agree(alone.metre, Metre(3.0, 2.0))


def test_without_a_call_there_are_no_bars() -> None:
    """An answer to nothing, and a context of the answer alone, have no call."""
    finder = BarFinder(NET)
    assert finder.find([], 0, 0, NOTHING) is None
    assert finder.find(WALTZ, len(WALTZ), 4, NOTHING) is None


def test_a_call_is_expected_in_the_bars_of_the_last() -> None:
    """After a waltz the first notes of another are sooner taken for one than at the start."""
    fresh, later = BarFinder(NET), BarFinder(NET)
    later.find(WALTZ, 0, len(WALTZ), NOTHING)
    beginning = WALTZ[:3]
    first = fresh.find(beginning, 0, 3, NOTHING)
    second = later.find([*WALTZ, *beginning], 0, 3, NOTHING)
    assert first is not None
    assert second is not None
    assert agree(second.metre, Metre(3.0, 2.0))
    assert second.confidence > first.confidence


def test_a_call_that_grows_is_heard_on() -> None:
    """Note by note or at once, the bars are the same."""
    growing = BarFinder(NET)
    for count in range(1, len(WALTZ) + 1):
        found = growing.find(WALTZ[:count], 0, count, NOTHING)
    assert found == BarFinder(NET).find(WALTZ, 0, len(WALTZ), NOTHING)


def test_a_bar_that_is_told_is_taken() -> None:
    """The control overrules what was found; only its place is sought."""
    found = BarFinder(NET).find(WALTZ, 0, len(WALTZ), BarEvidence(bar_beats=4.0))
    assert found is not None
    assert found.metre.beats_per_bar == 4.0
