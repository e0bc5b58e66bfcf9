"""Figures of bars, each on a melody that can be read off the page."""

from __future__ import annotations

from tests.engine.planning.rules.tunes import CALL, COMMON, UPBEAT, Case, holds, tried

CASES: tuple[Case, ...] = (
    ("two whole bars fill bars", "fills_bars", CALL, "G2 F2 E2 D2 C8", COMMON, 1.0),
    ("a breath of a beat before the next bar fills it too", "fills_bars", CALL, "G2 F2 E2 D2 C6", COMMON, 1.0),
    ("half a beat over the bar line does not", "fills_bars", CALL, "G2 F2 E2 D2 C8 C1", COMMON, 0.0),
    ("half a beat over leaves three and a half", "left_of_bar", CALL, "G2 F2 E2 D2 C8 C1", COMMON, 3.5),
    ("an upbeat is answered by an upbeat", "upbeat_kept", "G2 C2 D2 E2 C2 C6", "G2 F2 E2 D2 C2 C6", UPBEAT, 1.0),
    ("a rest may lead to it", "upbeat_kept", "G2 C2 D2 E2 C2 C4", "z2 G2 F2 E2 D2 C8", UPBEAT, 1.0),
    ("without the rest it is lost", "upbeat_kept", "G2 C2 D2 E2 C2 C4", "G2 F2 E2 D2 C8", UPBEAT, 0.0),
    ("a call of two bars has an answer of two", "bars_of_call", CALL, "G2 F2 E2 D2 C6", COMMON, 1.0),
    ("two and an eighth are three", "bars_of_call", CALL, "G2 F2 E2 D2 C8 C1", COMMON, 0.0),
    ("half a bar is missing", "unlike_length", CALL, "G2 F2 E2 D2 C4", COMMON, 0.5),
    ("a note begins on its only bar line", "on_bar_lines", CALL, "G2 F2 E2 D2 C8", COMMON, 1.0),
    ("a tie leaves the bar line bare", "on_bar_lines", CALL, "G2 F2 E2 D4 C6", COMMON, 0.0),
    ("and sounds over it", "over_bar_lines", CALL, "G2 F2 E2 D4 C6", COMMON, 1.0),
    ("two of its three pulses have onsets", "on_pulses", "C2 C2 C2 C2", "C2 C4 C2", COMMON, -1 / 3),
    ("two of three notes grow off the pulse", "long_off_pulse", CALL, "C1 C2 C4 C1", COMMON, 2 / 3),
    ("its second bar has a rhythm that the call has not", "new_rhythms", CALL, "C2 C2 C2 C2 C1 C7", COMMON, 0.5),
)  # fmt: skip


@tried(CASES)
def test_bars(case: Case) -> None:
    """The rule gives the value that can be counted by hand."""
    holds(case)
