"""A take as JSON is the same take when it is read, to the last digit of a beat."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recording.take_json import DamagedTakeError, from_json, to_json
from bridge.take import Sounded, Take
from engine.notes import Note
from tests.bridge.recording.takes import a_take

BEATS = st.floats(0.01, 64.0)
NOTES = st.lists(st.builds(Note, st.integers(0, 127), BEATS, st.just(0.0) | BEATS), max_size=6).map(tuple)
SOUNDED = st.lists(
    st.builds(
        Sounded,
        st.builds(Note, st.integers(0, 127), BEATS, st.just(0.0) | BEATS),
        st.integers(1, 127),
        st.integers(0, 15),
        BEATS,
        st.floats(-0.25, 0.25),
    ),
    max_size=6,
).map(tuple)


def through_text(take: Take) -> Take:
    """Return what is read of a take that was written."""
    return from_json(json.loads(json.dumps(to_json(take, 0.0))))


@given(NOTES, SOUNDED, st.integers(0, 2**31), st.booleans())
def test_a_take_that_was_written_is_read_back(
    context: tuple[Note, ...], notes: tuple[Sounded, ...], seed: int, kept: bool
) -> None:
    """Every field, thirds of a beat too."""
    take = replace(a_take(begun_s=3.0), context=context, notes=notes, seed=seed, kept=kept)
    assert through_text(take) == take


def test_the_draft_that_went_on_is_kept_and_may_be_missing() -> None:
    """Journals that were written before it was told are read as before: none."""
    take = a_take()
    went_on = replace(take, drawings=(replace(take.drawings[0], drafts=1, draft=4),))
    assert through_text(went_on) == went_on
    before = to_json(take, 0.0)
    del before["drawings"][0]["draft"]
    del before["model"]["drafts"]
    assert from_json(before).drawings[0].draft is None
    assert from_json(before).model.drafts == 0


def test_times_are_told_from_the_journals_beginning() -> None:
    """Monotonic seconds mean nothing to whoever reads it later."""
    time = from_json(to_json(a_take(), 100.0)).time
    assert (time.call_s, time.call_last_s, time.begun_s) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.pop("seed"),
        lambda data: data.update(context=[[60, 0.0, 0.0]]),
        lambda data: data.update(context=[[200, 1.0, 0.0]]),
        lambda data: data.update(notes=[[60, 1.0, 0.0, 0, 0, 1.0, 0.0]]),
        lambda data: data.update(drawings=[{}]),
        lambda data: data["drawings"][0]["sampling"].update(heat=2),
        lambda data: data.update(number="many"),
    ],
)
def test_what_is_no_take_is_refused(damage: Any) -> None:
    """In one kind of error, whatever is wrong with it."""
    data = json.loads(json.dumps(to_json(a_take(), 0.0)))
    damage(data)
    with pytest.raises(DamagedTakeError):
        from_json(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["number", "seed", "model", "notes", "time"]), x),
    )
)
def test_no_rubbish_raises_anything_else(data: Any) -> None:
    """A journal may hold anything."""
    with pytest.raises(DamagedTakeError):
        from_json(data)
