"""Figures of how a melody is filled, each on one that can be read off the page."""

from __future__ import annotations

from tests.engine.planning.rules.tunes import CALL, COMMON, Case, holds, tried

CASES: tuple[Case, ...] = (
    ("one note of two has a rest before it", "rests", CALL, "C2 D2 z2 E2", COMMON, 0.5),
    ("the rest before the answer is none of its own", "rests", CALL, "z2 C2 D2 E2", COMMON, 0.0),
    ("the call had as many", "rests_of_call", "C2 D2 z2 E2", "C2 D2 z2 E2", COMMON, 0.0),
    ("twice as dense", "density", "C2 C2", "C1 C1", COMMON, 1.0),
    ("half as dense is as far", "unlike_density", "C2 C2", "C4 C4", COMMON, 1.0),
    ("eighths are not in the call", "foreign_lengths", CALL, "C1 C1 C2 C4", COMMON, 0.5),
    ("nothing in common", "lengths_apart", "C2 C2", "C1 C1", COMMON, 1.0),
    ("every length is another", "length_changes", "C2 C2 C2", "C1 C2 C1", COMMON, 1.0),
    ("an inner note of twice the call's longest", "longest_note", "C2 C2", "C4 C2", COMMON, 1.0),
)  # fmt: skip


@tried(CASES)
def test_filling(case: Case) -> None:
    """The rule gives the value that can be counted by hand."""
    holds(case)
