"""Figures of the line, each on a melody that can be read off the page."""

from __future__ import annotations

from tests.engine.planning.rules.tunes import CALL, COMMON, Case, holds, tried

CASES: tuple[Case, ...] = (
    ("its peak stands in the middle", "peak_place", CALL, "C2 E2 G2 E2", COMMON, 0.5),
    ("the peak is reached twice", "peaks", CALL, "C2 G2 E2 G2 C2", COMMON, 2.0),
    ("a fifth less wide than the call", "compass", CALL, "C2 C2", COMMON, -7.0),
    ("an octave higher", "register", "C2 E2 G2", "c2 e2 g2", COMMON, 12.0),
    ("the peak is a fourth above the call's", "top_of_call", CALL, "c2 G2", COMMON, 5.0),
    ("fifths beside seconds", "step_size", "C2 D2 E2", "C2 G2 C2", COMMON, 5.0),
    ("one step of two is a leap", "leaps", CALL, "C2 D2 A2", COMMON, 0.5),
    ("a leap that goes on in its direction", "leaps_left_open", CALL, "C2 G2 A2", COMMON, 1.0),
    ("a leap that is filled", "leaps_left_open", CALL, "C2 G2 F2", COMMON, 0.0),
    ("to and fro", "seesaws", CALL, "C2 D2 C2 D2", COMMON, 1.0),
    ("half its steps stay, none of the call's", "repeated_notes", CALL, "C2 C2 D2", COMMON, 0.5),
    ("three strikes in a row", "hammered", CALL, "C2 D2 D2 D2 C2", COMMON, 3.0),
    ("it turns at each step", "turns", CALL, "C2 D2 C2 D2", COMMON, 1.0),
    ("one pitch of four notes beside four of four", "variety", "C2 D2 E2 F2", "C2 C2 C2 C2", COMMON, -1.5),
    ("a fourth up from the call's end", "first_step", CALL, "c2 G2", COMMON, 5.0),
    ("it begins on the call's first pitch", "begins_as_call", CALL, "C2 G2", COMMON, 0.0),
    ("one of two notes is new", "foreign_notes", CALL, "C2 B2", COMMON, 0.5),
)  # fmt: skip


@tried(CASES)
def test_line(case: Case) -> None:
    """The rule gives the value that can be counted by hand."""
    holds(case)
