"""What the melody model makes of readings of the bars: engine/metre_by_model.py."""

from __future__ import annotations

import pytest
import torch

from engine.metre import Belief, Posterior
from engine.metre_by_model import NOTES_WEIGHT, costs, weigh_by_model
from engine.metre_net import Net, log_softmax
from engine.notes import Metre
from engine.reading import ModelReading
from engine.tracker import Conditions
from tests.engine.test_metre import TWINKLE
from tests.tiny import tiny_checkpoint


def test_notes_cost_what_the_model_says_and_the_told_ones_nothing() -> None:
    """Costs add up along a melody, are one a metre, and weighing by them loses no reading."""
    checkpoint = tiny_checkpoint()
    posterior = Posterior(Net.shipped())
    posterior.follow(TWINKLE)
    metres = [Metre(4.0), Metre(3.0, 1.0), None]
    whole, rest = costs(checkpoint, TWINKLE, metres), costs(checkpoint, TWINKLE, metres, told=10)
    begun = costs(checkpoint, TWINKLE[:10], metres)
    assert [a + b for a, b in zip(begun, rest, strict=True)] == pytest.approx(whole, rel=1e-4)
    ended = costs(checkpoint, TWINKLE, metres, ends={6, len(TWINKLE) - 1})
    assert all(with_ends > without for with_ends, without in zip(ended, whole, strict=True))
    assert len(weigh_by_model(checkpoint, TWINKLE, posterior.beliefs(count=4))) == 4
    assert costs(checkpoint, [], metres) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_a_cost_is_what_reading_step_by_step_says(kind: str) -> None:
    """In one batch the notes cost what the model gives each of their steps when it reads them one by one."""
    checkpoint = tiny_checkpoint(kind)
    metres = [None, Metre(4.0), Metre(3.0, 1.0)]
    expected = []
    for metre in metres:
        reading, nats = ModelReading(checkpoint), 0.0
        reading.start(Conditions(metre))
        for note in TWINKLE[:6]:
            for step in checkpoint.tokenizer.encode([note]):
                nats -= log_softmax(reading.token_logits(reading.length))[step.token]
                if step.duration >= 0:
                    lengths = reading.duration_logits(reading.length, step.token)
                    nats -= log_softmax(lengths)[step.duration]
                reading.put(reading.length, [step])
        expected.append(nats)
    assert costs(checkpoint, TWINKLE[:6], metres) == pytest.approx(expected, rel=1e-4)


def test_the_model_counts_for_less_than_the_net() -> None:
    """Two readings that were alike are apart by the weighed difference of their costs."""
    checkpoint = tiny_checkpoint()
    metres = [Metre(4.0), Metre(3.0, 1.0)]
    weighed = weigh_by_model(checkpoint, TWINKLE, [Belief(metre, 0.0, 0.5, 0.5) for metre in metres])
    chances = {each.metre: each.probability for each in weighed}
    four, three = costs(checkpoint, TWINKLE, metres)
    odds = torch.tensor(NOTES_WEIGHT * (three - four)).sigmoid().item()
    assert chances[metres[0]] == pytest.approx(odds, rel=1e-3)
    assert weighed[0].probability >= weighed[1].probability
