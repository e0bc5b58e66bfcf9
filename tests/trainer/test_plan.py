"""Epochs, warm-up and validations follow the size of the data."""

from __future__ import annotations

import pytest

from trainer.plan import plan_run
from trainer.settings import TrainSettings

RECIPE = TrainSettings(epochs=15, least_steps=300, warmup_steps=300, learning_rate=1.0, final_rate=0.0)


def test_a_large_corpus_is_trained_as_its_settings_say() -> None:
    """The shipped recipe: 15 epochs of some 300 batches, 300 steps of warm-up, a validation an epoch."""
    plan = plan_run(RECIPE, batches=304)
    assert (plan.epochs, plan.steps, plan.warmup_steps, plan.evaluate_every) == (15, 4560, 300, 1)


def test_a_few_songs_are_gone_through_more_often_and_warmed_up_shorter() -> None:
    """One batch an epoch: 15 steps would all be warm-up and teach nothing."""
    plan = plan_run(RECIPE, batches=1)
    assert (plan.epochs, plan.steps, plan.warmup_steps, plan.evaluate_every) == (300, 300, 30, 20)


@pytest.mark.parametrize("batches", [1, 3, 40, 304])
def test_most_of_a_run_has_passed_its_warm_up(batches: int) -> None:
    """Whatever the size, the full rate is reached within a tenth of the run, and then falls to its end."""
    plan = plan_run(RECIPE, batches)
    tenth = plan.steps // 10
    assert plan.rate(RECIPE, tenth, 0.1) > 0.95
    assert plan.rate(RECIPE, 0, 0.0) <= 1.0 / max(1, plan.warmup_steps)
    assert plan.rate(RECIPE, plan.steps - 1, 1.0) == pytest.approx(0.0)
