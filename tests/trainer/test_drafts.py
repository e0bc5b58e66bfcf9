"""Drafts to learn from are those that a plan draws, and what they cost is the model's own."""

from __future__ import annotations

import pytest
import torch

from engine.context import Context
from engine.messages import Goal, Sampling
from engine.metre_by_model import nats
from engine.notes import Metre, Note
from engine.planning.planner import Asked, Planner
from tests.tiny import tiny_checkpoint
from trainer.calls import Call
from trainer.drafts import Drafter, breath_beats

WALTZ = Metre(3.0, 2.0, 1.0)
CALL = (Note(67, 1.0), Note(72, 2.0), Note(72, 1.0), Note(72, 2.0), Note(71, 0.5, 0.5), Note(69, 1.0))
REAL = (Note(67, 1.0, 1.0), Note(65, 2.0))
CHECKPOINT = tiny_checkpoint(context=128)


@torch.inference_mode()
def test_drafts_stand_with_what_they_cost_as_a_plan_tells_it() -> None:
    """The same seed draws the same drafts as a plan, entering behind a breath; the breath costs nothing."""
    drafted = Drafter(CHECKPOINT).draft(Call(0, CALL, REAL, WALTZ), WALTZ, Sampling(), 3, seed=5)
    context = Context(CHECKPOINT)
    context.sync(0, CALL, WALTZ)
    goal = Goal(length_beats=8.0, call_notes=len(CALL), lead_rest_beats=1.0)
    drafts = Planner(CHECKPOINT).drafts(context, Asked(Sampling(), goal, 5, 3, 96))
    assert drafts is not None
    assert drafted.drafts == tuple(draft.notes for draft in drafts)
    assert all(notes[0].rest_beats == 1.0 for notes in drafted.drafts)
    expected = [draft.log_probability for draft in drafts]
    assert drafted.log_probabilities[1:] == pytest.approx(expected, rel=1e-3)


def test_the_cost_of_a_continuation_is_the_models_own() -> None:
    """Log probabilities are those of the whole melody under the metre, the call not charged."""
    answers = [(Note(60, 1.0), Note(62, 1.0, 0.5)), (Note(64, 2.0), Note(65, 1.0), Note(67, 0.5))]
    found = Drafter(CHECKPOINT).log_probabilities(CALL, answers, WALTZ)
    costs = [nats(CHECKPOINT, (*CALL, *answer), [WALTZ], told=len(CALL))[0] for answer in answers]
    expected = [-float(cost) for cost in costs]
    assert found == pytest.approx(expected, rel=1e-4)


def test_an_answer_waits_for_where_in_the_bar_the_call_began() -> None:
    """A rest of up to two beats leads there; a longer one would be a hole, and the answer enters at once."""
    assert breath_beats((Note(60, 1.0), Note(62, 1.0)), Metre(3.0)) == 1.0
    assert breath_beats((Note(60, 1.0), Note(62, 2.0)), Metre(3.0)) == 0.0
    assert breath_beats((Note(60, 1.0), Note(62, 2.0)), Metre(4.0)) == 1.0
    assert breath_beats((Note(60, 1.0),), Metre(4.0)) == 0.0
