"""What the model is charged for: one rule for training, validation and evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.model import GPT
from trainer.batch import IGNORED, Batch


@dataclass(frozen=True)
class Losses:
    """Hold the losses of a batch in nats, each (B, T), 0 where nothing is scored; phrase_logits (B, T)."""

    token: Tensor
    duration: Tensor
    phrase: Tensor
    phrase_logits: Tensor | None


def losses(model: GPT, batch: Batch) -> Losses:
    """Score a batch: negative log-likelihood of tokens, of durations given tokens, of phrase ends."""
    hidden = model(batch.rows, first=batch.first)
    logits = model.token_logits(hidden).float()
    token = F.cross_entropy(logits.transpose(1, 2), batch.tokens, reduction="none", ignore_index=IGNORED)
    duration = phrase = torch.zeros_like(token)
    phrase_logits = None
    if model.config.n_durations:
        scored = model.duration_logits(hidden, batch.tokens.clamp(min=0)).float()
        duration = F.cross_entropy(scored.transpose(1, 2), batch.durations, reduction="none", ignore_index=IGNORED)
    if model.config.phrase_end:
        phrase_logits = model.phrase_end_logits(hidden).float()
        known = (batch.phrase_ends != IGNORED).float()
        labels = batch.phrase_ends.clamp(min=0).float()
        phrase = known * F.binary_cross_entropy_with_logits(phrase_logits, labels, reduction="none")
    return Losses(token, duration, phrase, phrase_logits)
