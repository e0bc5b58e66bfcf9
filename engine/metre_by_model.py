"""Weigh readings of the bars by what the melody model makes of the notes under each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.checkpoint import Checkpoint
from engine.notes import Metre, Note
from engine.tracker import Conditions, song_rows

NOTES_WEIGHT, ENDS_WEIGHT = 0.2, 0.8
"""How much a nat of the model's counts, for a note and for the end of a phrase, beside one of the net: both heard
the same notes, so the model must not be believed twice. Settled on the validation part of the corpus."""
MOST_NOTES = 32
"""Latest notes of a call that are weighed: so many say enough, the time it takes is bounded, and bars that changed
in the midst of a call are not held to those before."""


def can_weigh(checkpoint: Checkpoint) -> bool:
    """Say whether the bars make a difference to this model at all."""
    return "metre" in checkpoint.model.config.feature_names


def against(
    checkpoint: Checkpoint, call: Sequence[Note], metres: Sequence[Metre], style: str = "any"
) -> list[float]:
    """Return what speaks against each metre of a call that is over, in nats of the net's, in one forward pass."""
    begin = max(0, len(call) - MOST_NOTES)
    beats = sum(note.rest_beats + note.duration_beats for note in call[:begin])
    moved = [replace(metre, upbeat_beats=(metre.upbeat_beats + beats) % metre.beats_per_bar) for metre in metres]
    for_notes, for_end = nats(checkpoint, call[begin:], moved, style, ends={len(call) - begin - 1})
    return [float(cost) for cost in NOTES_WEIGHT * for_notes + ENDS_WEIGHT * for_end]


@torch.inference_mode()
def nats(
    checkpoint: Checkpoint,
    notes: Sequence[Note],
    metres: Sequence[Metre | None],
    style: str = "any",
    told: int = 0,
    ends: Collection[int] = (),
) -> tuple[Tensor, Tensor]:
    """Return what notes and ends of phrases cost the model under each metre, in nats, (len(metres),) each.

    The first `told` notes are not charged. ends: notes, by index, with which a phrase is known to end, charged
    where the model knows of it. Of a melody longer than the context the beginning is read.
    """
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
    costs = F.cross_entropy(model.token_logits(before).float().transpose(1, 2), tokens, reduction="none")
    if config.n_durations:
        durations = torch.tensor([step.duration for step in steps], device=checkpoint.device)
        logits = model.duration_logits(before, tokens).float().transpose(1, 2)
        costs = costs + F.cross_entropy(logits, durations.expand(len(metres), -1), reduction="none")
    for_notes = costs[:, after[told] :].double().sum(1)
    places = [start - 1 + after[index + 1] for index in ends if told <= index and after[index + 1] <= len(steps)]
    if not config.phrase_end or not places:
        return for_notes, torch.zeros_like(for_notes)
    return for_notes, -F.logsigmoid(model.phrase_end_logits(hidden[:, places]).double()).sum(1)
