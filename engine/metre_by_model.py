"""Weigh readings of the bars by what the melody model makes of the notes under each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch.nn import functional as F

from engine.checkpoint import Checkpoint
from engine.columns import Conditions, song_rows
from engine.metre import Belief, weigh
from engine.notes import Metre, Note


@torch.inference_mode()
def costs(
    checkpoint: Checkpoint,
    notes: Sequence[Note],
    metres: Sequence[Metre | None],
    style: str = "any",
    told: int = 0,
    ends: Collection[int] = (),
) -> list[float]:
    """Return what the notes cost the model under each metre, in nats, computed in one batch.

    The first `told` notes are not charged. ends: notes, by index, with which a phrase is known to end; that is
    charged too where the model knows of it. Of a melody longer than the context the beginning is read.
    """
    tokenizer, config, model = checkpoint.tokenizer, checkpoint.model.config, checkpoint.model
    start = len(tokenizer.start_steps())
    encoded = [tokenizer.encode([note]) for note in notes]
    steps = [step for each in encoded for step in each][: config.context - start]
    if not steps or not metres:
        return [0.0] * len(metres)
    after = list(accumulate(map(len, encoded), initial=0))
    rows = np.stack(
        [song_rows(tokenizer, steps, Conditions(metre, True, style), config.feature_names) for metre in metres]
    )
    hidden = model(torch.from_numpy(rows.astype(np.int64)).to(checkpoint.device))
    before = hidden[:, start - 1 : -1]
    tokens = torch.tensor([step.token for step in steps], device=checkpoint.device).expand(len(metres), -1)
    nats = F.cross_entropy(model.token_logits(before).float().transpose(1, 2), tokens, reduction="none")
    if config.n_durations:
        durations = torch.tensor([step.duration for step in steps], device=checkpoint.device)
        logits = model.duration_logits(before, tokens).float().transpose(1, 2)
        nats = nats + F.cross_entropy(logits, durations.expand(len(metres), -1), reduction="none")
    total = nats[:, after[told] :].double().sum(1)
    places = [start - 1 + after[index + 1] for index in ends if told <= index and after[index + 1] <= len(steps)]
    if config.phrase_end and places:
        total -= F.logsigmoid(model.phrase_end_logits(hidden[:, places]).double()).sum(1)
    return [float(cost) for cost in total]


def weigh_by_model(
    checkpoint: Checkpoint,
    notes: Sequence[Note],
    beliefs: Sequence[Belief],
    style: str = "any",
    ends: Collection[int] = (),
) -> list[Belief]:
    """Return the beliefs weighed anew by the model, the best one first; ends: as of `costs`."""
    metres = [belief.metre for belief in beliefs]
    return weigh(beliefs, costs(checkpoint, notes, metres, style, ends=ends))
