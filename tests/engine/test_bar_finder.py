"""The bars of one call after another: engine/bar_finder.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.bar_finder import READINGS, BarFinder
from engine.bars import agree
from engine.messages import BarEvidence
from engine.metre_net import Net
from engine.notes import Metre, Note
from tests.engine.test_metre import AUGUSTIN, TWINKLE
from tests.engine.test_metre import WALTZ as AS_A_WALTZ

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


class Weigher:
    """Speak for one reading that is not the net's likeliest, and remember what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Note, ...]] = []
        self.metres: Sequence[Metre] = ()

    @property
    def favoured(self) -> Metre:
        """Return the bars that are spoken for."""
        return next(metre for metre in self.metres if not agree(metre, self.metres[0]))

    def __call__(self, call: Sequence[Note], metres: Sequence[Metre]) -> list[float]:
        self.asked.append(tuple(call))
        self.metres = metres
        return [0.0 if agree(metre, self.favoured) else 20.0 for metre in metres]


OPEN = [Note(pitch, 1.0) for pitch in (60, 62, 64, 62, 60, 62)]
"""Notes under which several bars are as likely."""


def test_bars_in_doubt_are_weighed_when_the_call_may_be_over() -> None:
    """Only then is the weigher asked, once for the same notes, of a few readings, and what it says is followed."""
    finder, weigher = BarFinder(NET), Weigher()
    finder.find(OPEN, 0, 6, NOTHING, against=weigher)
    assert weigher.asked == []
    found = finder.find(OPEN, 0, 6, NOTHING, over=True, against=weigher)
    assert found is not None
    assert agree(found.metre, weigher.favoured)
    assert finder.find(OPEN, 0, 6, NOTHING, over=True, against=weigher) == found
    assert finder.find(OPEN, 0, 6, NOTHING, over=True) == found, "what was weighed is known"
    assert weigher.asked == [tuple(OPEN)]
    assert 1 < len(weigher.metres) <= READINGS


def test_weighed_bars_hold_while_the_call_grows() -> None:
    """A note more does not bring back, until it is weighed, what was weighed and found wanting."""
    finder, weigher = BarFinder(NET), Weigher()
    finder.find(OPEN, 0, 6, NOTHING, over=True, against=weigher)
    longer = finder.find([*OPEN, Note(64, 1.0)], 0, 7, NOTHING)
    assert longer is not None
    assert agree(longer.metre, weigher.favoured)


def test_bars_that_are_sure_are_not_weighed() -> None:
    """Where the net has no doubt, and where a told bar leaves none, nobody is asked."""
    weigher = Weigher()
    BarFinder(NET).find(AUGUSTIN, 0, len(AUGUSTIN), NOTHING, over=True, against=weigher)
    BarFinder(NET).find(OPEN, 0, 6, BarEvidence(bar_beats=5.0), over=True, against=weigher)
    assert weigher.asked == []


MARCH = TWINKLE[:14]
"""A tune in four, behind a waltz that ends with its bar."""
CHANGING = [*AS_A_WALTZ[:15], *MARCH]


def _ends(call: Sequence[Note]) -> list[float]:
    """Return that the waltz may end where the march begins."""
    place = len(call) - len(MARCH) - 1
    return [3.0 if index == place else -5.0 for index in range(len(call))]


def _indifferent(call: Sequence[Note], metres: Sequence[Metre]) -> list[float]:
    return [0.0] * len(metres)


def test_bars_that_change_within_a_call_are_followed() -> None:
    """When the call may be over its bars are those of its end, counted from its first note."""
    finder, count = BarFinder(NET), len(CHANGING)
    before = finder.find(CHANGING, 0, count, NOTHING)
    found = finder.find(CHANGING, 0, count, NOTHING, over=True, against=_indifferent, end_odds=_ends)
    assert before is not None
    assert found is not None
    beats = sum(note.duration_beats for note in AS_A_WALTZ[:15])
    assert agree(found.metre, Metre(4.0, -beats % 4.0))
    assert not agree(before.metre, found.metre)
    grown = finder.find([*CHANGING, TWINKLE[14]], 0, count + 1, NOTHING)
    assert grown is not None
    assert agree(grown.metre, found.metre), "it holds on while the call grows"


def test_another_call_in_its_place_is_heard_from_its_beginning() -> None:
    """Notes that are taken back take the change with them."""
    finder, count = BarFinder(NET), len(CHANGING)
    finder.find(CHANGING, 0, count, NOTHING, over=True, against=_indifferent, end_odds=_ends)
    other = AS_A_WALTZ[15:]
    assert finder.find(other, 0, len(other), NOTHING) == BarFinder(NET).find(other, 0, len(other), NOTHING)
