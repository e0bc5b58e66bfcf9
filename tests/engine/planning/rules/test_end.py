"""Figures of endings, each on a melody that can be read off the page."""

from __future__ import annotations

from tests.engine.planning.rules.tunes import CALL, COMMON, Case, holds, tried

CASES: tuple[Case, ...] = (
    ("home", "ends_on_tonic", CALL, "G2 F2 E2 D2 C8", COMMON, 1.0),
    ("not home, but in its triad", "ends_on_tonic", CALL, "G2 F2 E8", COMMON, 0.0),
    ("the third is in the triad", "ends_in_triad", CALL, "G2 F2 E8", COMMON, 1.0),
    ("the call ended on G", "ends_as_call", CALL, "C2 G2", COMMON, 1.0),
    ("an open call is closed", "closes_open_call", CALL, "G2 D2 C4", COMMON, 1.0),
    ("a closed call needs no closing", "closes_open_call", "C2 E2 G2 D2 C8", "G2 D2 C4", COMMON, 0.0),
    ("G sounds a quarter of the call", "final_weight", CALL, "C2 G2", COMMON, 0.25),
    ("twice as long as usual", "final_length", CALL, "C2 G4", COMMON, 1.0),
    ("as long as the call's last", "final_length_of_call", CALL, "C2 G4", COMMON, 0.0),
    ("its last note stands where the call's did", "final_place", CALL, "C4 G4", COMMON, 1.0),
    ("an eighth late it is off the pulse", "final_on_pulse", CALL, "C5 G3", COMMON, 0.0),
    ("the last step is a fourth", "final_step", CALL, "D2 G2", COMMON, 5.0),
    ("and goes up", "final_falls", CALL, "D2 G2", COMMON, -1.0),
)  # fmt: skip


@tried(CASES)
def test_end(case: Case) -> None:
    """The rule gives the value that can be counted by hand."""
    holds(case)
