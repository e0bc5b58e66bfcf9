"""Drafts drawn side by side are those that the improviser draws one after another."""

from __future__ import annotations

import pytest

from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.metre_by_model import costs
from engine.notes import Metre, Note
from tests.tiny import tiny_checkpoint
from trainer.calls import Call
from trainer.drafts import Drafter, breath_beats

WALTZ = Metre(3.0, 2.0, 1.0)
CALL = (Note(67, 1.0), Note(72, 2.0), Note(72, 1.0), Note(72, 2.0), Note(71, 0.5, 0.5), Note(69, 2.0))
CHECKPOINT = tiny_checkpoint(context=128)


def alone(sampling: Sampling, goal: Goal, seed: int) -> list[Note]:
    """Return an answer as live play draws it."""
    improviser = Improviser(CHECKPOINT)
    improviser.sync(0, CALL, WALTZ)
    improviser.begin(sampling, goal, seed)
    notes = []
    while True:
        drawn = improviser.draw()
        notes.append(drawn.note)
        if drawn.last:
            return notes


@pytest.mark.parametrize("lead_rest_beats", [0.0, 1.0])
def test_a_batch_draws_what_each_draft_would_be_by_itself(lead_rest_beats: float) -> None:
    """Same context, sampling, goal and seed: the same notes, whatever is drawn beside them."""
    goal = Goal(length_beats=8.0, call_notes=len(CALL), lead_rest_beats=lead_rest_beats)
    samplings = [Sampling(key=(0, (0, 2, 4, 5, 7, 9, 11)), temperature=each) for each in (0.9, 0.9, 1.2, 0.0, 0.8)]
    drafts = Drafter(CHECKPOINT).draw(CALL, WALTZ, samplings, goal, range(5))
    assert drafts == [alone(sampling, goal, seed) for seed, sampling in enumerate(samplings)]
    assert len({tuple(draft) for draft in drafts}) > 1


def test_the_cost_of_an_answer_is_the_models_own() -> None:
    """Log probabilities are those of the whole melody under the metre, the call not charged."""
    answers = [(Note(60, 1.0), Note(62, 1.0, 0.5)), (Note(64, 2.0), Note(65, 1.0), Note(67, 0.5))]
    found = Drafter(CHECKPOINT).log_probabilities(CALL, answers, WALTZ)
    expected = [-costs(CHECKPOINT, (*CALL, *answer), [WALTZ], told=len(CALL))[0] for answer in answers]
    assert found == pytest.approx(expected, rel=1e-4)


def test_an_answer_waits_for_where_in_the_bar_the_call_began() -> None:
    """A rest of up to two beats leads there; a longer one would be a hole, and the answer enters at once."""
    assert breath_beats((Note(60, 1.0), Note(62, 1.0)), Metre(3.0)) == 1.0
    assert breath_beats((Note(60, 1.0), Note(62, 2.0)), Metre(3.0)) == 0.0
    assert breath_beats((Note(60, 1.0), Note(62, 2.0)), Metre(4.0)) == 1.0
    assert breath_beats((Note(60, 1.0),), Metre(4.0)) == 0.0


def test_drafts_of_a_call_stand_with_what_they_cost() -> None:
    """One cost for the real continuation and one for each draft, and the rest that leads in."""
    call = Call(0, CALL, (Note(67, 1.0), Note(65, 2.0)), WALTZ)
    drafted = Drafter(CHECKPOINT).draft(call, WALTZ, [Sampling()] * 3, [1, 2, 3])
    assert len(drafted.drafts) == 3
    assert len(drafted.log_probabilities) == 4
    assert all(draft[0].rest_beats == breath_beats(CALL, WALTZ) for draft in drafted.drafts)
