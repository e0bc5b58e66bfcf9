"""Draw many answers to a call as live play plans them, and say what they and the real continuation cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from engine.checkpoint import Checkpoint
from engine.context import Context
from engine.messages import Goal, Sampling
from engine.metre import Posterior
from engine.metre_net import Net
from engine.notes import Metre, Note
from engine.planning.planner import Asked, Planner
from engine.tracker import Conditions, Tracker
from trainer.calls import Call, Drafted, Notes, beats_of

MOST_NOTES = 96
LONGEST_BREATH_BEATS = 2.0
"""Silence up to this is waited for between call and answer, so that the answer enters where the call did."""


def found_metre(net: Net, call: Sequence[Note]) -> Metre:
    """Return the likeliest metre of a call that is over."""
    posterior = Posterior(net)
    posterior.follow(call, {len(call) - 1})
    return posterior.beliefs()[0].metre


def breath_beats(call: Sequence[Note], metre: Metre) -> float:
    """Return the rest after which an answer enters where in the bar the call did; 0 where that is long."""
    rest = -beats_of(call) % metre.beats_per_bar
    return round(rest, 6) if rest <= LONGEST_BREATH_BEATS + 1e-6 else 0.0


class Drafter:
    """Draw answers to calls with a checkpoint that has durations."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint, self.tokenizer = checkpoint, checkpoint.tokenizer
        self._context, self._planner = Context(checkpoint), Planner(checkpoint)

    @torch.inference_mode()
    def draft(self, call: Call, found: Metre, sampling: Sampling, count: int, seed: int) -> Drafted:
        """Return so many answers to a call, as long as it, entering where in the bar it does."""
        goal = Goal(
            length_beats=max(beats_of(call.notes), 1.0),
            call_notes=len(call.notes),
            lead_rest_beats=breath_beats(call.notes, found),
        )
        self._context.sync(0, call.notes, found)
        drafts = self._planner.drafts(self._context, Asked(sampling, goal, seed, count, MOST_NOTES)) or []
        notes = tuple(draft.notes for draft in drafts)
        return Drafted(call, found, notes, tuple(self.log_probabilities(call.notes, [call.real, *notes], found)))

    @torch.inference_mode()
    def log_probabilities(self, call: Notes, answers: Sequence[Notes], metre: Metre | None) -> list[float]:
        """Return what the model gives each answer behind the call, in nats; the rest that leads in is given."""
        tokenizer, model = self.tokenizer, self.checkpoint.model
        names = model.config.feature_names
        start = [*tokenizer.start_steps(), *tokenizer.encode(call)]
        steps = [tokenizer.encode(answer) for answer in answers]
        longest = max(map(len, steps))
        rows = np.zeros((len(answers), len(start) + longest, len(names)), np.int64)
        told = np.zeros((2, len(answers), longest), np.int64)
        counts = np.zeros((len(answers), longest))
        for index, (answer, each) in enumerate(zip(answers, steps, strict=True)):
            tracker = Tracker(tokenizer, names, Conditions(metre))
            rows[index, : len(start) + len(each)] = [tracker.append(step) for step in (*start, *each)]
            told[:, index, : len(each)] = np.array(each).T
            lead = len(tokenizer.encode(answer[:1])) - 1
            counts[index, lead : len(each)] = 1.0
        device = self.checkpoint.device
        hidden = model(torch.from_numpy(rows).to(device))[:, len(start) - 1 : -1]
        tokens, durations = torch.from_numpy(told).to(device)
        nats = F.cross_entropy(model.token_logits(hidden).transpose(1, 2), tokens, reduction="none")
        nats += F.cross_entropy(model.duration_logits(hidden, tokens).transpose(1, 2), durations, reduction="none")
        return [-float(cost) for cost in (nats.cpu().numpy() * counts).sum(1)]
