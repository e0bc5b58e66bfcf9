"""How near an answer is to its call: what comes back counts, in any key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answering.likeness import USUAL, closeness_of, likeness, towards
from engine.notes import Note

CALL = [Note(pitch, beats) for pitch, beats in ((60, 1.0), (62, 0.5), (64, 0.5), (67, 2.0), (65, 1.0))]


def test_the_call_itself_in_another_key_is_as_near_as_can_be() -> None:
    """Its steps and lengths are all there."""
    assert likeness(CALL, [Note(note.pitch + 5, note.duration_beats) for note in CALL]) == 1.0


def test_melody_and_rhythm_count_alike() -> None:
    """The call's rhythm on other steps, and its steps in another rhythm, are half of it."""
    assert likeness(CALL, [Note(60, note.duration_beats) for note in CALL]) == 0.5
    assert likeness(CALL, [Note(note.pitch, 0.25) for note in CALL]) == 0.5
    assert likeness(CALL, [Note(60, 0.25)] * 5) == 0.0


def test_what_is_too_short_to_compare_is_not_compared() -> None:
    """A run has three notes."""
    assert likeness(CALL, CALL[:2]) is None
    assert likeness(CALL[:2], CALL) is None


@pytest.mark.parametrize(("closeness", "share"), USUAL)
def test_an_answer_as_near_as_is_usual_leads_to_the_closeness_that_it_is_usual_at(
    closeness: float, share: float
) -> None:
    """The table is read backwards."""
    assert closeness_of(share) == pytest.approx(closeness)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_step_never_leads_past_what_it_leads_to(now: float, share: float) -> None:
    """Asked for again and again it comes there, within the control's range."""
    target = closeness_of(share)
    step = towards(now, share)
    assert step >= 0.0
    assert step >= min(now, target) - 0.005
    assert step <= max(now, target) + 0.005
    for _ in range(12):
        now = towards(now, share)
    assert abs(now - target) <= 0.011
