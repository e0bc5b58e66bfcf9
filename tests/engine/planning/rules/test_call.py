"""Figures of what comes back of the call, each on a melody that can be read off the page."""

from __future__ import annotations

from tests.engine.planning.rules.tunes import CALL, COMMON, Case, holds, tried

CASES: tuple[Case, ...] = (
    ("bar by bar the rhythm of the call", "rhythm_of_call", CALL, "C2 C2 C2 C2 C2 C2 C4", COMMON, 1.0),
    ("each bar has a model in the call", "cells_of_call", CALL, "C2 C2 C4 C2 C2 C4", COMMON, 1.0),
    ("the last bars have one rhythm", "last_bar_of_call", CALL, "C8 C2 C2 C4", COMMON, 1.0),
    ("a third higher is the call's contour", "contour_of_call", CALL, "E2 F2 G2 E2 G2 A2 B4", COMMON, 1.0),
    ("a third higher needs other semitones", "motifs_of_call", CALL, "E2 F2 G2 E2", COMMON, 0.0),
    ("the call's steps on the fifth", "motifs_of_call", CALL, "G2 A2 B2 G2", COMMON, 1.0),
    ("three quarters in a row, as in the call", "rhythms_of_call", CALL, "G2 G2 G2", COMMON, 1.0),
    ("half of it stands in the call", "copied", CALL, "C2 D2 G2 G2", COMMON, 0.5),
    ("three notes in a row are the call's", "longest_quotation", CALL, "E2 F2 G4 C2", COMMON, 0.75),
)  # fmt: skip


@tried(CASES)
def test_call(case: Case) -> None:
    """The rule gives the value that can be counted by hand."""
    holds(case)
