"""How long a run is: epochs, warm-up and validations follow the size of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trainer.settings import TrainSettings

_WARMUP_SHARE = 0.1


@dataclass(frozen=True)
class Plan:
    """Hold what a run will do: epochs, steps in all, steps of warm-up, epochs from one validation to the next."""

    epochs: int
    steps: int
    warmup_steps: int
    evaluate_every: int

    def rate(self, settings: TrainSettings, step: int, share: float) -> float:
        """Return the learning rate of a step (from 0) when this share of the run is done."""
        warm = min(1.0, (step + 1) / max(1, self.warmup_steps))
        if settings.schedule == "constant":
            return settings.learning_rate * warm
        fall = 0.5 * (1.0 + math.cos(math.pi * share))
        return settings.learning_rate * warm * (settings.final_rate + (1.0 - settings.final_rate) * fall)


def plan_run(settings: TrainSettings, batches: int) -> Plan:
    """Return the plan of a run whose epochs have so many batches.

    A small corpus is gone through more often, until `least_steps` are made; there are as many validations as if it
    were not. The warm-up takes a tenth of the run at the most, or it would outlast a short one.
    """
    epochs = max(settings.epochs, math.ceil(settings.least_steps / max(1, batches)))
    steps = epochs * batches
    every = max(1, round(settings.evaluate_every * epochs / settings.epochs))
    return Plan(epochs, steps, min(settings.warmup_steps, int(steps * _WARMUP_SHARE)), every)
