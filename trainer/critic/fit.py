"""Teach the critic's nets, and say how well they tell."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from engine.planning.critic import Critic, standardised
from engine.planning.note_net import PREFIX
from trainer.critic.lessons import Lessons, usual
from trainer.critic.net import Batch, CriticNet

Floats = npt.NDArray[np.float32]

EPOCHS = 10
_BATCH, _RATE, _WARMUP_STEPS, _WEIGHT_DECAY, _AVERAGE = 16, 2e-3, 100, 0.05, 0.995
_ALIKE_BATCHES = 8
_SPREADS = tuple(0.5 * 1.06**step for step in range(36))


def fit(
    lessons: Lessons, seed: int, epochs: int = EPOCHS, progress: Callable[[int, int], None] = lambda done, of: None
) -> dict[str, Floats]:
    """Return the weights of a critic trained on lessons: the averaged ones of the last steps."""
    mean, scale = usual(lessons.figures)
    seen = standardised(lessons.figures, mean, scale).astype(np.float32)
    figures, leans = torch.from_numpy(seen), torch.from_numpy(lessons.leans)
    torch.manual_seed(seed)
    rng, net, average = random.Random(seed), CriticNet(), CriticNet()
    average.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY)
    steps, step = epochs * math.ceil(len(lessons) / _BATCH), 0
    for _ in range(epochs):
        for batch in _batches(lessons, rng):
            rate = min(1.0, (step + 1) / _WARMUP_STEPS) * 0.5 * (1.0 + math.cos(math.pi * step / steps))
            for group in optimizer.param_groups:
                group["lr"] = _RATE * rate
            scores = net(figures[batch], Batch.of([lessons.notes[call] for call in batch])) + leans[batch]
            optimizer.zero_grad()
            torch.autograd.backward(-F.log_softmax(scores, 1)[:, 0].mean())
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            step += 1
            kept = min(_AVERAGE, (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1.0 - kept)
            progress(step, steps)
    return {"mean": mean, "scale": scale, **average.tensors()}


def _batches(lessons: Lessons, rng: random.Random) -> list[list[int]]:
    """Return all calls in batches of like length, in random order."""
    order, found = rng.sample(range(len(lessons)), len(lessons)), []
    for begin in range(0, len(order), _ALIKE_BATCHES * _BATCH):
        pool = order[begin : begin + _ALIKE_BATCHES * _BATCH]
        pool.sort(key=lambda call: len(lessons.notes[call].call) + lessons.notes[call].answers.shape[1])
        found += [pool[start : start + _BATCH] for start in range(0, len(pool), _BATCH)]
    rng.shuffle(found)
    return found


def told(critic: Critic, lessons: Lessons) -> tuple[float, float]:
    """Return how often the real one is told from another, and the nats that telling it from all of them costs.

    Whoever knows nothing pays the logarithm of how many there are.
    """
    return _told(_odds(critic, lessons), lessons.leans)


def calibrated(tensors: dict[str, Floats], lessons: Lessons) -> dict[str, Floats]:
    """Return weights whose scores are spread so much that telling reals among others, these, costs least.

    What is dropped while a net learns leaves it less sure than it could be.
    """
    odds = _odds(Critic(tensors), lessons)
    best = min(_SPREADS, key=lambda spread: _told(spread * odds, lessons.leans)[1])
    last = ("weight_out", "bias_out", PREFIX + "out")
    return {name: np.float32(best) * each if name in last else each for name, each in tensors.items()}


def _odds(critic: Critic, lessons: Lessons) -> npt.NDArray[np.float64]:
    return np.array(
        [critic.weigh(rows, notes) for rows, notes in zip(lessons.figures, lessons.notes, strict=True)]
    )


def _told(odds: npt.NDArray[np.float64], leans: Floats) -> tuple[float, float]:
    odds = odds + leans
    real, others = odds[:, :1], odds[:, 1:]
    nats = np.logaddexp.reduce(odds, axis=1) - odds[:, 0]
    return float(((real > others) + 0.5 * (real == others)).mean()), float(nats.mean())
