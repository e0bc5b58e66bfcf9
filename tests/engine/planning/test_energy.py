"""Drafts are weighed by the call's energy: engine/planning/energy.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notes import Note
from engine.planning.choosing import choose
from engine.planning.energy import energy_leans

RUN = tuple(Note(60 + step, 0.25) for step in (0, 2, 4, 5, 7, 9, 11, 12) * 2)
NOTES = st.builds(Note, st.integers(40, 90), st.sampled_from([0.25, 0.5, 1.0, 2.0]))


def line(values: tuple[float, ...], pitches: tuple[int, ...] = (60, 62, 64, 65, 67)) -> tuple[Note, ...]:
    """Return four beats of notes of these lengths in turn."""
    found: list[Note] = []
    while sum(note.duration_beats for note in found) < 4.0:
        index = len(found)
        found.append(Note(pitches[index % len(pitches)], values[index % len(values)]))
    return tuple(found)


def test_a_run_is_answered_as_densely_as_drafts_allow() -> None:
    """Of quarters, eighths and sixteenths the sixteenths weigh most, the quarters least."""
    slow, middle, fast = energy_leans(RUN, [line((1.0,)), line((0.5,)), line((0.25,))])
    assert slow < middle < fast
    assert choose([0.0, 0.0, 0.0], 3, leans=[slow, middle, fast]) == 2


def test_a_held_note_is_answered_slowly() -> None:
    """The other way round for a call of long notes."""
    call = (Note(60, 4.0), Note(67, 4.0))
    slow, fast = energy_leans(call, [line((2.0,)), line((0.25,))])
    assert slow > fast + 2.0


def test_a_line_that_repeats_no_pitch_is_not_answered_by_hammering() -> None:
    """Two drafts of the same rhythm: the one on one pitch weighs less."""
    moving, hammered = energy_leans(RUN, [line((0.25,)), line((0.25,), (60,))])
    assert moving > hammered + 2.0


def test_drafts_spread_as_songs_are_left_alone() -> None:
    """Where the drafts are about as the call is, nothing is weighed: the critic knows better."""
    call = line((0.5, 0.5, 1.0), (60, 60, 62, 64))
    values = ((0.5, 0.5, 1.0), (0.5, 1.0), (0.5,), (1.0, 0.5, 0.5))
    drafts = [line(each, (60, 60, 62, 64)) for each in values]
    leans = energy_leans(call, drafts)
    assert leans == [0.0] * len(drafts)


def test_few_drafts_may_lie_further_off_by_chance() -> None:
    """Two that are denser on the whole say nothing of a call yet; sixteen like them are weighed."""
    call = line((1.0, 0.5, 0.5))
    drafts = [line((1.0, 0.5, 0.25, 0.25)), line((1.0, 0.5, 0.5))]
    assert energy_leans(call, drafts) == [0.0, 0.0]
    denser, like = energy_leans(call, drafts * 8)[:2]
    assert denser < like - 1.0


@given(call=st.lists(NOTES, max_size=4), drafts=st.lists(st.lists(NOTES, min_size=1, max_size=4), max_size=4))
def test_whatever_is_played_has_a_weight(call: list[Note], drafts: list[list[Note]]) -> None:
    """One note, none, equal drafts: finite numbers, one a draft, and nothing of no call."""
    leans = energy_leans(call, drafts)
    assert len(leans) == len(drafts)
    assert all(abs(lean) < 1e4 for lean in leans)
    if not call:
        assert leans == pytest.approx([0.0] * len(drafts))
