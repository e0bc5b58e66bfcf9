"""Weigh readings of the bars by what the melody model makes of the notes under each of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from engine.checkpoint import Checkpoint
from engine.metre import Belief, weigh
from engine.notes import Metre, Note
from engine.tracker import Conditions, song_rows


@torch.inference_mode()
def costs(
    checkpoint: Checkpoint,
    notes: Sequence[Note],
    metres: Sequence[Metre | None],
    style: str = "any",
    told: int = 0,
) -> list[float]:
    """Return what the notes cost the model under each metre, in nats, computed in one batch.

    The first `told` notes are not charged. Of a melody longer than the model's context the beginning is read.
    """
    tokenizer, config = checkpoint.tokenizer, checkpoint.model.config
    steps = tokenizer.encode(notes)[: config.context - len(tokenizer.start_steps())]
    if not steps or not metres:
        return [0.0] * len(metres)
    free = len(tokenizer.encode(notes[:told]))
    begin = len(tokenizer.start_steps()) - 1
    rows = np.stack(
        [song_rows(tokenizer, steps, Conditions(metre, True, style), config.feature_names) for metre in metres]
    )
    hidden = checkpoint.model(torch.from_numpy(rows.astype(np.int64)).to(checkpoint.device))[:, begin:-1]
    tokens = torch.tensor([step.token for step in steps], device=checkpoint.device).expand(len(metres), -1)
    logits = checkpoint.model.token_logits(hidden).float().transpose(1, 2)
    nats = F.cross_entropy(logits, tokens, reduction="none")
    if config.n_durations:
        durations = torch.tensor([step.duration for step in steps], device=checkpoint.device)
        logits = checkpoint.model.duration_logits(hidden, tokens).float().transpose(1, 2)
        nats = nats + F.cross_entropy(logits, durations.expand(len(metres), -1), reduction="none")
    return [float(cost) for cost in nats[:, free:].double().sum(1)]


def weigh_by_model(
    checkpoint: Checkpoint, notes: Sequence[Note], beliefs: Sequence[Belief], style: str = "any"
) -> list[Belief]:
    """Return the beliefs weighed anew by the model, likeliest first."""
    return weigh(beliefs, costs(checkpoint, notes, [belief.metre for belief in beliefs], style))
