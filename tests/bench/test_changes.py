"""What the bench of changes plays, and what it takes for right: bench/changes.py."""

from __future__ import annotations

import pytest

from bench.changes import hear, pairs
from engine.notes import Metre, Note, Song
from trainer.bars import Stretch, joined

FOUR = Song("", (Note(60, 1.0),) * 8, Metre(4.0, 1.0, 1.0), (False,) * 7 + (True,))
TWO = Song("", (Note(62, 0.5),) * 8, Metre(2.0, 0.0, 1.0), (False,) * 7 + (True,))
WALTZ = Song("", (Note(64, 1.0), Note(65, 2.0), Note(67, 3.0)), Metre(3.0, 2.0, 1.0), (False, False, True))


def test_a_metre_is_another_when_its_bars_are_no_halves_or_doubles() -> None:
    """Two-four behind four-four is no change that bars could be heard by."""
    assert pairs([FOUR, TWO]) == []
    assert pairs([FOUR, TWO, WALTZ]) == [(WALTZ, FOUR), (WALTZ, TWO), (FOUR, WALTZ)]


def test_the_true_bars_are_those_that_hold_at_the_end() -> None:
    """Counted back from the last note to the first, they are the second tune's; a performance keeps them."""
    both = joined(Stretch.of(FOUR), Stretch.of(WALTZ))
    written = hear(both, "written", 1)
    assert written.notes == both.notes
    assert written.metre is not None
    # Eight beats from the second of a bar, two of rest, then the last beat of three.
    assert (written.metre.beats_per_bar, written.metre.upbeat_beats) == (3.0, (2.0 - 10.0) % 3.0)
    played = hear(Stretch.of(WALTZ), "performed", 3)
    assert played.metre is not None
    scale = played.metre.beats_per_bar / 3.0
    assert played.metre.upbeat_beats == pytest.approx(2.0 * scale)
