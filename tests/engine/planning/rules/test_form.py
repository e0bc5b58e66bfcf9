"""Figures of form, each on a melody that can be read off the page."""

from __future__ import annotations

from tests.engine.planning.rules.tunes import CALL, COMMON, Case, holds, tried

CASES: tuple[Case, ...] = (
    ("the second bar has the first one's rhythm", "rhythm_returns", CALL, "C2 D2 E4 D2 E2 F4", COMMON, 1.0),
    ("two of four onsets are shared", "rhythm_goes_on", CALL, "C2 D2 E2 F2 C4 D4", COMMON, 0.5),
    ("a sequence has the contour of its model", "contour_returns", CALL, "C2 D2 E4 D2 E2 F4", COMMON, 1.0),
    ("the other way round is no sequence", "contour_returns", CALL, "C2 D2 E4 F2 E2 D4", COMMON, 0.0),
    ("its halves rhyme", "halves_rhyme", CALL, "C2 D2 E4 F2 E2 D4", COMMON, 1.0),
    ("but do not sing alike", "halves_sing_alike", CALL, "C2 D2 E4 F2 E2 D4", COMMON, 0.0),
)  # fmt: skip


@tried(CASES)
def test_form(case: Case) -> None:
    """The rule gives the value that can be counted by hand."""
    holds(case)
