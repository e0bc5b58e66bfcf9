"""What the model has in mind of a long session: engine/context.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.context import CHUNK_NOTES, LEAST_CONTEXT, NOTE_STEPS, Context, ContextMismatchError
from engine.drawing.row import Row
from engine.errors import UserError
from engine.notes import Metre, Note
from engine.styles import ANY, Style
from tests.engine.test_improviser import CALL, KINDS, melody
from tests.tiny import tiny_checkpoint


def logits(context: Context) -> Row:
    """Return what the model expects next."""
    return context.reading.token_logits(context.reading.length)


def test_keeping_more_than_there_is_is_refused() -> None:
    """A request for notes that the engine does not hold says so, and changes nothing."""
    context = Context(tiny_checkpoint())
    context.sync(0, CALL)
    with pytest.raises(ContextMismatchError, match=r"5 notes are to be kept.*holds 4"):
        context.sync(5, CALL)
    assert context.notes == CALL


@pytest.mark.parametrize("metre", [None, Metre(3.0, 0.5)])
@pytest.mark.parametrize("kind", KINDS)
def test_after_the_change_the_model_knows_the_latest_half_as_if_read_fresh(kind: str, metre: Metre | None) -> None:
    """When the readings change places the logits are those of a fresh one of the kept notes, bars included."""
    context, fresh = (Context(tiny_checkpoint(kind, context=64)) for _ in range(2))
    heard: list[Note] = []
    while not context._base:
        heard += melody(1, len(heard))
        context.sync(len(heard) - 1, heard[-1:], metre)
    first = context._base
    assert 0 < context.reading.length <= 64 // 2 + 3 * CHUNK_NOTES
    if metre is not None:
        gone = sum(note.rest_beats + note.duration_beats for note in heard[:first])
        metre = Metre(metre.beats_per_bar, (metre.upbeat_beats + gone) % metre.beats_per_bar)
    fresh.sync(0, heard[first:], metre)
    np.testing.assert_allclose(logits(context), logits(fresh), atol=1e-3, rtol=1e-4)


def test_the_metre_is_told_as_it_stands_at_any_note() -> None:
    """The bar lines stay where they are: four beats behind an upbeat of one a bar of three is two beats old."""
    context = Context(tiny_checkpoint())
    context.sync(0, [Note(60, 1.0), Note(62, 2.5, 0.5), Note(64, 1.0, 1.0)], Metre(3.0, 1.0, 1.5))
    assert context.metre_at(0) == Metre(3.0, 1.0, 1.5)
    assert context.metre_at(2) == Metre(3.0, 2.0, 1.5)
    context.sync(0, CALL)
    assert context.metre_at(2) is None


def test_cutting_back_behind_the_change_reads_what_is_needed() -> None:
    """A barge-in that cuts to before the notes still known is answered from the transcript."""
    context, fresh = (Context(tiny_checkpoint(context=64)) for _ in range(2))
    heard = melody(60)
    for index in range(60):
        context.sync(index, heard[index : index + 1])
    assert context._base > 5
    context.sync(5, ())
    fresh.sync(0, heard[:5])
    np.testing.assert_allclose(logits(context), logits(fresh), atol=1e-3, rtol=1e-4)


def test_a_reading_can_begin_where_another_began() -> None:
    """A long session's reading, told where it begins, is had again from the notes alone."""
    lived, fresh = (Context(tiny_checkpoint(context=64)) for _ in range(2))
    heard = melody(60)
    for index in range(60):
        lived.sync(index, heard[index : index + 1], Metre(3.0, 1.0))
    fresh.sync(0, heard, Metre(3.0, 1.0))
    assert lived.read_from not in (0, fresh.read_from)
    fresh.read_again(lived.read_from)
    assert (fresh.read_from, fresh.notes) == (lived.read_from, lived.notes)
    np.testing.assert_allclose(logits(fresh), logits(lived), atol=1e-3, rtol=1e-4)


def test_a_context_too_short_to_divide_is_refused() -> None:
    """The sentence says how long it is and how long it must be."""
    with pytest.raises(UserError, match=rf"context of {LEAST_CONTEXT - 1} steps.*{LEAST_CONTEXT} or more"):
        Context(tiny_checkpoint(context=LEAST_CONTEXT - 1))
    assert Context(tiny_checkpoint(context=LEAST_CONTEXT)).capacity == LEAST_CONTEXT


def test_a_style_that_the_checkpoint_does_not_know_is_any() -> None:
    """Nothing is read anew for it."""
    context = Context(tiny_checkpoint())
    context.sync(0, CALL, None, Style("nowhere", "Atlantis", 3))
    assert context.conditions.style == ANY


def test_all_notes_move_by_the_same_octaves() -> None:
    """A melody octaves below the vocabulary is read as the one inside it, and the notes stay as they sounded."""
    checkpoint = tiny_checkpoint()
    here, below = Context(checkpoint), Context(checkpoint)
    low = checkpoint.tokenizer.low
    tune = [replace(note, pitch=low + note.pitch % 12) for note in CALL]
    deep = [replace(note, pitch=note.pitch - 24) for note in tune]
    below.sync(0, deep)
    here.sync(0, [replace(note, pitch=note.pitch + 12 * below.octaves) for note in deep])
    assert below.octaves >= 1
    assert here.octaves == 0
    assert below.notes == deep
    np.testing.assert_allclose(logits(here), logits(below), rtol=1e-5)
    below.reset()
    assert (below.notes, below.octaves) == ([], 0)


def test_there_is_always_room_for_what_was_asked() -> None:
    """However many notes came before, so many steps more can be read behind them."""
    context = Context(tiny_checkpoint(context=64))
    for index in range(100):
        context.extend(melody(1, index))
        assert context.reading.length <= 64 - NOTE_STEPS
        if index % 10 == 9:
            context.make_room(16)
            assert context.reading.length <= 64 - 16


def test_what_was_drawn_elsewhere_is_read_under_the_same_conditions() -> None:
    """Notes that are read behind what stands leave the metre as it was told."""
    context, fresh = (Context(tiny_checkpoint()) for _ in range(2))
    context.sync(0, CALL[:2], Metre(3.0, 1.0))
    context.extend(CALL[2:])
    fresh.sync(0, CALL, Metre(3.0, 1.0))
    assert context.conditions == fresh.conditions
    np.testing.assert_allclose(logits(context), logits(fresh), atol=1e-3, rtol=1e-4)
