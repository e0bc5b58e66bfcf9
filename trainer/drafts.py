"""Draw many answers to a call as live play plans them, and say what they and the real continuation cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from engine import companions
from engine.bar_finder import BarFinder
from engine.checkpoint import Checkpoint
from engine.context import Context
from engine.entrance import MOST_NOTES, SURE_BARS, breath_beats, entry_beat, unit_beats, whole_units
from engine.messages import BarEvidence, FoundBars, Goal, Sampling
from engine.metre_by_model import against, can_weigh
from engine.notes import Metre, Note
from engine.planning.planner import Asked, Planner
from engine.styles import ANY, Style, asked_style, known_style
from engine.tracker import Conditions, Tracker
from trainer.calls import Call, Drafted, Notes, beats_of


def goal_of(call: Sequence[Note], metre: Metre | None) -> Goal:
    """Return the goal of an answer as live play without a clock sets it; metre: None while no bars are known."""
    length = beats_of(call)
    if metre is None:
        return Goal(length_beats=max(length, 1.0), call_notes=len(call))
    unit = unit_beats(metre.beats_per_bar)
    end = metre.upbeat_beats + length
    rest = entry_beat(metre.upbeat_beats, end, unit) - end
    return Goal(
        length_beats=whole_units(length, unit),
        exact=True,
        breath_beats=breath_beats(length, unit),
        call_notes=len(call),
        lead_rest_beats=round(rest, 6),
    )


class Drafter:
    """Draw answers to calls with a checkpoint that has durations."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint, self.tokenizer = checkpoint, checkpoint.tokenizer
        self._context, self._planner = Context(checkpoint), Planner(checkpoint)
        self._net = companions.metre_net(checkpoint.path)
        self._against = partial(against, checkpoint) if can_weigh(checkpoint) else None

    @torch.inference_mode()
    def bars(self, call: Notes) -> FoundBars:
        """Return where the bars of a call that is over most likely lie, weighed by the model where in doubt."""
        found = BarFinder(self._net).find(call, 0, len(call), BarEvidence(), over=True, against=self._against)
        assert found is not None
        return found

    @torch.inference_mode()
    def draft(self, call: Call, bars: FoundBars, sampling: Sampling, count: int, seed: int) -> Drafted:
        """Return so many answers to a call in these bars, or without bars where they are not sure."""
        metre = bars.metre if bars.confidence >= SURE_BARS else None
        style = asked_style(sampling)
        self._context.sync(0, call.notes, metre, style)
        asked = Asked(sampling, goal_of(call.notes, metre), seed, count, MOST_NOTES)
        notes = tuple(draft.notes for draft in self._planner.drafts(self._context, asked) or [])
        costs = self.log_probabilities(call.notes, [call.real, *notes], metre, style)
        return Drafted(call, metre, notes, tuple(costs))

    @torch.inference_mode()
    def log_probabilities(
        self, call: Notes, answers: Sequence[Notes], metre: Metre | None, style: Style = ANY
    ) -> list[float]:
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
            tracker = Tracker(tokenizer, names, Conditions(metre, style=known_style(style, tokenizer.styles)))
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
