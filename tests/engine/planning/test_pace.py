"""How many drafts a machine affords: engine/planning/pace.py."""

from __future__ import annotations

import pytest

from engine.planning.pace import affordable_drafts, drafts_within


@pytest.mark.parametrize(
    ("begin_ms", "each_ms", "drafts"),
    [(10.0, 1.0, 32), (20.0, 4.0, 16), (20.0, 6.0, 16), (20.0, 7.0, 8), (50.0, 40.0, 1), (118.0, 0.0, 32)],
)
def test_as_many_drafts_as_fit_into_the_time(begin_ms: float, each_ms: float, drafts: int) -> None:
    """The most that a plan of a usual answer has time for, a power of two."""
    assert affordable_drafts(2.0, lambda count: begin_ms + count * each_ms) == drafts


def test_a_machine_too_slow_for_single_notes_measures_nothing() -> None:
    """Where sixteen notes by themselves take longer than a plan may, none is tried."""
    assert affordable_drafts(8.0, lambda _: pytest.fail("tried")) == 1


@pytest.mark.parametrize(("measured", "before", "drafts"), [(8, 16, 16), (32, 16, 16), (4, 16, 4), (16, None, 16)])
def test_the_number_stays_from_start_to_start(measured: int, before: int | None, drafts: int) -> None:
    """Half and double of it are within what a busy machine measures of itself; more is another machine."""
    each_ms = 100.0 / measured
    assert affordable_drafts(2.0, lambda count: each_ms * count, before) == drafts


def test_a_machine_that_became_too_slow_draws_single_notes() -> None:
    """From sixteen to none: what was kept does not hold it."""
    assert affordable_drafts(8.0, lambda _: pytest.fail("tried"), 16) == 1


@pytest.mark.parametrize(("notes", "drafts"), [(0, 16), (16, 16), (22, 16), (32, 8), (64, 4), (1000, 1)])
def test_a_long_answer_has_fewer_drafts(notes: int, drafts: int) -> None:
    """Each twice as many notes halve them, so that a plan takes no longer; one there always is."""
    assert drafts_within(16, notes) == drafts
