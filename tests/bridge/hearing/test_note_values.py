"""The prior of reading a rhythm: bridge/hearing/note_values.py."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bridge.hearing.note_values import (
    CORPUS_TICKS,
    INTERVAL_LOGS,
    LANDING_LOGS,
    LEVEL_LOGS,
    START_LOGS,
    TICKS,
    TICKS_PER_BEAT,
    level_of,
)

QUARTER, EIGHTH, TRIPLET = TICKS.index(24), TICKS.index(12), TICKS.index(8)


def test_every_way_on_has_a_log_probability() -> None:
    """For each level, place of the beat and interval before: a finite figure for each interval that is read."""
    assert len(INTERVAL_LOGS) == len(LANDING_LOGS) == len(LEVEL_LOGS)
    for level in INTERVAL_LOGS:
        assert len(level) == TICKS_PER_BEAT
        for place in level:
            assert len(place) == len(TICKS) + 1
            assert all(len(row) == len(TICKS) and all(map(math.isfinite, row)) for row in place)


def test_the_values_are_the_corpus_s_and_then_triplets() -> None:
    """No value twice; what the corpus lacks divides a beat or half of it in three."""
    assert len(set(TICKS)) == len(TICKS)
    assert TICKS[: len(CORPUS_TICKS)] == CORPUS_TICKS
    assert all(3 * ticks % 12 == 0 and ticks % 3 for ticks in TICKS[len(CORPUS_TICKS) :])


def test_triplets_are_entered_seldom_and_stayed_in() -> None:
    """After a quarter on the beat an eighth is far likelier than a triplet; after a triplet, another triplet."""
    for level in INTERVAL_LOGS:
        assert level[0][QUARTER][TRIPLET] < level[0][QUARTER][EIGHTH] - 2.0
        assert level[8][TRIPLET][TRIPLET] > level[8][TRIPLET][QUARTER]


def test_a_tune_begins_on_the_beat_sooner_than_off_it() -> None:
    """And in the middle of the beat sooner than on its sixteenths."""
    assert START_LOGS[0] > START_LOGS[12] > START_LOGS[6] == START_LOGS[18]


@given(st.floats(1, 200), st.floats(1, 200))
def test_a_tune_of_longer_notes_is_of_no_lower_level(one: float, other: float) -> None:
    """Sixteenths, eighths, quarters: the level rises with the median interval."""
    short, long = sorted((one, other))
    assert 0 <= level_of(short) <= level_of(long) < len(LEVEL_LOGS)
    assert [level_of(ticks) for ticks in (6, 12, 24)] == [0, 1, 2]
