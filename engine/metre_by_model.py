"""Weigh readings of the bars by what the melody model makes of the notes under each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.checkpoint import Checkpoint
from engine.metre import Belief, weigh
from engine.notes import Metre, Note
from engine.tracker import Conditions, song_rows

NOTES_WEIGHT, ENDS_WEIGHT = 0.2, 0.8
"""How much a nat of the model's counts, for a note and for an end of a phrase, beside one of the net: both heard
the same notes, so the model must not be believed twice. Settled on the validation part of the corpus."""


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
    for_notes, for_ends = _costs(checkpoint, notes, metres, style, told, ends)
    return [float(cost) for cost in for_notes + for_ends]


def weigh_by_model(
    checkpoint: Checkpoint,
    notes: Sequence[Note],
    beliefs: Sequence[Belief],
    style: str = "any",
    ends: Collection[int] = (),
) -> list[Belief]:
    """Return the beliefs weighed anew by the model, the best one first; ends: as of `costs`."""
    for_notes, for_ends = _costs(checkpoint, notes, [belief.metre for belief in beliefs], style, 0, ends)
    return weigh(beliefs, (NOTES_WEIGHT * for_notes + ENDS_WEIGHT * for_ends).tolist())


@torch.inference_mode()
def _costs(
    checkpoint: Checkpoint,
    notes: Sequence[Note],
    metres: Sequence[Metre | None],
    style: str,
    told: int,
    ends: Collection[int],
) -> tuple[Tensor, Tensor]:
    """Return the costs of the notes and of the ends under each metre, in nats, (len(metres),) each."""
    tokenizer, config, model = checkpoint.tokenizer, checkpoint.model.config, checkpoint.model
    start = len(tokenizer.start_steps())
    encoded = [tokenizer.encode([note]) for note in notes]
    steps = [step for each in encoded for step in each][: config.context - start]
    if not steps or not metres:
        return torch.zeros(len(metres)), torch.zeros(len(metres))
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
    for_notes = nats[:, after[told] :].double().sum(1)
    places = [start - 1 + after[index + 1] for index in ends if told <= index and after[index + 1] <= len(steps)]
    if not config.phrase_end or not places:
        return for_notes, torch.zeros_like(for_notes)
    return for_notes, -F.logsigmoid(model.phrase_end_logits(hidden[:, places]).double()).sum(1)
