"""Melodies as words, and cases of figures that can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.notes import Metre, Note
from engine.planning.figures import NAMES, table
from engine.planning.pair import Pair

WHITE_KEYS = dict(zip("CDEFGABcdefg", (60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79), strict=True))
COMMON = Metre(4.0, 0.0, 1.0)
UPBEAT = Metre(4.0, 3.0, 1.0)
CALL = "C2 D2 E2 C2 E2 F2 G4"

Case = tuple[str, str, str, str, Metre | None, float]
"""A sentence, the figure's name, a call and a candidate in words, the metre, and the value."""


def tune(text: str) -> tuple[Note, ...]:
    """Return the notes of words like `C4`: a white key (c is C5) and a length in eighths; `z2` is a rest."""
    notes: list[Note] = []
    rest_beats = 0.0
    for word in text.split():
        beats = int(word[1:]) / 2
        if word[0] == "z":
            rest_beats += beats
            continue
        notes.append(Note(WHITE_KEYS[word[0]], beats, rest_beats))
        rest_beats = 0.0
    return tuple(notes)


def figure(name: str, call: str, candidate: str, metre: Metre | None = COMMON, cost: float | None = None) -> float:
    """Return one figure of a candidate behind a call."""
    [row] = table([Pair(tune(call), tune(candidate), metre, cost)])
    return row[NAMES.index(name)]


def tried(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """Run a test for each case, under its figure and sentence."""
    return pytest.mark.parametrize("case", cases, ids=[f"{case[1]}: {case[0]}" for case in cases])


def holds(case: Case) -> None:
    """Fail unless a case's figure has its value."""
    sentence, name, call, candidate, metre, value = case
    assert figure(name, call, candidate, metre) == pytest.approx(value), sentence
