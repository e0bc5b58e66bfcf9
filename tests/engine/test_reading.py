"""One reading of a melody by the model: engine/reading.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engine.checkpoint import Checkpoint
from engine.notes import Metre, Note
from engine.reading import ModelReading
from engine.tokenizer import Step
from engine.tracker import Conditions
from tests.tiny import tiny_checkpoint

KINDS = ("note", "pitch", "plain")
MELODY = [Note(60, 0.5), Note(62, 0.5), Note(64, 1.0, 0.5), Note(67, 2.0), Note(60, 0.5)]


def encoded(checkpoint: Checkpoint, notes: Sequence[Note] = MELODY) -> list[list[Step]]:
    """Return the steps of each note."""
    return [checkpoint.tokenizer.encode([note]) for note in notes]


def begun(
    checkpoint: Checkpoint, notes: Sequence[Note] = (), conditions: Conditions | None = None
) -> ModelReading:
    """Return a reading of these notes, read in one pass."""
    reading = ModelReading(checkpoint)
    reading.start(conditions or Conditions())
    reading.read_notes(encoded(checkpoint, notes))
    return reading


def same(one: ModelReading, other: ModelReading) -> None:
    """Hold two readings to be of the same length, with the same to say at their ends."""
    assert (one.length, one.notes) == (other.length, other.notes)
    there, here = other.token_logits(one.length), one.token_logits(one.length)
    np.testing.assert_allclose(here, there, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_read_one_by_one_are_those_read_at_once(kind: str) -> None:
    """A melody reads alike in one pass and step by step, whatever is said of the whole."""
    checkpoint, conditions = tiny_checkpoint(kind), Conditions(Metre(3.0, 1.0))
    slowly = begun(checkpoint, (), conditions)
    for steps in encoded(checkpoint):
        for step in steps:
            slowly.put(slowly.length, [step])
        slowly.end_note()
    same(slowly, begun(checkpoint, MELODY, conditions))


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_is_kept_for_every_place(kind: str) -> None:
    """Reading on changes nothing of what is said behind the steps before."""
    checkpoint = tiny_checkpoint(kind)
    reading = begun(checkpoint, MELODY[:2])
    length, before = reading.length, reading.token_logits(reading.length)
    reading.read_notes(encoded(checkpoint, MELODY[2:]))
    assert np.array_equal(reading.token_logits(length), before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("notes", range(len(MELODY) + 1))
def test_going_back_to_a_note_is_as_if_no_more_was_read(kind: str, notes: int) -> None:
    """Its rest belongs to a note: both go or stay together, and reading on is that of a fresh one."""
    checkpoint = tiny_checkpoint(kind)
    reading = begun(checkpoint, MELODY)
    reading.rewind_notes(notes)
    same(reading, begun(checkpoint, MELODY[:notes]))
    other = [Note(72, 1.0), Note(71, 1.0)]
    reading.read_notes(encoded(checkpoint, other))
    same(reading, begun(checkpoint, [*MELODY[:notes], *other]))


def test_only_what_does_not_stand_there_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps put where the same ones stand cost nothing; the first that is another is read, and what follows."""
    checkpoint = tiny_checkpoint()
    reading = begun(checkpoint, MELODY[:1])
    base, (a, b, c) = reading.length, (Step(20, 1), Step(22, 1), Step(24, 1))
    reading.put(base, [a, b, c])
    read: list[list[Step]] = []
    plain = ModelReading._read

    def noted(self: ModelReading, steps: Sequence[Step]) -> None:
        read.append(list(steps))
        plain(self, steps)

    monkeypatch.setattr(ModelReading, "_read", noted)
    reading.put(base, [a, b])
    assert reading.length == base + 2
    reading.put(base, [a, c, b])
    assert read == [[], [c, b]]
    fresh = begun(checkpoint, MELODY[:1])
    fresh.put(base, [a, c, b])
    same(reading, fresh)


def test_a_tracker_that_is_given_away_goes_on_by_itself() -> None:
    """It stands behind the last step, and what it takes in the reading does not hear."""
    reading = begun(tiny_checkpoint(), MELODY)
    tracker = reading.tracker()
    assert len(tracker) == reading.length
    tracker.append(Step(20, 1))
    assert len(reading.tracker()) == reading.length


@pytest.mark.parametrize("kind", KINDS)
def test_phrase_ends_are_told_where_the_model_knows_them(kind: str) -> None:
    """A probability behind the last step, or None for a model without that head."""
    reading = begun(tiny_checkpoint(kind), MELODY)
    end = reading.phrase_end()
    assert end is None if kind != "note" else end is not None and 0.0 < end < 1.0
