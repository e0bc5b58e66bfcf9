"""Settle a critic by calls of tunes that nobody has learned.

A model remembers the tunes that it has learned, and gives their continuations more than it gives others; half a
model (trainer/split.py) draws worse than a whole one. A critic that was taught on drafts of the one or the other
trusts some figures too much or too little beside drafts of the model that plays, to calls that are new to it. On
the calls of a validation part, which are few, it is seen by how much: a weight more for each figure, and one for
each of the two nets, held near to what they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from engine.planning.critic import Critic, standardised
from engine.planning.figures import NAMES
from engine.planning.note_net import PREFIX
from trainer.critic.lessons import Lessons

Floats = npt.NDArray[np.float32]

RIDGE, NEAR_ONE, BENDING = 0.03, 0.02, 0.003
"""What the squares of the figures' weights cost, of how far the nets' lie from 1, and of the bends' weights."""
FAULTS = -1.0
"""Log weight of a spoilt continuation beside a draft. Without them whatever is unlikely is taken for a song; where
they weigh as much as drafts, three beside sixteen, answers become more regular than songs."""
_BENDS, _STEEP = (-3.0, -2.0, -1.0, 0.0, 1.0), 1.5
"""In standard deviations, where the weight of likelihood may change: what is a little less likely than a draft is
rather a song, what is far less likely is none."""
_STRAIGHT = 0.02
"""So far the hyperbolic tangent of the unit that holds the weights is as good as a straight line."""
_STEPS = 300
_LIKELIHOOD = NAMES.index("likelihood")


def settled(tensors: dict[str, Floats], lessons: Lessons, faults: int) -> dict[str, Floats]:
    """Return weights by which telling reals among others, these, costs least, near those that are given.

    faults: so many of the others, the last ones, are spoilt. The weights become more units of the layer over
    figures, so that a critic reads them as before.
    """
    critic = Critic(tensors)
    seen = standardised(lessons.figures, tensors["mean"], tensors["scale"]).astype(np.float32)
    bent = np.tanh(_STEEP * (seen[..., _LIKELIHOOD, None] - np.array(_BENDS, np.float32)))
    by_figures = np.array([critic.weigh(rows) for rows in lessons.figures])
    whole = np.array([critic.weigh(*each) for each in zip(lessons.figures, lessons.notes, strict=True)])
    leans = lessons.leans.copy()
    leans[:, leans.shape[1] - faults :] += FAULTS
    straight, bends, of_figures, of_notes = _fitted(
        seen, bent, np.stack((by_figures, whole - by_figures), -1).astype(np.float32), leans
    )
    steep = np.zeros((len(_BENDS), len(NAMES)), np.float32)
    steep[:, _LIKELIHOOD] = _STEEP
    found = dict(tensors)
    found["weight_in"] = np.vstack((tensors["weight_in"], _STRAIGHT * straight, steep)).astype(np.float32)
    found["bias_in"] = np.append(tensors["bias_in"], [0.0, *(-_STEEP * place for place in _BENDS)]).astype(
        np.float32
    )
    found["weight_out"] = np.append(of_figures * tensors["weight_out"], [1.0 / _STRAIGHT, *bends]).astype(
        np.float32
    )
    found["bias_out"] = (of_figures * tensors["bias_out"]).astype(np.float32)
    if PREFIX + "out" in tensors:
        found[PREFIX + "out"] = (of_notes * tensors[PREFIX + "out"]).astype(np.float32)
    return found


def _fitted(figures: Floats, bent: Floats, nets: Floats, leans: Floats) -> tuple[Floats, Floats, float, float]:
    """Return the weights of figures and of bends, and those of what the two nets say."""
    seen, turned, said, leant = (torch.from_numpy(each) for each in (figures, bent, nets, leans))
    weights, bends = (torch.zeros(each.shape[-1], requires_grad=True) for each in (seen, turned))
    shares = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bends, shares], max_iter=_STEPS)

    def cost() -> torch.Tensor:
        optimizer.zero_grad()
        odds = (said * shares).sum(-1) + seen @ weights + turned @ bends + leant
        held = RIDGE * weights.square().sum() + NEAR_ONE * (shares - 1.0).square().sum()
        found = held + BENDING * bends.square().sum() - F.log_softmax(odds, 1)[:, 0].mean()
        torch.autograd.backward(found)
        return found

    optimizer.step(cost)  # type: ignore[no-untyped-call]
    of_figures, of_notes = (float(share) for share in shares.detach())
    return weights.detach().numpy(), bends.detach().numpy(), of_figures, of_notes
